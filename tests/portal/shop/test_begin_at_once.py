"""support-and-content.md 9: a consumer asks us to begin at once, wherever something is charged; the tick is not set."""

import re
from datetime import timedelta

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.billing.models import Invoice, PlanChange
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.orders.models import Order
from commerce.orders.withdrawal_pdf import withdrawal_attachment
from commerce.site_settings.actions import set_setting
from commerce.support.models import ConsumerConsent, InstructionCopy
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.nameservers import give_nameservers
from tests.make.people import AT
from tests.make.plan_changes import plan
from tests.make.records import make_domain, make_group, make_service
from tests.make.statements import switch_on_consumers
from tests.portal.conftest import PortalCast
from tests.portal.shop.checkout_steps import form, ordered, review

pytestmark = pytest.mark.django_db
TICK = {"begin_at_once": "on"}


@pytest.fixture
def consumer(web: HttpsTestClient, cast: PortalCast) -> HttpsTestClient:
    """Alice is a private person in Germany."""
    switch_on_consumers()
    set_setting(key="locale.enabled", value="en,de", ctx=Context(AT, SYSTEM))
    change_client(client=cast.client, company="", locale="de", ctx=Context(AT, SYSTEM))
    return web


def consents() -> list[tuple[str, int]]:
    return list(ConsumerConsent.objects.order_by("pk").values_list("record_kind", "record_id"))


def test_an_order_needs_the_tick_and_keeps_its_words(consumer: HttpsTestClient) -> None:
    page = review(consumer)
    [box] = re.findall(r'<input type="checkbox" name="begin_at_once"[^>]*>', page)
    assert "checked" not in box
    answer = ordered(consumer)
    assert (answer.status_code, Order.objects.count()) == (422, 0)
    assert "Check this box so that we can begin right away." in answer.content.decode()
    assert ordered(consumer, **TICK).status_code == 303
    order = Order.objects.get()
    consent = ConsumerConsent.objects.get()
    assert consents() == [("order", order.pk)]
    assert consent.text.startswith("Begin at once. I know that if I withdraw")


def test_the_confirmation_tells_of_the_right_of_withdrawal(consumer: HttpsTestClient) -> None:
    """As text and as a PDF, in the client's language, with our name and address in it."""
    ordered(consumer, **TICK)
    run_all_jobs(failing=True)
    copy = InstructionCopy.objects.get()
    told = OutgoingMail.objects.get(event="order_placed")
    for words in ("Widerrufsbelehrung", "Muster-Widerrufsformular", "My Hosting Company"):
        assert words in copy.text
        assert words in told.text
    assert "{" not in copy.text
    assert told.attachments == [["withdrawal_instruction", copy.pk]]
    name, content = withdrawal_attachment(copy.pk)
    assert (name, content[:5]) == ("withdrawal.pdf", b"%PDF-")
    assert len(content) > 10_000


def test_a_company_is_asked_and_told_nothing(web: HttpsTestClient) -> None:
    switch_on_consumers()
    page = review(web)
    assert "begin_at_once" not in page
    assert web.post("/checkout", form(page)).status_code == 303
    run_all_jobs(failing=True)
    assert consents() == []
    assert not InstructionCopy.objects.exists()
    assert OutgoingMail.objects.get(event="order_placed").attachments == []


def test_a_plan_change_with_a_charge_needs_the_tick(
    consumer: HttpsTestClient, cast: PortalCast
) -> None:
    group = make_group()
    service = make_service(cast.client, product=plan(group, 500))
    large = plan(group, 900)
    url = f"/client/services/{service.pk}/upgrade"
    page = consumer.get(f"{url}?plan={large.pk}-monthly").content.decode()
    sent = dict(re.findall(r'name="(plan|credit|charge|total)" value="([^"]*)"', page))
    answer = consumer.post(url, sent)
    assert (answer.status_code, PlanChange.objects.count()) == (422, 0)
    assert consumer.post(url, sent | TICK).status_code == 303
    assert consents() == [("planchange", PlanChange.objects.get().pk)]


def test_a_renewal_by_hand_needs_the_tick(consumer: HttpsTestClient, cast: PortalCast) -> None:
    give_nameservers()
    tld = set_tld(tld="example", ctx=Context(AT, SYSTEM))
    prices = {"register": 1000, "renew": 1200, "transfer": 1000, "restore": 8000}
    set_tld_price(tld=tld, currency_code="EUR", **prices, ctx=Context(AT, SYSTEM))
    domain = make_domain(cast.client, expiry_date=AT.date() + timedelta(days=30))
    url = f"/client/domains/{domain.pk}/renew"
    key = re.findall(r'name="offer" value="([^"]+)"', consumer.get(url).content.decode())[0]
    consumer.post(url, {"offer": key})
    assert not Invoice.objects.filter(kind="domain_renewal").exists()
    consumer.post(url, {"offer": key} | TICK)
    assert consents() == [("invoice", Invoice.objects.get(kind="domain_renewal").pk)]


def test_a_restore_needs_the_tick(consumer: HttpsTestClient, cast: PortalCast) -> None:
    give_nameservers()
    tld = set_tld(tld="example", ctx=Context(AT, SYSTEM))
    prices = {"register": 1000, "renew": 1200, "transfer": 1000, "restore": 8000}
    set_tld_price(tld=tld, currency_code="EUR", **prices, ctx=Context(AT, SYSTEM))
    expired = AT.date() - timedelta(days=40)
    domain = make_domain(cast.client, "redemption", expiry_date=expired)
    url = f"/client/domains/{domain.pk}/restore"
    page = consumer.get(url).content.decode()
    [box] = re.findall(r'<input type="checkbox" name="begin_at_once"[^>]*>', page)
    assert "checked" not in box
    [key] = re.findall(r'name="offer" value="([^"]+)"', page)
    consumer.post(url, {"offer": key})
    assert (Invoice.objects.count(), consents()) == (0, [])
    consumer.post(url, {"offer": key} | TICK)
    assert consents() == [("invoice", Invoice.objects.get().pk)]
