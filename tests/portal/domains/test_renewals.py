"""Renew now and restore: what is offered, at which price, and what a form of before is told (domains.md 4 and 5)."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import Invoice
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain, Tld
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT
from tests.make.records import make_domain
from tests.make.repricing import make_tld
from tests.portal.conftest import PortalCast
from tests.portal.domains.acts import CTX, form_of, read, text_of

IN_A_MONTH = AT.date() + timedelta(days=30)


@pytest.fixture(autouse=True)
def _tld(db: None) -> None:
    """.example: 12.00 a year in euros, restored for 80.00."""
    make_tld()
    set_tld_price(tld=Tld.objects.get(), currency_code="EUR", **PRICES, ctx=CTX)
    switch_on_bank_transfer()


PRICES = {"register": 1000, "renew": 1200, "transfer": 1000, "restore": 8000}


def path_of(domain: Domain, end: str = "renew") -> str:
    return f"/client/domains/{domain.pk}/{end}"


def offers(web: HttpsTestClient, domain: Domain) -> dict[str, str]:
    """What can be chosen, each with how it reads."""
    page = web.get(path_of(domain)).content.decode()
    rows = re.findall(r'<input type="radio" name="offer" value="([^"]+)"[^>]*>(.*?)</label>', page)
    return {key: " ".join(re.sub(r"<[^>]+>", " ", text).split()) for key, text in rows}


def renewed(web: HttpsTestClient, domain: Domain, years: int = 1) -> Any:
    key = next(key for key in offers(web, domain) if key.startswith(f"{years}:"))
    return web.post(path_of(domain), {"offer": key})


def test_each_term_says_its_price_and_the_new_date(cast: PortalCast) -> None:
    domain = make_domain(cast.client, expiry_date=date(2026, 5, 8))
    found = list(offers(cast.browse(cast.tess), domain).values())
    assert found[0] == "1 year · €12.00 New expiration date: May 8, 2027"
    assert found[1] == "2 years · €24.00 New expiration date: May 8, 2028"
    assert len(found) == 9  # the tenth would be more than 10 years away


def test_the_invoice_is_made_and_leads_to_its_payment(cast: PortalCast) -> None:
    domain = make_domain(cast.client, expiry_date=IN_A_MONTH)
    web = cast.browse(cast.alice)
    answer = renewed(web, domain, years=2)
    invoice = Invoice.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/client/invoices/{invoice.pk}/pay")
    assert invoice.kind == "domain_renewal"
    assert invoice.lines.get().amount == 2400
    period = invoice.billed_periods.get()
    assert (period.domain, period.period_start) == (domain, IN_A_MONTH)
    page = web.get(f"/client/domains/{domain.pk}").content.decode()
    assert path_of(domain) not in page
    assert f'href="/client/invoices/{invoice.pk}/pay"' in page


def test_a_member_who_may_not_pay_is_told_who_can(cast: PortalCast) -> None:
    domain = make_domain(cast.client)
    web = cast.browse(cast.tess)
    answer = renewed(web, domain)
    assert answer["Location"] == f"/client/domains/{domain.pk}"
    words = read(web, f"/client/domains/{domain.pk}")
    assert f"Invoice {Invoice.objects.get().number} is ready." in words
    assert "Ask an account owner." in words


@pytest.mark.parametrize("who", ["alice", "tess"])
def test_the_pages_say_that_credit_is_used_first(cast: PortalCast, who: str) -> None:
    domains = [make_domain(cast.client), make_domain(cast.client, status="redemption")]
    paths = [path_of(domains[0]), path_of(domains[1], "restore")]
    web, words = cast.browse(getattr(cast, who)), "Your credit balance is used first."
    assert not any(words in read(web, path) for path in paths)
    add_credit(client=cast.client, currency_code="EUR", amount=100_000, ctx=CTX)
    assert all(words in read(web, path) for path in paths)
    renewed(web, domains[0])
    assert Invoice.objects.get().status == "paid"
    set_setting(key="billing.auto_apply_credit", value="off", ctx=CTX)
    assert words not in read(web, paths[1])


def test_pressed_twice_is_one_invoice(cast: PortalCast) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    (key, *_) = offers(web, domain)
    for _ in range(2):
        assert web.post(path_of(domain), {"offer": key}).status_code == 303
    assert Invoice.objects.count() == 1


def test_while_one_is_open_it_is_not_offered_and_says_why(cast: PortalCast) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    renewed(web, domain)
    assert web.get(path_of(domain))["Location"] == f"/client/domains/{domain.pk}"
    assert "already an open invoice" in read(web, f"/client/domains/{domain.pk}")
    void_invoice(invoice=Invoice.objects.get(), reason="x", ctx=CTX, release_periods=True)
    assert offers(web, domain)


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ("", "Choose a term."),
        ("x" * 5000, "Choose a term."),
        ("1:1:2027-04-08", "The prices or dates have changed."),
        ("1:1200:2099-01-01", "The prices or dates have changed."),
    ],
)
def test_what_was_not_offered_is_asked_again(cast: PortalCast, odd: str, words: str) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    answer = web.post(path_of(domain), {"offer": odd})
    assert answer.status_code == 422
    assert words in text_of(answer.content.decode())
    assert Invoice.objects.count() == 0


def test_a_price_of_before_is_not_charged(cast: PortalCast) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    (key, *_) = offers(web, domain)
    Domain.objects.update(recurring_amount=1500)
    assert web.post(path_of(domain), {"offer": key}).status_code == 422
    assert Invoice.objects.count() == 0


def test_an_expired_one_is_renewed_too(cast: PortalCast) -> None:
    domain = make_domain(cast.client, "expired", expiry_date=AT.date() - timedelta(days=5))
    web = cast.browse(cast.alice)
    assert "You can still renew it." in read(web, f"/client/domains/{domain.pk}")
    assert renewed(web, domain).status_code == 303
    words = read(web, f"/client/domains/{domain.pk}")
    assert "It renews when its invoice is paid." in words


def in_redemption(cast: PortalCast) -> Domain:
    return make_domain(cast.client, "redemption", expiry_date=AT.date() - timedelta(days=40))


def test_a_restore_says_its_fee_and_the_renewal(cast: PortalCast) -> None:
    domain, web = in_redemption(cast), cast.browse(cast.alice)
    words = read(web, path_of(domain, "restore"))
    assert "Restore fee €80.00" in words
    assert "Renewal for 1 year €12.00" in words
    assert "€92.00" in words
    answer = web.post(path_of(domain, "restore"), form_of(web, path_of(domain, "restore")))
    invoice = Invoice.objects.get()
    assert answer["Location"] == f"/client/invoices/{invoice.pk}/pay"
    assert sum(line.amount for line in invoice.lines.all()) == 9200
    assert "We restore it when its invoice is paid." in read(web, f"/client/domains/{domain.pk}")


def test_a_restore_is_confirmed_at_the_price_that_was_shown(cast: PortalCast) -> None:
    domain, web = in_redemption(cast), cast.browse(cast.alice)
    form = form_of(web, path_of(domain, "restore"))
    set_tld_price(
        tld=Tld.objects.get(), currency_code="EUR", **(PRICES | {"restore": 9900}), ctx=CTX
    )
    assert web.post(path_of(domain, "restore"), form).status_code == 422
    assert Invoice.objects.count() == 0


def test_a_tld_without_a_fee_is_not_restored_here(cast: PortalCast) -> None:
    set_tld_price(
        tld=Tld.objects.get(), currency_code="EUR", **(PRICES | {"restore": None}), ctx=CTX
    )
    domain, web = in_redemption(cast), cast.browse(cast.alice)
    page = web.get(f"/client/domains/{domain.pk}").content.decode()
    assert path_of(domain, "restore") not in page
    assert web.post(path_of(domain, "restore"), {}).status_code in (303, 422)
    assert Invoice.objects.count() == 0


def test_dates_of_tlds_with_other_limits_are_offered_as_they_are(cast: PortalCast) -> None:
    set_tld(tld="example", min_years=2, max_years=3, ctx=CTX)
    domain = make_domain(cast.client, term_years=2, recurring_amount=2400)
    assert [key[0] for key in offers(cast.browse(cast.alice), domain)] == ["2", "3"]
