"""billing.md 8: what a plan change costs, when it is carried out, and when it is not."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.offers import plan_change_blocked_reason, plan_offers
from commerce.billing.changes.plan_changes.rules import DateRange, periods_until_due
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.actions.reversals import reverse_settlement
from commerce.billing.invoices.actions.settlement import settle
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import CreditNote, Invoice, PlanChange
from commerce.billing.periods.actions.renewals import renew_services
from commerce.catalog.models import Product
from commerce.hosting.actions.editing import rename_service
from commerce.hosting.actions.states import terminate_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from tests.make.people import AT, make_client
from tests.make.records import (
    VAT,
    make_group,
    make_invoice,
    make_payment,
    make_product,
    make_required_option,
    make_service,
)

D = date
START, DUE = D(2026, 4, 8), D(2026, 5, 8)  # 30 days
TENTH = AT + timedelta(days=10)


def test_a_period_that_was_paid_ahead_counts_whole() -> None:
    periods = periods_until_due(START, "monthly", D(2026, 6, 8), D(2026, 5, 3))
    assert periods == [DateRange(START, DUE), DateRange(DUE, D(2026, 6, 8))]
    assert [one.share_left(D(2026, 5, 3)) for one in periods] == [Fraction(5, 30), 1]


@pytest.fixture
def service(db: None) -> Service:
    """Small, monthly at 30.00, in a group with Large at 60.00 and 600.00 a year."""
    group = make_group()
    small = make_product(name="Small", group=group, prices=[("EUR", "monthly", 3000)])
    prices = [("EUR", "monthly", 6000), ("EUR", "annually", 60_000), ("EUR", "one_time", 1)]
    make_product(name="Large", group=group, prices=prices)
    make_product(name="Elsewhere")
    return make_service(product=small, amount=3000)


def large() -> Product:
    return Product.objects.get(name="Large")


def ask(
    service: Service,
    cycle: str = "monthly",
    *,
    product: Product | None = None,
    at: datetime = TENTH,
    figures: tuple[int, int, int] | None = None,
    losses_accepted: bool = False,
) -> PlanChange:
    """For the figures that are offered, unless others are said to have been shown."""
    product = product or large()
    if figures is None:
        offer = next(
            one
            for one in plan_offers(service, at.date())
            if (one.product, one.billing_cycle) == (product, cycle)
        )
        figures = offer.figures_shown
    return actions.request_plan_change(
        service=service,
        product_id=product.pk,
        billing_cycle=cycle,
        figures_shown=figures,
        losses_accepted=losses_accepted,
        ctx=Context(at, SYSTEM),
    )


def pay(change: PlanChange, at: Any = TENTH) -> None:
    invoice = change.invoice
    assert invoice is not None
    due = invoice.amount_due
    source, ctx = f"payment:{change.pk}", Context(at, SYSTEM)
    settle(invoice=invoice, kind="payment", source=source, amount=due, ctx=ctx)
    change.refresh_from_db()
    change.service.refresh_from_db()


def prefer(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))


def test_each_product_of_the_group_and_each_cycle_is_offered_but_the_current(
    service: Service,
) -> None:
    found = [(one.product.name, one.billing_cycle) for one in plan_offers(service, TENTH.date())]
    assert found == [("Large", "annually"), ("Large", "monthly")]


def test_an_upgrade_is_carried_out_when_it_is_paid(service: Service) -> None:
    change = ask(service)
    invoice = change.invoice
    assert invoice is not None
    assert (change.status, invoice.kind, invoice.status) == (
        "awaiting_payment",
        "plan_change",
        "unpaid",
    )
    assert [line.amount for line in invoice.lines.order_by("position")] == [4000, -2000]
    service.refresh_from_db()
    assert service.amount == 3000
    pay(change)
    assert (change.status, change.service.amount, change.service.product) == (
        "applied",
        6000,
        large(),
    )
    assert change.service.next_due_date == DUE


def test_another_cycle_begins_on_the_day_of_payment(service: Service) -> None:
    change = ask(service, "annually")
    pay(change, at=AT + timedelta(days=12))
    found = change.service
    assert (found.anchor_date, found.next_due_date) == (D(2026, 4, 20), D(2027, 4, 20))
    assert (found.billing_cycle, found.amount) == ("annually", 60_000)


def test_a_downgrade_is_carried_out_at_once_and_its_credit_is_what_was_paid(
    service: Service,
) -> None:
    change = ask(service)
    pay(change)
    small = Product.objects.get(name="Small")
    back = ask(change.service, product=small)
    assert back.status == "applied"
    assert (back.credit, back.charge) == (4000, 2000)
    back.service.refresh_from_db()
    assert back.service.amount == 3000
    assert credit_balance(service.client_id, "EUR") == 2000


@pytest.mark.parametrize(("given", "then"), [("", "Large"), ("Bakery website", "Bakery website")])
def test_a_service_is_called_as_its_new_plan_is_unless_its_client_named_it(
    service: Service, given: str, then: str
) -> None:
    """It kept the name of the old plan."""
    if given:
        rename_service(service=service, label=given, ctx=Context(TENTH, SYSTEM))
    pay(ask(service))
    service.refresh_from_db()
    assert service.label == then


def test_a_downgrade_of_a_renewed_period_gets_a_credit_note(service: Service) -> None:
    at = AT + timedelta(days=23)  # a week before it is due
    made = renew_services(client_id=service.client_id, day=at.date(), ctx=Context(at, SYSTEM))
    renewal = Invoice.objects.get(pk=made.invoices[0])
    service.refresh_from_db()
    assert "unpaid" in str(plan_change_blocked_reason(service))
    settle(
        invoice=renewal, kind="payment", source="payment:1", amount=3000, ctx=Context(at, SYSTEM)
    )
    tiny = make_product(name="Tiny", group=service.product.group, prices=[("EUR", "monthly", 0)])
    service.refresh_from_db()
    change = ask(service, product=tiny, at=at)
    note = CreditNote.objects.get(invoice=renewal)
    assert (change.status, note.total) == ("applied", 3000)
    # With 7 days of 30 of the period before, which nobody billed here.
    assert credit_balance(service.client_id, "EUR") == 3700


def test_a_plan_was_paid_twice_since_the_order_was_not_paid_yet(service: Service) -> None:
    """Activated unpaid, or its payment was charged back: the old plan is owed, so it is no time for another."""
    client = service.client
    order = make_invoice(
        client, kind="order", billed_services=[service.pk], lines=[DraftLine("Small", 3000, VAT)]
    )
    assert "is unpaid" in str(plan_change_blocked_reason(service))
    assert plan_offers(service, TENTH.date()) == []
    payment = make_payment(order)
    assert plan_change_blocked_reason(service) is None
    prefer("plan_changes.require_approval", "on")
    waiting = ask(service)
    source = f"payment:{payment.pk}"
    reverse_settlement(
        invoice=order, source=source, amount=payment.amount, ctx=Context(TENTH, SYSTEM)
    )
    with pytest.raises(BusinessError, match="is unpaid"):
        actions.approve_plan_change(change=waiting, ctx=Context(TENTH, SYSTEM))


@pytest.mark.parametrize("shown", [(2000, 3999, 2000), (1999, 4000, 2000), (2000, 4000, 1999)])
def test_figures_that_differ_from_those_shown_are_refused(
    *, service: Service, shown: tuple[int, int, int]
) -> None:
    with pytest.raises(BusinessError):
        ask(service, figures=shown)
    assert not PlanChange.objects.exists()


def test_what_is_lost_must_be_accepted(service: Service) -> None:
    options = [{"name": "Backup", "value": "Daily", "amount": 100}]
    parts = {"base": 2900, "promo_discount": 0}
    Service.objects.filter(pk=service.pk).update(options=options, parts=parts)
    service.refresh_from_db()
    with pytest.raises(BusinessError, match="Backup: Daily"):
        ask(service)
    assert ask(service, losses_accepted=True).options == []


def test_there_is_one_open_change_and_it_can_be_withdrawn(service: Service) -> None:
    change = ask(service)
    with pytest.raises(BusinessError):
        ask(service, figures=(2000, 4000, 2000))
    actions.withdraw_plan_change(change=change, ctx=Context(TENTH, SYSTEM))
    assert change.invoice is not None
    change.invoice.refresh_from_db()
    assert (change.status, change.invoice.status) == ("withdrawn", "cancelled")
    with pytest.raises(StateConflict):
        actions.withdraw_plan_change(change=change, ctx=Context(TENTH, SYSTEM))


def test_unpaid_at_its_due_date_it_lapses(service: Service) -> None:
    change = ask(service)
    assert change.invoice is not None
    due = change.invoice.due_date
    assert due is not None
    assert not actions.unpaid_plan_changes(due).exists()
    day = due + timedelta(days=1)
    for lapsed in (True, False):
        assert lapsed == actions.lapse_plan_change(
            change=change, day=day, ctx=Context(TENTH, SYSTEM)
        )
    change.refresh_from_db()
    change.invoice.refresh_from_db()
    assert (change.status, change.invoice.status) == ("lapsed", "cancelled")


def test_it_lapses_when_the_renewal_is_issued_first(service: Service) -> None:
    change = ask(service)
    at = AT + timedelta(days=23)
    renew_services(client_id=service.client_id, day=at.date(), ctx=Context(at, SYSTEM))
    change.refresh_from_db()
    service.refresh_from_db()
    assert (change.status, service.amount) == ("lapsed", 3000)


def test_it_lapses_when_staff_void_its_invoice(service: Service) -> None:
    change = ask(service)
    assert change.invoice is not None
    void_invoice(invoice=change.invoice, reason="asked", ctx=Context(TENTH, SYSTEM))
    change.refresh_from_db()
    assert change.status == "lapsed"


def test_a_cent_and_a_credit_note_of_the_whole_bought_a_larger_plan(service: Service) -> None:
    """Paid in part and then taken back as a whole, the invoice is ``paid``, but nobody bought anything."""
    change = ask(service)
    assert change.invoice is not None
    make_payment(change.invoice, amount=1, at=TENTH)
    change.invoice.refresh_from_db()
    credit_invoice(invoice=change.invoice, reason="sorry", ctx=Context(TENTH, SYSTEM))
    change.refresh_from_db()
    service.refresh_from_db()
    change.invoice.refresh_from_db()
    assert (change.status, service.amount) == ("lapsed", 3000)
    assert change.invoice.status == "paid"
    assert credit_balance(service.client_id, "EUR") == 1
    assert not OutgoingMail.objects.filter(event="invoice_paid").exists()


def test_paid_after_the_service_has_ended_it_becomes_credit(service: Service) -> None:
    change = ask(service)
    terminate_service(service=service, ctx=Context(TENTH, SYSTEM))
    pay(change)
    assert change.status == "lapsed"
    assert credit_balance(service.client_id, "EUR") == 2000


def test_staff_approve_or_reject_where_it_is_required(service: Service) -> None:
    prefer("plan_changes.require_approval", "on")
    change = ask(service)
    assert (change.status, change.invoice) == ("pending", None)
    later = TENTH + timedelta(days=1)
    actions.approve_plan_change(change=change, ctx=Context(later, SYSTEM), note="fine")
    assert (change.status, change.credit, change.charge) == ("awaiting_payment", 1900, 3800)
    actions.withdraw_plan_change(change=change, ctx=Context(later, SYSTEM))
    again = ask(service, at=later)
    with pytest.raises(BusinessError):
        actions.reject_plan_change(change=again, note=" ", ctx=Context(later, SYSTEM))
    actions.reject_plan_change(change=again, note="Not now", ctx=Context(later, SYSTEM))
    assert (again.status, again.note) == ("rejected", "Not now")


@pytest.mark.parametrize("status", ["pending", "suspended", "cancelled", "terminated"])
def test_only_an_active_service_changes(*, db: None, status: str) -> None:
    assert plan_change_blocked_reason(make_service(make_client(), status)) is not None


def test_switched_off_nothing_is_offered(service: Service) -> None:
    prefer("plan_changes.enabled", "off")
    assert plan_offers(service, TENTH.date()) == []
    with pytest.raises(BusinessError):
        ask(service, figures=(2000, 4000, 2000))


def test_a_product_with_a_box_that_must_be_ticked_broke_the_list_of_plans(service: Service) -> None:
    beside = make_product(name="Beside", group=service.product.group)
    make_required_option(large(), "checkbox", 100)
    assert [one.product for one in plan_offers(service, TENTH.date())] == [beside]
    with pytest.raises(BusinessError, match="This plan isn't available for this service"):
        ask(service, figures=(2000, 4000, 2000))


def test_a_plan_whose_options_cost_less_than_nothing_broke_the_list_of_plans(
    service: Service,
) -> None:
    make_required_option(large(), "dropdown", -6001)
    assert [one.billing_cycle for one in plan_offers(service, TENTH.date())] == ["annually"]
    with pytest.raises(BusinessError, match="This plan isn't available for this service"):
        ask(service, figures=(2000, 4000, 2000))
