"""What a page offers is let through: no button leads to a refusal whose reason was known before (portal.md 5)."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from commerce.accounts.actions.clients import suspend_client
from commerce.accounts.models import Membership, User
from commerce.accounts.rules import OWNERS_ONLY, RIGHTS_BY_ROLE
from commerce.billing.changes.cancellations.actions import request_cancellation
from commerce.kit.acts.act import all_acts
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions import carts
from commerce.site_settings.actions import set_setting
from tests.backoffice.audit.test_impersonation import acting
from tests.house.source import PACKAGE
from tests.make.browser import HttpsTestClient
from tests.make.cards import keep
from tests.make.mails import commit_and_deliver
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT, as_member
from tests.make.records import make_group, make_invoice, make_product, make_service
from tests.portal.base.test_foreign_ids import everything
from tests.portal.base.test_tenancy import OWN, filled, ids_of, kind_of
from tests.portal.conftest import PortalCast

SHOP = ["/", "/store", "/store/small", "/cart", "/checkout"]
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
WAYS_OUT = ("/client/logout", "/client/return-to-admin")
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
BUTTON = re.compile(r'<button[^>]*type="submit"[^>]*name="([^"]+)" value="([^"]*)"')

ACT_TAG = re.compile(r'{% act "([a-z_.]+)"')


def full(cast: PortalCast) -> list[str]:
    """All pages that members see, with a record of each kind, one that something can be asked of among them."""
    group = make_group()
    small = make_product(name="Small", group=group, prices=[("EUR", "monthly", 3000)])
    make_product(name="Large", group=group, prices=[("EUR", "monthly", 6000)])
    with commit_and_deliver():
        own = ids_of(cast.client, cast.alice)
    pages = [filled(route, own.get(kind_of(route), 1)) for route in OWN]
    running = make_service(cast.client, product=small, amount=3000)
    asked = make_service(cast.client, product=small, amount=3000)
    request_cancellation(
        service=asked,
        kind="end_of_period",
        reason="Too dear",
        ctx=Context(AT, as_member(cast.alice)),
    )
    pages += [
        f"/client/services/{one.pk}{end}"
        for one in (running, asked)
        for end in ("", "/upgrade", f"/upgrade?plan={group.products.last().pk}-monthly", "/cancel")
    ]
    carts.add_product_to_cart(
        cart=carts.get_or_create_cart(client=cast.client, at=AT),
        product=small,
        billing_cycle="monthly",
        at=AT,
    )
    return pages + SHOP


def forms(answer: Any, page: str) -> list[tuple[str, dict[str, str]]]:
    """The forms of a page that are posts: where each goes, and what it sends untouched; not the ways out."""
    if answer.status_code != 200 or answer.headers["Content-Type"].split(";")[0] != "text/html":
        return []
    found = []
    for attributes, body in FORM.findall(answer.content.decode()):
        action = re.search(r'action="([^"]+)"', attributes)
        path = action[1] if action else page
        if 'method="post"' in attributes and path not in WAYS_OUT:
            found.append((path, dict(HIDDEN.findall(body)) | dict(BUTTON.findall(body)[:1])))
    return found


def refused(web: HttpsTestClient, answers: dict[str, Any]) -> list[tuple[str, str]]:
    """The forms that answer 403, each with a page that has it; what differs in the way back alone is one form."""
    offered = {
        (path, *sorted(sent.items() - {("next", sent.get("next"))})): (page, path, sent)
        for page, answer in answers.items()
        for path, sent in forms(answer, page)
    }
    assert len(offered) > 10
    return [
        (page, path)
        for page, path, sent in offered.values()
        if web.post(path, sent).status_code == 403
    ]


@pytest.fixture(autouse=True)
def _ways(db: None) -> None:
    switch_on_bank_transfer()


def test_a_suspended_client_was_offered_what_was_then_refused(cast: PortalCast) -> None:
    pages = full(cast)
    suspend_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="owes")
    web = cast.browse(cast.alice)
    answers = {page: web.get(page) for page in pages}
    assert refused(web, answers) == []
    for page, answer in answers.items():
        if answer.status_code == 200 and b'class="sidebar"' in answer.content:
            assert "This account is suspended" in answer.content.decode(), page


ONLY_TO_CHANGE = re.compile(
    r"/(store|cart|checkout)(/.*)?|/client/services/\d+/(rename|upgrade|cancel)|/client/domains/\d+/[a-z-]+|/client/orders/\d+/cancel"
    r"|/client/members/\d+|#(new|invite)"
)
"""Pages whose form a suspended client could only send in vain, and forms that are not there."""


def test_no_link_leads_a_suspended_client_to_what_it_may_not_do(cast: PortalCast) -> None:
    """The side navigation had "Order", and the bar the cart."""
    pages = [page for page in full(cast) if page not in SHOP and not ONLY_TO_CHANGE.fullmatch(page)]
    web = cast.browse(cast.alice)
    assert found_links(web, pages)
    suspend_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="owes")
    assert found_links(web, pages) == []


def found_links(web: HttpsTestClient, pages: list[str]) -> list[tuple[str, str]]:
    """The links to such pages, each with the page that has it."""
    found = []
    for page in pages:
        answer = web.get(page)
        if answer.headers["Content-Type"].startswith("text/html"):
            links = re.findall(r'href="([^"?]+)', answer.content.decode())
            found += [(page, link) for link in links if ONLY_TO_CHANGE.fullmatch(link)]
    return found


@pytest.mark.parametrize("lacks", ["manage", "place", "pay"])
def test_nothing_is_offered_that_needs_a_right_which_the_member_lacks(
    cast: PortalCast, *, lacks: str
) -> None:
    pages = full(cast)
    rights = [right for right in RIGHTS_BY_ROLE if not right.endswith(lacks)]
    Membership.objects.filter(user=cast.bob).update(rights=rights)
    web = cast.browse(cast.bob)
    assert refused(web, {page: web.get(page) for page in pages}) == []


def test_nothing_is_offered_that_staff_who_act_for_a_client_are_refused(cast: PortalCast) -> None:
    """All that links lead to from the dashboard can be read, and all forms on the way can be sent."""
    everything(cast.client, cast.alice)
    keep(cast.client)
    web, waits = acting(cast.client), ["/client/dashboard"]
    Authenticator.objects.all().delete()  # the dashboard proposed one, and to verify an address
    User.objects.update(email_verified_at=None)
    answers: dict[str, Any] = {}
    while waits:
        path = waits.pop()
        answers[path] = answer = web.get(path)
        assert answer.status_code != 403, path
        if "text/html" in answer.headers["Content-Type"]:
            linked = re.findall(r'href="(/(?:client|store|cart)[^"?#]*)', answer.content.decode())
            waits += set(linked) - {*answers, *waits}
    assert len(answers) > 30
    assert refused(web, answers) == []


def test_no_way_to_pay_is_said_in_place_of_the_button(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client)
    web = cast.browse(cast.alice)
    path = f"/client/invoices/{invoice.pk}"
    assert f'href="{path}/pay"' in web.get(path).content.decode()
    set_setting(key="gateway.bank_transfer.enabled", value="off", ctx=Context(AT, SYSTEM))
    page = web.get(path).content.decode()
    assert f'href="{path}/pay"' not in page
    assert "No payment method is available right now. Contact support@example.com" in page


def test_pages_ask_for_acts_that_there_are_and_members_have() -> None:
    templates = PACKAGE.glob("portal/templates/**/*.html")
    asked = {key for each in templates for key in ACT_TAG.findall(each.read_text())}
    acts = {one.key: one for one in all_acts()}
    assert len(acts) == len(all_acts())
    assert asked
    assert [key for key in sorted(asked) if not acts[key].member] == []
    assert {one.member for one in acts.values()} - {""} <= {*RIGHTS_BY_ROLE, *OWNERS_ONLY}
