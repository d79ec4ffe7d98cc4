"""billing.md 8 "Plan change": what is given back is what documents show as paid by this unit, on those documents."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.billing.changes.plan_changes.actions.paid_elsewhere import state_paid_elsewhere
from commerce.billing.changes.plan_changes.rules import PlanTotals
from commerce.billing.changes.service_edits import edit_price_and_dates
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.manual import draft_manual_invoice
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.invoices.rules import OUTSIDE_SCOPE, BilledDays, DraftLine
from commerce.billing.models import CreditEntry, CreditNote, Invoice
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import ProductGroup
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.cart_lines import DomainCartLine
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.nameservers import give_nameservers
from tests.make.plan_changes import (
    ask,
    bought,
    change,
    notes_of,
    offered,
    plan,
    rate_from,
    wish,
)
from tests.make.renewals import renew_services_of

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(AT, SYSTEM)
TENTH, FIFTEENTH = AT + timedelta(days=10), AT + timedelta(days=15)
SOON = timedelta(days=1)


@pytest.fixture(autouse=True)
def rates() -> None:
    """A company in Germany, where hosting bears 19 %, and other things 7 %."""
    set_setting(key="company.country", value="DE", ctx=CTX)
    for kind, rate in (("all", 19_000), ("other", 7_000)):
        rate_from(date(2020, 1, 1), rate, kind)


@pytest.fixture
def group() -> ProductGroup:
    return make.make_group()


def balance(service: Service) -> int:
    return credit_balance(service.client_id, "EUR")


def order_of(service: Service) -> Invoice:
    return Invoice.objects.get(kind="order", subjects__service=service)


def last_invoice(service: Service) -> Invoice:
    found = Invoice.objects.filter(client=service.client_id).order_by("pk").last()
    assert found is not None
    return found


def renewed(service: Service, at: Any) -> Invoice:
    [made] = renew_services_of(service.client, at).invoices
    invoice = Invoice.objects.get(pk=made)
    if invoice.amount_due:
        make.make_payment(invoice, at=at)
    service.refresh_from_db()
    return invoice


# The table: same cycle, other cycle


def test_an_upgrade_gives_back_what_is_left_and_charges_the_new_plan_for_the_same_days(
    group: ProductGroup,
) -> None:
    small, big = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small))
    done = change(service, big, TENTH)
    assert (done.credit, done.charge, done.total) == (2380, 4760, 2380)
    assert notes_of(service) == [("order", 2000, 380)]
    invoice = last_invoice(service)
    assert (invoice.kind, invoice.status, invoice.subtotal, invoice.tax_amount) == (
        "plan_change",
        "paid",
        4000,
        760,
    )
    entries = invoice.settlement_entries.order_by("pk").values_list("kind", "amount")
    assert list(entries) == [("credit", 2380), ("payment", 2380)]
    assert (service.product, service.amount, service.next_due_date) == (
        big,
        6000,
        date(2026, 5, 8),
    )
    assert done.invoice == invoice


def test_another_cycle_charges_a_whole_period_from_today_and_releases_the_old_ones(
    group: ProductGroup,
) -> None:
    small = plan(group, 3000, annually=30_000)
    [service] = bought(wish(small))
    renewed(service, AT + timedelta(days=23))
    at = AT + timedelta(days=25)
    done = change(service, small, at, "annually")
    assert (done.credit, done.charge) == (595 + 3570, 35_700)  # 5 of 30 days, and all of May
    assert (service.anchor_date, service.next_due_date) == (date(2026, 5, 3), date(2027, 5, 3))
    assert set(service.billed_periods.values_list("status", flat=True)) == {"released"}


def test_a_period_that_was_paid_ahead_is_given_back_whole_and_charged_whole(
    group: ProductGroup,
) -> None:
    small, big = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small))
    renewal = renewed(service, AT + timedelta(days=23))
    done = change(service, big, AT + timedelta(days=25))
    assert notes_of(service) == [("order", 500, 95), ("renewal", 3000, 570)]
    assert [line.amount for line in last_invoice(service).lines.order_by("position")] == [
        1000,
        6000,
    ]
    assert (done.total, renewal.status, service.next_due_date) == (
        (1000 + 6000 - 500 - 3000) * 119 // 100,
        "paid",
        date(2026, 6, 8),
    )


def test_a_downgrade_is_carried_out_at_once_and_the_rest_is_credit(group: ProductGroup) -> None:
    small, big = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(big))
    done = ask(service, small, FIFTEENTH)
    assert (done.status, done.total) == ("applied", -1785)
    assert balance(service) == 1785
    assert last_invoice(service).status == "paid"


# Which days


def test_days_that_a_code_made_free_are_charged_in_full(group: ProductGroup) -> None:
    small, big = plan(group, 3000), plan(group, 6000)
    create_promo(code="FREE", percent=10_000, ctx=CTX)
    [service] = bought(wish(small), promo_code="FREE")
    assert offered(service, big).totals == PlanTotals(0, 7140, 7140)


def test_days_that_a_later_note_made_free_are_charged_in_full(group: ProductGroup) -> None:
    small, big = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small))
    credit_invoice(invoice=order_of(service), reason="Sorry", ctx=CTX)
    assert order_of(service).status == "refunded"
    assert offered(service, big).totals == PlanTotals(0, 7140, 7140)


def test_a_void_invoice_bills_nothing(group: ProductGroup) -> None:
    small, big = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small))
    at = AT + timedelta(days=23)
    [made] = renew_services_of(service.client, at).invoices
    decisions = {("service", service.pk): "waive"}
    void_invoice(
        invoice=Invoice.objects.get(pk=made),
        reason="gift",
        decisions=decisions,
        ctx=Context(at, SYSTEM),
    )
    # 7 of 30 days of the order, and May is free: only what the new plan costs more
    assert offered(service, big, at).totals == PlanTotals(833, 1666 + 3570, 833 + 3570)


def test_for_free_days_nothing_is_given_back_and_only_the_surplus_is_charged(
    group: ProductGroup,
) -> None:
    free, big, bigger = plan(group, 0), plan(group, 3000), plan(group, 6000)
    service = make.make_service(product=free, amount=0)
    assert offered(service, big).totals == PlanTotals(0, 3570, 3570)
    other = make.make_service(service.client, product=big, amount=3000)
    assert offered(other, bigger).totals == PlanTotals(0, 3570, 3570)
    assert offered(other, free).totals == PlanTotals(0, 0, 0)


def test_days_that_staff_gave_keep_their_price_and_those_of_the_document_stay_its_own(
    group: ProductGroup,
) -> None:
    small, big = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small))
    due = date(2026, 5, 23)  # anchor: periods from the 23rd on
    edit_price_and_dates(service=service, next_due_date=due, reason="sorry", ctx=CTX)
    offer = offered(service, big, TENTH)
    assert offer.unused.net == 2000  # 20 of the 30 days of the order
    # 18 to 23 April is billed (5 of 31 days), then 15 of 30 days are, and 15 are given
    assert [line.unit_amount for line in offer.charge.lines] == [968, 3000 + 1500]


def test_with_another_cycle_free_days_end_and_the_page_says_so(group: ProductGroup) -> None:
    small = plan(group, 3000, annually=30_000)
    [service] = bought(wish(small))
    edit_price_and_dates(service=service, next_due_date=date(2026, 5, 18), reason="sorry", ctx=CTX)
    assert offered(service, small, cycle="annually").losses == ["10 days free of charge"]
    assert offered(service, plan(group, 100)).losses == []


def test_what_was_paid_before_an_adoption_is_credit_once(group: ProductGroup) -> None:
    small, big = plan(group, 3000), plan(group, 6000)
    service = make.make_service(product=small, amount=3000)
    state_paid_elsewhere(
        service=service,
        amount=3000,
        first_day=AT.date(),
        last_day=date(2026, 5, 7),
        reason="Paid at the former company",
        ctx=CTX,
    )
    done = change(service, big, TENTH)
    assert (done.credit, done.charge, done.total) == (2000, 4760, 2760)
    [entry] = CreditEntry.objects.filter(reason="downgrade")
    assert (entry.amount, entry.source.split(":")[:2]) == (2000, ["plan_change", str(done.pk)])
    assert offered(service, small, FIFTEENTH).unused.total == 3000 * 119 // 100


def test_a_service_that_moved_here_gives_nothing_back_of_its_former_clients_money(
    group: ProductGroup,
) -> None:
    small, big = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small))
    Service.objects.filter(pk=service.pk).update(client=make.make_client())
    assert offered(service, big, FIFTEENTH).totals == PlanTotals(0, 1785, 1785)


# What a unit paid


def test_each_unit_gives_back_what_it_paid(group: ProductGroup) -> None:
    small, big, free = plan(group, 1000, setup=500), plan(group, 9000), plan(group, 0)
    first, second = bought(wish(small, qty=2))
    change(first, big)
    assert change(second, free).total == -1190
    assert change(first, free).total == -9 * 1190
    assert [kind for kind, *_ in notes_of(first)] == ["order", "order", "plan_change"]
    assert order_of(first).status == "paid"


def test_a_note_names_line_and_unit_and_the_days_that_it_gives_back(group: ProductGroup) -> None:
    small, big = plan(group, 1000), plan(group, 9000)
    first, _second = bought(wish(small, qty=2))
    change(first, big, TENTH)
    [line] = CreditNote.objects.get().lines.all()
    [share] = line.line_shares.all()
    assert (line.line, share.line, share.service) == (
        order_of(first).lines.get(),
        order_of(first).lines.get(),
        first,
    )
    assert (share.net, share.tax) == (-line.amount, -line.tax_amount) == (-667, -127)
    assert (share.period_start, share.period_end) == (TENTH.date(), date(2026, 5, 8))
    assert "Apr 18" in line.description


def test_what_stays_of_a_line_is_never_given_back_again(group: ProductGroup) -> None:
    small, big = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small))
    change(service, big, TENTH)
    change(service, small, TENTH)
    change(service, big, FIFTEENTH)
    assert notes_of(service) == [
        ("order", 2000, 380),
        ("plan_change", 4000, 760),
        ("plan_change", 1500, 285),
    ]


def test_other_notes_lower_all_days_of_a_line_alike(group: ProductGroup) -> None:
    """10.00 monthly; staff refund half: on day 15 half of the other half is unused (money M4)."""
    small, big = plan(group, 1000), plan(group, 3000)
    [service] = bought(wish(small))
    credit_invoice(invoice=order_of(service), amount=595, reason="Sorry", ctx=CTX)
    assert offered(service, big, FIFTEENTH).unused.net == 250
    upgraded = change(service, big)
    assert upgraded.credit == 595
    charge = upgraded.invoice
    assert charge is not None
    credit_invoice(invoice=charge, lines={1: 1000}, reason="Sorry", ctx=CTX)
    assert offered(service, small, FIFTEENTH).unused.net == 1000  # half of 20.00
    credit_invoice(invoice=charge, reason="Sorry", ctx=CTX)
    assert offered(service, small, FIFTEENTH).unused.total == 0


def test_what_staff_credit_of_a_line_is_taken_from_the_units_that_had_it_left(
    group: ProductGroup,
) -> None:
    small, free = plan(group, 1000), plan(group, 0)
    first, second, third = bought(wish(small, qty=3))
    change(first, free)
    credit_invoice(invoice=order_of(first), lines={1: 1000}, reason="Sorry", ctx=CTX)
    assert [offered(unit, free).unused.net for unit in (second, third)] == [500, 500]


@pytest.mark.parametrize("where", ["products", "cycles"])
def test_a_one_time_code_on_one_item_moves_no_credit_to_another(
    group: ProductGroup, where: str
) -> None:
    small, large = plan(group, 1000, annually=9000), plan(group, 1000, annually=9000)
    free = plan(group, 0, annually=0)
    named = {"products": [small]} if where == "products" else {"cycles": ["monthly"]}
    create_promo(code="HALF", percent=5000, **named, ctx=CTX)
    cycle = "monthly" if where == "products" else "annually"
    first, second = bought(wish(small), wish(large, cycle=cycle), promo_code="HALF")
    assert offered(first, free).unused.net == 500
    assert offered(second, free).unused.net == (1000 if where == "products" else 9000)


def test_a_fixed_code_is_given_back_by_each_unit_as_it_was_spread(group: ProductGroup) -> None:
    small, free = plan(group, 1000), plan(group, 0)
    create_promo(code="ONE", amounts={"EUR": 100}, ctx=CTX)
    units = bought(wish(small, qty=3), promo_code="ONE")
    assert [offered(unit, free).unused.net for unit in units] == [966, 967, 967]
    for unit in units:
        change(unit, free)
    order = order_of(units[0])
    assert sum(net + tax for _kind, net, tax in notes_of(units[0])) == order.total


def test_a_code_on_a_name_moves_no_credit_of_the_hosting_beside_it(group: ProductGroup) -> None:
    give_nameservers()
    tld = set_tld(tld="example", ctx=CTX)
    set_tld_price(tld=tld, currency_code="EUR", register=1000, renew=1000, ctx=CTX)
    create_promo(code="NAME", percent=5000, tlds=["example"], ctx=CTX)
    name = DomainCartLine(action="register", domain="one.example")
    small, free = plan(group, 1000), plan(group, 0)
    [service] = bought(wish(small), name, promo_code="NAME")
    assert offered(service, free).unused.total == 1190


def test_a_manual_line_may_name_service_and_days(group: ProductGroup) -> None:
    set_setting(key="billing.auto_apply_credit", value="off", ctx=CTX)
    small, big = plan(group, 3000), plan(group, 6000)
    service = make.make_service(product=small, amount=3000)
    for days in (BilledDays(AT.date(), date(2026, 5, 8)), BilledDays()):
        line = DraftLine(
            "Agreed",
            3000,
            OUTSIDE_SCOPE,
            tax_kind="hosting",
            subject=("service", service.pk),
            days=days,
        )
        draft = draft_manual_invoice(
            client=service.client, currency_code="EUR", lines=[line], ctx=CTX
        )
        issue_invoice(vat_refresh=None, invoice=draft, ctx=CTX)
        assert offered(service, big, FIFTEENTH).unused.net == 0  # nothing of it is paid yet
        make.make_payment(draft, amount=1785)
        expected = 750 if days.start else 0
        assert offered(service, big, FIFTEENTH).unused.net == expected
        draft.refresh_from_db()
        make.make_payment(draft, amount=draft.amount_due)
        if days.start:
            assert offered(service, big, FIFTEENTH).totals == PlanTotals(1785, 3570, 1785)
            credit_invoice(invoice=draft, reason="again", ctx=CTX)


def test_a_service_whose_cycle_staff_changed_gives_back_the_days_of_its_document(
    group: ProductGroup,
) -> None:
    small, big = plan(group, 3000, annually=36_500), plan(group, 6000, annually=73_000)
    [service] = bought(wish(small, cycle="annually"))
    edit_price_and_dates(service=service, billing_cycle="monthly", amount=3000, reason="x", ctx=CTX)
    assert offered(service, big, TENTH).unused.net > 0
    service.refresh_from_db()
    left = (service.next_due_date - TENTH.date()).days  # type: ignore[operator]
    assert offered(service, big, TENTH).unused.net == 100 * left
