"""`/admin/registrar-prices`: what registrars charge beside what clients pay (domains.md 2 and 9)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commerce.audit.models import AuditEntry
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import RegistrarPrice
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.nameservers import give_nameservers
from tests.make.sandbox import sandbox_registrar
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
PAGE = "/admin/registrar-prices"


@pytest.fixture
def grace(tmp_path: Path) -> Iterator[HttpsTestClient]:
    with sandbox_registrar(tmp_path), clock.freeze_time(make.AT):
        give_nameservers()
        make.make_currency("USD")
        row = set_tld(tld="com", ctx=CTX)
        set_tld_price(tld=row, currency_code="USD", register=1299, renew=1, ctx=CTX)
        yield staff_browser(make_staff(email="grace@example.com"))


def test_prices_are_fetched_and_stand_beside_their_cost(grace: HttpsTestClient) -> None:
    assert ".com" not in text_of(grace.get(PAGE))
    answer = grace.post(f"{PAGE}/refresh", follow=True)
    assert "0 prices changed." in text_of(answer)  # told for the first time
    assert len(answer.context["rows"]) == 2
    [loss] = grace.get(f"{PAGE}?losses=1").context["rows"]
    assert (loss["tld"], str(loss["operation"]), loss["is_loss"]) == (".com", "Renewal", True)


def test_what_a_registrar_changed_is_listed(grace: HttpsTestClient) -> None:
    grace.post(f"{PAGE}/refresh")
    RegistrarPrice.objects.filter(operation="renew").update(amount=1)
    with clock.freeze_time(make.AT.replace(minute=59)):
        assert "1 price changed." in text_of(grace.post(f"{PAGE}/refresh", follow=True))
        [change] = grace.get(PAGE).context["changes"]
    assert (change["tld"], change["old"]) == (".com", "$0.01")


def test_the_comparison_is_a_file_too(grace: HttpsTestClient) -> None:
    grace.post(f"{PAGE}/refresh")
    reply = grace.get(f"{PAGE}.csv?losses=1")
    text = b"".join(reply.streaming_content).decode()  # type: ignore[attr-defined]
    [head, line] = text.splitlines()
    assert head.endswith("Cost,Currency,Price,Currency,Margin")
    assert line.startswith("sandbox,com,renew,")
    assert ",0.01,USD,-" in line
    assert AuditEntry.objects.get(action="list.exported").after["rows"] == 1


def test_who_may_only_see_prices_fetches_none(grace: HttpsTestClient) -> None:
    billing = staff_browser(make_staff("billing"))
    page = billing.get(PAGE)
    assert (page.status_code, page.context["may_refresh"]) == (200, False)
    assert billing.post(f"{PAGE}/refresh").status_code == 403
    assert staff_browser(make_staff("support")).get(PAGE).status_code == 403
