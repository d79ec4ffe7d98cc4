"""Renewals that are asked for, restores, other terms, and renewals that are taken back (domains.md 4 and 5)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from commerce.billing.changes.price_changes.actions import reprice_client
from commerce.billing.models import BilledPeriod, CreditNote, Invoice, PriceChange
from commerce.billing.periods.actions.domain_requests import (
    change_term,
    renew_domain_now,
    restore_domain,
    void_open_renewal,
)
from commerce.billing.periods.domain_offers import (
    OfferChangedError,
    RenewalOffer,
    RestoreOffer,
    renewal_blocked_reason,
    renewal_offers,
    restore_offer,
    term_offers,
)
from commerce.domains.actions.changes import open_changes, shown_changes
from commerce.domains.actions.editing import change_domain_price, set_auto_renew
from commerce.domains.actions.states import mark_domain_transferred_away
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain
from commerce.domains.sync import sync_domain
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.proof.runner import run_proof
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.jobs import run_all_jobs
from tests.make.nameservers import give_nameservers
from tests.make.people import AT, make_client
from tests.make.records import make_payment
from tests.make.registered_names import end_of, info_of, make_domain_at
from tests.make.simulation import steps_with_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]

EXPIRY, TODAY = date(2027, 4, 8), AT.date()


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry:
        yield registry


def on(day: date) -> Context:
    return Context(datetime.combine(day, time(12), UTC), SYSTEM)


def sold(**over: Any) -> None:
    give_nameservers()
    tld = set_tld(tld="example", ctx=on(TODAY), **over)
    prices = {"register": 1000, "renew": 1200, "transfer": 900, "restore": 8000}
    set_tld_price(tld=tld, currency_code="EUR", ctx=on(TODAY), **prices)


def a_domain(remote: RemoteRegistry, **over: Any) -> Domain:
    return make_domain_at(remote, make_client(), **{"expiry_date": EXPIRY, **over})


def live(day: date) -> None:
    at = datetime.combine(day, time(0, 5), UTC)
    report = run_daily(steps_with_rows(), day=RunDay(day, at), started_by="test")
    assert not report.failed, report.as_text()
    run_all_jobs(at)


def pay(invoice: Invoice, day: date) -> None:
    make_payment(invoice, at=on(day).at)
    run_all_jobs(on(day).at)


def test_a_renewal_that_is_asked_for_is_invoiced_and_carried_out(remote: RemoteRegistry) -> None:
    domain = a_domain(remote)
    invoice = renew_domain_now(domain=domain, ctx=on(TODAY))
    assert (invoice.kind, invoice.subtotal, invoice.status) == ("domain_renewal", 1200, "unpaid")
    assert invoice.due_date == TODAY + timedelta(days=14)
    pay(invoice, TODAY)
    domain.refresh_from_db()
    assert domain.expiry_date == domain.next_due_date == end_of(EXPIRY, 1)
    assert remote.bought() == [domain.domain_name]


def test_other_years_cost_their_share_of_the_term(remote: RemoteRegistry) -> None:
    domain = a_domain(remote, term_years=2, recurring_amount=2401)
    offers = renewal_offers(domain, TODAY)
    assert [offer.years for offer in offers] == list(range(1, 10))  # 10 would end 11 years from now
    assert offers[:3] == [
        RenewalOffer(1, 1201, date(2028, 4, 8)),
        RenewalOffer(2, 2401, date(2029, 4, 8)),
        RenewalOffer(3, 3602, date(2030, 4, 8)),
    ]
    invoice = renew_domain_now(domain=domain, years=3, ctx=on(TODAY))
    assert invoice.subtotal == 3602
    assert "(3 years)" in invoice.lines.get().description
    pay(invoice, TODAY)
    domain.refresh_from_db()
    assert (domain.expiry_date, domain.term_years) == (date(2030, 4, 8), 2)


def test_only_years_of_the_tld_and_not_beyond_ten_years_are_sold(remote: RemoteRegistry) -> None:
    sold(min_years=2, max_years=3)
    domain = a_domain(remote)
    assert [offer.years for offer in renewal_offers(domain, TODAY)] == [2, 3]
    for years in (1, 4):
        with pytest.raises(BusinessError, match="from 2 to 3 years"):
            renew_domain_now(domain=domain, years=years, ctx=on(TODAY))
    far = a_domain(remote, expiry_date=TODAY + timedelta(days=365 * 9))
    assert renewal_offers(far, TODAY) == []
    with pytest.raises(StateConflict, match="10 years"):
        renew_domain_now(domain=far, ctx=on(TODAY))


def test_a_renewal_that_costs_or_lasts_otherwise_than_was_seen_is_not_invoiced(
    remote: RemoteRegistry,
) -> None:
    domain = a_domain(remote)
    now, two = RenewalOffer(1, 1200, end_of(EXPIRY, 1)), RenewalOffer(2, 2400, end_of(EXPIRY, 2))
    for seen, offer in (
        (replace(now, amount=1100), now),
        (replace(now, expiry=EXPIRY), now),
        (replace(now, years=2), two),
    ):
        with pytest.raises(OfferChangedError) as changed:
            renew_domain_now(domain=domain, expected=seen, ctx=on(TODAY))
        assert changed.value.offer == offer
        said = f"{offer.amount // 100}.00 EUR, with the new expiry date {offer.expiry}"
        assert said in changed.value.staff_text
    assert not Invoice.objects.exists()
    assert renew_domain_now(domain=domain, expected=now, ctx=on(TODAY)).subtotal == 1200


def test_a_restore_that_costs_otherwise_than_was_seen_is_not_invoiced(
    remote: RemoteRegistry,
) -> None:
    domain = in_redemption(remote)
    now = restore_offer(domain)
    assert now is not None
    day = on(EXPIRY + timedelta(days=40))
    with pytest.raises(OfferChangedError) as changed:
        restore_domain(domain=domain, expected=replace(now, fee=7000), ctx=day)
    assert changed.value.offer == now
    assert not Invoice.objects.exists()
    assert restore_domain(domain=domain, expected=now, ctx=day).subtotal == 9200


def test_what_a_page_has_shown_comes_back_and_nothing_else_does() -> None:
    renewal = RenewalOffer(2, 2400, date(2029, 4, 8))
    restore = RestoreOffer(8000, renewal)
    assert RenewalOffer.of_key(renewal.key) == renewal
    assert RestoreOffer.of_key(restore.key) == restore
    for wrong in ("", "1", "1:2", "1:2:3", "x:2:2029-04-08", renewal.key + ":1", "9" * 5000):
        assert RenewalOffer.of_key(wrong) is None
        assert RestoreOffer.of_key(wrong) is None


def test_one_renewal_at_a_time(remote: RemoteRegistry) -> None:
    domain = a_domain(remote)
    invoice = renew_domain_now(domain=domain, ctx=on(TODAY))
    with pytest.raises(StateConflict, match="open invoice"):
        renew_domain_now(domain=domain, ctx=on(TODAY))
    remote.is_down = True
    make_payment(invoice, at=on(TODAY).at)
    run_all_jobs(on(TODAY).at, failing=True)
    with pytest.raises(StateConflict, match="already being renewed"):
        renew_domain_now(domain=domain, ctx=on(TODAY))
    remote.is_down = False
    run_all_jobs(on(TODAY).at + timedelta(hours=1))
    domain.refresh_from_db()
    assert renewal_blocked_reason(domain, on(TODAY)) is None
    assert renew_domain_now(domain=domain, ctx=on(TODAY)).subtotal == 1200


def test_the_run_does_not_bill_again_what_was_renewed_early(remote: RemoteRegistry) -> None:
    domain = a_domain(remote)
    invoice = renew_domain_now(domain=domain, ctx=on(EXPIRY - timedelta(days=40)))
    live(EXPIRY - timedelta(days=30))
    assert Invoice.objects.count() == 1
    pay(invoice, EXPIRY - timedelta(days=29))
    live(EXPIRY - timedelta(days=28))
    assert Invoice.objects.count() == 1


def test_in_its_grace_a_name_without_auto_renew_is_renewed_by_hand(remote: RemoteRegistry) -> None:
    domain = a_domain(remote, auto_renew=False)
    live(EXPIRY + timedelta(days=1))
    domain.refresh_from_db()
    remote.names[domain.domain_name] = info_of(domain, state="expired")
    day = EXPIRY + timedelta(days=27)
    invoice = renew_domain_now(domain=domain, ctx=on(day))
    assert invoice.due_date == EXPIRY + timedelta(days=30)
    live(EXPIRY + timedelta(days=29))
    pay(invoice, EXPIRY + timedelta(days=30))
    domain.refresh_from_db()
    assert (domain.status, domain.expiry_date) == ("active", end_of(EXPIRY, 1))


def test_after_its_grace_no_renewal_is_sold(remote: RemoteRegistry) -> None:
    domain = a_domain(remote, auto_renew=False, status="expired")
    day = EXPIRY + timedelta(days=31)
    with pytest.raises(StateConflict, match="can no longer be renewed"):
        renew_domain_now(domain=domain, ctx=on(day))
    for status in ("pending", "redemption", "transferred_away"):
        with pytest.raises(StateConflict, match="active or expired domains"):
            renew_domain_now(domain=make_domain_at(remote, status=status), ctx=on(TODAY))


def in_redemption(remote: RemoteRegistry) -> Domain:
    sold()
    domain = a_domain(remote, auto_renew=False)
    live(EXPIRY + timedelta(days=1))
    live(EXPIRY + timedelta(days=31))
    domain.refresh_from_db()
    remote.names[domain.domain_name] = info_of(domain)
    assert domain.status == "redemption"
    return domain


def test_a_restore_costs_its_fee_and_a_renewal_and_brings_the_name_back(
    remote: RemoteRegistry,
) -> None:
    domain = in_redemption(remote)
    offer = restore_offer(domain)
    assert offer is not None
    assert (offer.fee, offer.renewal.amount) == (8000, 1200)
    day = EXPIRY + timedelta(days=40)
    invoice = restore_domain(domain=domain, ctx=on(day))
    assert [line.amount for line in invoice.lines.order_by("position")] == [1200, 8000]
    assert invoice.due_date == day + timedelta(days=14)
    assert set(open_changes(domain)) == {"restore"}
    with pytest.raises(StateConflict):
        restore_domain(domain=domain, ctx=on(day))
    live(day + timedelta(days=1))
    invoice.refresh_from_db()
    assert invoice.status == "unpaid"
    pay(invoice, day + timedelta(days=1))
    domain.refresh_from_db()
    assert (domain.status, domain.expiry_date) == ("active", end_of(EXPIRY, 1))
    assert remote.bought() == [domain.domain_name]
    assert (open_changes(domain), shown_changes(domain, on(day).at)) == ({}, {})


def test_an_unpaid_restore_ends_with_its_name(remote: RemoteRegistry) -> None:
    domain = in_redemption(remote)
    invoice = restore_domain(domain=domain, ctx=on(EXPIRY + timedelta(days=50)))
    assert invoice.due_date == EXPIRY + timedelta(days=60)
    live(EXPIRY + timedelta(days=60))
    invoice.refresh_from_db()
    assert invoice.status == "unpaid"
    live(EXPIRY + timedelta(days=61))
    for row in (invoice, domain):
        row.refresh_from_db()
    assert (domain.status, invoice.status) == ("cancelled", "cancelled")
    assert BilledPeriod.objects.get().status == "released"
    assert (open_changes(domain), remote.orders) == ({}, [])


def test_a_paid_restore_that_waits_for_the_registrar_keeps_the_name(
    remote: RemoteRegistry,
) -> None:
    domain = in_redemption(remote)
    invoice = restore_domain(domain=domain, ctx=on(EXPIRY + timedelta(days=58)))
    remote.is_down = True
    make_payment(invoice, at=on(EXPIRY + timedelta(days=59)).at)
    for minutes in (0, 2, 9, 30):
        run_all_jobs(on(EXPIRY + timedelta(59)).at + timedelta(minutes=minutes), failing=True)
    live(EXPIRY + timedelta(days=62))
    domain.refresh_from_db()
    assert domain.status == "redemption"


def test_without_a_price_nothing_is_restored(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote, status="redemption")
    with pytest.raises(BusinessError, match="can't be restored"):
        restore_domain(domain=domain, ctx=on(TODAY))
    assert restore_offer(domain) is None


def test_an_open_renewal_is_taken_back_when_its_client_wants_it_so(remote: RemoteRegistry) -> None:
    domain = a_domain(remote)
    other = make_domain_at(remote, domain.client, expiry_date=EXPIRY)
    live(EXPIRY - timedelta(days=30))
    day = EXPIRY - timedelta(days=20)
    set_auto_renew(domain=domain, enabled=False, ctx=on(day))
    assert void_open_renewal(domain=domain, ctx=on(day))
    assert not void_open_renewal(domain=domain, ctx=on(day))
    live(EXPIRY - timedelta(days=17))
    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.amount_due * 2) == ("unpaid", invoice.total)
    pay_rest = EXPIRY - timedelta(days=16)
    make_payment(invoice, amount=invoice.amount_due, at=on(pay_rest).at)
    run_all_jobs(on(pay_rest).at)
    assert remote.bought() == [other.domain_name]


def test_nothing_is_paid_for_a_name_that_has_just_gone(remote: RemoteRegistry) -> None:
    domain = a_domain(remote)
    invoice = renew_domain_now(domain=domain, ctx=on(TODAY))
    mark_domain_transferred_away(domain=domain, ctx=on(TODAY))
    run_all_jobs(on(TODAY).at)
    invoice.refresh_from_db()
    assert invoice.status == "cancelled"
    assert CreditNote.objects.get().total == invoice.total


def test_another_term_costs_its_share_and_what_was_announced_follows(
    remote: RemoteRegistry,
) -> None:
    sold()
    domain = a_domain(remote, recurring_amount=1000)
    reprice_client(client_id=domain.client_id, domains=[domain.pk], ctx=on(TODAY))
    assert PriceChange.objects.get().amount == 1200
    assert term_offers(domain)[:2] == [(1, 1000), (2, 2000)]
    change_term(domain=domain, years=3, ctx=on(TODAY))
    assert (domain.term_years, domain.recurring_amount) == (3, 3000)
    live(EXPIRY - timedelta(days=30))
    assert Invoice.objects.get().subtotal == 3600
    domain.refresh_from_db()
    with pytest.raises(StateConflict, match="unpaid renewal"):
        change_term(domain=domain, years=1, ctx=on(EXPIRY - timedelta(days=30)))


def test_a_term_there_and_back_lost_units_of_the_agreed_price(remote: RemoteRegistry) -> None:
    """10.04 for 10 years, 1.00 for one, and 10.00 for 10 years again."""
    sold()
    domain = a_domain(remote, recurring_amount=1004, term_years=10)
    reprice_client(client_id=domain.client_id, domains=[domain.pk], ctx=on(TODAY))
    for years, amount, announced in ((1, 100, 1200), (3, 301, 3600), (10, 1004, 12_000)):
        change_term(domain=domain, years=years, ctx=on(TODAY))
        assert (domain.recurring_amount, PriceChange.objects.get().amount) == (amount, announced)
        assert PriceChange.objects.get().old_amount == amount
        assert dict(term_offers(domain))[10] == 1004
    change_domain_price(domain=domain, recurring_amount=77, ctx=on(TODAY))
    change_term(domain=domain, years=3, ctx=on(TODAY))
    assert (domain.recurring_amount, dict(term_offers(domain))[10]) == (23, 77)


def test_an_announced_price_that_rounds_to_the_old_one_is_dropped(remote: RemoteRegistry) -> None:
    """The database refuses a new price that is none: changing the term ended in a server error."""
    sold()
    domain = a_domain(remote, recurring_amount=12_004, term_years=10)
    reprice_client(client_id=domain.client_id, domains=[domain.pk], ctx=on(TODAY))
    change_term(domain=domain, years=1, ctx=on(TODAY))
    assert (domain.recurring_amount, PriceChange.objects.get().status) == (1200, "dropped")


def test_only_terms_of_the_tld_are_offered(remote: RemoteRegistry) -> None:
    sold(max_years=2)
    domain = a_domain(remote)
    with pytest.raises(BusinessError, match="from 1 to 2 years"):
        change_term(domain=domain, years=3, ctx=on(TODAY))
    with pytest.raises(StateConflict):
        change_term(domain=make_domain_at(remote, status="redemption"), years=1, ctx=on(TODAY))


def test_an_announced_price_counts_for_a_renewal_that_is_asked_for(
    remote: RemoteRegistry,
) -> None:
    sold()
    domain = a_domain(remote, recurring_amount=1000)
    reprice_client(client_id=domain.client_id, domains=[domain.pk], ctx=on(TODAY))
    assert renewal_offers(domain, TODAY)[0].amount == 1200
    assert renew_domain_now(domain=domain, ctx=on(TODAY)).subtotal == 1200


def test_days_that_the_registrar_took_back_may_be_billed_again(remote: RemoteRegistry) -> None:
    """Its expiry counts, also where that is before the end of what was billed."""
    domain = a_domain(remote)
    pay(renew_domain_now(domain=domain, ctx=on(TODAY)), TODAY)
    domain.refresh_from_db()
    earlier = end_of(EXPIRY, 1) - timedelta(days=10)
    remote.names[domain.domain_name] = info_of(domain, expiry=earlier)
    sync_domain(domain.pk, on(TODAY))
    domain.refresh_from_db()
    assert domain.next_due_date == earlier
    renew_domain_now(domain=domain, ctx=on(TODAY + timedelta(days=1)))
    assert not [v for v in run_proof(at=on(TODAY).at) if v.check.name == "U5-once" and v.count]
    assert Job.objects.filter(action="domain.renew").count() == 1
