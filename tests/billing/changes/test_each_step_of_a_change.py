"""billing.md 8: what each step of a plan change tells, keeps and refuses, and that it leaves everybody else's alone."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import CreditEntry, CreditNote, PlanChange
from commerce.billing.periods.actions.renewals import renew_services
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.prices import set_price
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from tests.billing.changes.test_plan_changes import AT, TENTH, ask, large, pay, prefer, service
from tests.make.people import make_client
from tests.make.records import VAT, make_invoice, make_payment, make_product, make_service

__all__ = ["service"]
CTX = Context(TENTH, SYSTEM)
EVENTS = (
    "plan_change_received",
    "plan_change_applied",
    "plan_change_rejected",
    "plan_change_requested",
)


def told() -> list[str]:
    """The events about changes of plan that were mailed, the oldest first."""
    rows = OutgoingMail.objects.filter(event__in=EVENTS).order_by("pk")
    return list(rows.values_list("event", flat=True))


def approval_needed() -> None:
    prefer("plan_changes.require_approval", "on")


def waiting_elsewhere(change: PlanChange) -> PlanChange:
    """The same change of another client's service."""
    small = change.service.product
    return ask(make_service(make_client(), product=small, amount=3000))


def test_the_client_hears_of_a_change_that_is_to_be_paid_and_of_its_end(service: Service) -> None:
    change = ask(service)
    assert told() == ["plan_change_received"]
    pay(change)
    assert told() == ["plan_change_received", "plan_change_applied"]


def test_staff_hear_of_a_change_that_awaits_them_and_the_client_of_what_they_say(
    service: Service,
) -> None:
    approval_needed()
    change = ask(service)
    assert sorted(told()) == ["plan_change_received", "plan_change_requested"]
    actions.reject_plan_change(change=change, note=" Not now ", ctx=CTX)
    assert told()[-1] == "plan_change_rejected"
    change.refresh_from_db()
    assert (change.note, change.ended_at) == ("Not now", TENTH)


def test_an_approved_change_that_costs_nothing_more_is_carried_out_and_told_once(
    service: Service,
) -> None:
    approval_needed()
    cheap = make_product(
        name="Tiny", group=service.product.group, prices=[("EUR", "monthly", 1500)]
    )
    change = ask(service, product=cheap)
    actions.approve_plan_change(change=change, ctx=CTX, note="fine")
    change.refresh_from_db()
    assert (change.status, change.note, change.ended_at) == ("applied", "fine", TENTH)
    assert told()[-1] == "plan_change_applied"
    assert told().count("plan_change_applied") == 1


def test_a_decision_is_for_its_own_change_and_is_made_once(service: Service) -> None:
    approval_needed()
    change = ask(service)
    other = waiting_elsewhere(change)
    actions.approve_plan_change(change=change, ctx=CTX, note="fine")
    other.refresh_from_db()
    assert (other.status, other.note) == ("pending", "")
    with pytest.raises(StateConflict):
        actions.approve_plan_change(change=change, ctx=CTX)
    with pytest.raises(StateConflict):
        actions.reject_plan_change(change=change, note="No", ctx=CTX)


@pytest.mark.parametrize("cancel_at", [None, date(2026, 5, 8)])
def test_a_service_that_ends_or_stands_still_meanwhile_gets_no_approval(
    service: Service, cancel_at: date | None
) -> None:
    approval_needed()
    change = ask(service)
    changed: dict[str, Any] = {"cancel_at": cancel_at}
    if cancel_at is None:
        changed = {
            "status": "suspended",
            "suspension_reason": "abuse",
            "suspended_at": TENTH,
        }
    Service.objects.filter(pk=service.pk).update(**changed)
    with pytest.raises(BusinessError):
        actions.approve_plan_change(change=change, ctx=CTX)
    change.refresh_from_db()
    assert change.status == "pending"


@pytest.mark.parametrize("dearer", ["price", "tax"])
def test_what_became_dearer_is_not_approved(service: Service, dearer: str) -> None:
    """Of a change of before totals were kept, too: then what is due without tax is compared."""
    approval_needed()
    change = ask(service)
    if dearer == "price":
        set_price(
            product=large(), currency_code="EUR", billing_cycle="monthly", price=6001, ctx=CTX
        )
    else:
        prefer("company.country", "DE")
        add_tax_rule(
            country="DE",
            category="S",
            name="VAT",
            product_kind="all",
            rate_milli=19_000,
            valid_from=date(2020, 1, 1),
            ctx=CTX,
        )
    with pytest.raises(BusinessError):
        actions.approve_plan_change(change=change, ctx=CTX)
    change.refresh_from_db()
    assert change.status == "pending"


@pytest.mark.parametrize(("days", "approved"), [(0, True), (1, True), (-1, False)])
def test_a_change_of_before_totals_were_kept_is_approved_unless_it_costs_more_now(
    *, service: Service, days: int, approved: bool
) -> None:
    approval_needed()
    change = ask(service)
    PlanChange.objects.filter(pk=change.pk).update(total=None)
    ctx = Context(TENTH + timedelta(days=days), SYSTEM)  # a day less of the period costs less
    if not approved:
        with pytest.raises(BusinessError):
            actions.approve_plan_change(change=change, ctx=ctx)
        return
    actions.approve_plan_change(change=change, ctx=ctx)
    change.refresh_from_db()
    assert (change.status, change.total) == ("awaiting_payment", 2000 - 100 * days)


def test_it_does_not_lapse_on_its_due_date_and_what_lapsed_says_why(service: Service) -> None:
    change = ask(service)
    assert change.invoice is not None
    assert change.invoice.due_date is not None
    due = change.invoice.due_date
    assert not actions.lapse_plan_change(change=change, day=due, ctx=CTX)
    change.refresh_from_db()
    assert change.status == "awaiting_payment"
    late = due + timedelta(days=1)
    assert actions.lapse_plan_change(change=change, day=late, ctx=CTX, reason="Asked by phone")
    entry = AuditEntry.objects.get(action="planchange.lapsed")
    assert entry.reason == "Asked by phone"
    change.refresh_from_db()
    assert change.ended_at == TENTH


def test_what_was_paid_or_is_not_invoiced_does_not_lapse(service: Service) -> None:
    change = ask(service)
    approval_needed()
    pending = waiting_elsewhere(change)
    pay(change)
    assert change.invoice is not None
    assert change.invoice.due_date is not None
    day = change.invoice.due_date + timedelta(days=1)
    assert not actions.lapse_plan_change(change=change, day=day, ctx=CTX)
    assert not actions.lapse_plan_change(change=pending, day=day, ctx=CTX)
    pending.refresh_from_db()
    assert (change.status, pending.status) == ("applied", "pending")


def test_a_renewal_ends_only_changes_of_the_services_that_it_bills(service: Service) -> None:
    at = AT + timedelta(days=23)
    change = ask(service, at=at)
    later = make_service(service.client, product=service.product, amount=3000, at=at)
    waiting = ask(later, "annually", at=at)
    renew_services(client_id=service.client_id, day=at.date(), ctx=Context(at, SYSTEM))
    change.refresh_from_db()
    waiting.refresh_from_db()
    assert (change.status, waiting.status) == ("lapsed", "awaiting_payment")


def test_what_is_taken_back_of_another_clients_invoice_does_not_stop_a_change(
    service: Service,
) -> None:
    make_payment(
        make_invoice(
            service.client,
            kind="order",
            billed_services=[service.pk],
            lines=[DraftLine("Small", 3000, VAT)],
        )
    )
    theirs = make_invoice(make_client(), lines=[DraftLine("Small", 3000, VAT)])
    make_payment(theirs)
    change = ask(service)
    later = Context(TENTH + timedelta(minutes=30), SYSTEM)
    credit_invoice(invoice=theirs, amount=600, reason="Sorry", ctx=later)
    assert change.invoice is not None
    make_payment(change.invoice, at=TENTH + timedelta(hours=1))
    change.refresh_from_db()
    assert change.status == "applied"


def test_what_is_given_back_is_on_invoices_of_its_own_service(service: Service) -> None:
    order = make_invoice(
        service.client,
        kind="order",
        billed_services=[service.pk],
        lines=[DraftLine("Small", 3000, VAT)],
    )
    make_payment(order)
    theirs = make_invoice(make_client(), lines=[DraftLine("Small", 9000, VAT)])
    make_payment(theirs)
    tiny = make_product(name="Tiny", group=service.product.group, prices=[("EUR", "monthly", 0)])
    change = ask(service, product=tiny)
    note = CreditNote.objects.get()
    assert (note.invoice, note.subtotal, note.tax_amount) == (order, 2000, 400)
    assert (change.credit_note, note.reason) == (note, "Plan change to Tiny.")
    assert {line.service for line in note.lines.all()} == {service}


def test_what_no_invoice_here_was_paid_for_becomes_credit_with_the_name_of_the_plan(
    service: Service,
) -> None:
    tiny = make_product(name="Tiny", group=service.product.group, prices=[("EUR", "monthly", 0)])
    change = ask(service, product=tiny)
    entry = CreditEntry.objects.get()
    assert (entry.amount, entry.reason, entry.source, entry.note) == (
        2000,
        "downgrade",
        f"plan_change:{change.pk}",
        "Plan change to Tiny.",
    )
    assert change.credit_note is None


def test_a_change_keeps_who_asked_and_what_was_confirmed(service: Service) -> None:
    [offer] = [one for one in plan_offers(service, TENTH.date()) if one.billing_cycle == "monthly"]
    asked_by = service.client.memberships.get().user
    change = actions.request_plan_change(
        service=service,
        product_id=large().pk,
        billing_cycle="monthly",
        figures_shown=offer.figures_shown,
        requested_by=asked_by,
        ctx=CTX,
    )
    assert (change.requested_by, change.client, change.created_at) == (
        asked_by,
        service.client,
        TENTH,
    )
    assert (change.credit, change.charge, change.total) == offer.figures_shown
    assert (change.amount, change.parts) == (6000, offer.parts)
    assert change.invoice is not None
    assert [one.service for one in change.invoice.subjects.all()] == [service]
    actions.withdraw_plan_change(change=change, ctx=CTX, reason="Changed my mind")
    note = CreditNote.objects.get(invoice=change.invoice)
    assert note.reason == "Changed my mind"
