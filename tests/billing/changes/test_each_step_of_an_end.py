"""billing.md 8, catalog-and-orders.md 3: each step of a cancellation and of a new price, and whose rows it leaves."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from commerce.accounts.actions.clients import close_client
from commerce.audit.models import AuditEntry
from commerce.billing.changes.cancellations import actions
from commerce.billing.changes.cancellations.actions import carry_out_cancellation
from commerce.billing.changes.plan_changes.actions.requests import request_plan_change
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.changes.price_changes.actions import (
    drop_planned_price_changes,
    drop_price_change,
    reprice_client,
)
from commerce.billing.changes.service_edits import edit_price_and_dates, withdraw_scheduled_end
from commerce.billing.models import CancellationRequest, Invoice, PriceChange
from commerce.billing.periods.actions.renewals import renew_services
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from tests import make
from tests.make.people import as_member
from tests.make.renewals import RENEWED_AT, make_renewal
from tests.make.repricing import (
    announce_price_change,
    make_service_with_dearer_product,
    make_tld,
    reprice,
    set_product_price,
)

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(AT, SYSTEM)
LATER = Context(AT + timedelta(hours=1), SYSTEM)
MAY = date(2026, 5, 8)


def told(word: str) -> list[str]:
    rows = OutgoingMail.objects.filter(event__startswith=word).order_by("pk")
    return list(rows.values_list("event", flat=True))


def ask(service: Service, kind: str = "end_of_period", **over: Any) -> CancellationRequest:
    values: dict[str, Any] = {"kind": kind, "reason": "Too dear", "ctx": CTX}
    return actions.request_cancellation(service=service, **values | over)


# --- Cancellations ---


def test_client_and_staff_hear_of_each_step() -> None:
    ask(make.make_service())
    assert told("cancellation") == ["cancellation_approved"]  # nobody has to decide
    request = ask(make.make_service(), "immediate")
    assert sorted(told("cancellation")[1:]) == ["cancellation_received", "cancellation_requested"]
    actions.approve_cancellation(request=request, note=" Goodbye ", ctx=LATER)
    assert told("cancellation")[-1] == "cancellation_approved"
    assert request.note == "Goodbye"
    other = ask(make.make_service(), "immediate")
    actions.reject_cancellation(request=other, note=" Stay ", ctx=LATER)
    assert told("cancellation")[-1] == "cancellation_rejected"
    assert (other.note, other.ended_at, other.status) == ("Stay", LATER.at, "rejected")


@pytest.mark.parametrize(
    ("reason", "fine"), [("", True), ("x", True), ("x" * 2000, True), ("x" * 2001, False)]
)
def test_a_request_may_say_why_in_up_to_2000_characters(reason: str, *, fine: bool) -> None:
    service = make.make_service()
    if not fine:
        with pytest.raises(BusinessError) as caught:
            ask(service, reason=reason)
        assert caught.value.field == "reason"
        return
    owner = service.client.memberships.get().user
    request = ask(service, reason=f" {reason} ", ctx=Context(AT, as_member(owner)))
    assert (request.reason, request.requested_by, request.created_at) == (reason, owner, AT)
    assert request.client == service.client


def test_a_kind_that_is_none_is_refused_at_its_field() -> None:
    with pytest.raises(BusinessError) as caught:
        ask(make.make_service(), "tomorrow")
    assert caught.value.field == "kind"


@pytest.mark.parametrize("note", ["", "  "])
def test_a_rejection_and_an_end_by_staff_say_why(note: str) -> None:
    service = make.make_service()
    with pytest.raises(BusinessError) as caught:
        actions.reject_cancellation(request=ask(service), note=note, ctx=CTX)
    assert caught.value.field == "note"
    with pytest.raises(BusinessError) as caught:
        actions.cancel_service_without_request(
            service=service, kind="immediate", reason=note, ctx=CTX
        )
    assert caught.value.field == "reason"


@pytest.mark.parametrize("status", ["cancelled", "terminated"])
def test_what_has_ended_is_not_ended_again(status: str) -> None:
    service = make.make_service(status=status)
    with pytest.raises(StateConflict):
        actions.cancel_service_without_request(
            service=service, kind="immediate", reason="asked", ctx=CTX
        )
    assert not carry_out_cancellation(service=service, ctx=CTX)


def test_a_service_is_due_to_end_on_its_day_if_it_lives() -> None:
    service, ended = make.make_service(), make.make_service(status="cancelled")
    pending = make.make_service(status="pending")
    Service.objects.update(ends_on=MAY)
    assert not actions.services_to_cancel(MAY - timedelta(days=1)).exists()
    for day in (MAY, MAY + timedelta(days=9)):
        assert set(actions.services_to_cancel(day)) == {service, pending}
    assert ended not in actions.services_to_cancel(MAY)


def test_what_is_withdrawn_lives_on_and_says_why() -> None:
    service = make.make_service()
    request = ask(service)
    withdraw_scheduled_end(service=service, reason="Stays", ctx=LATER)
    request.refresh_from_db()
    assert (request.status, request.ended_at, service.ends_on) == ("withdrawn", LATER.at, None)
    entry = AuditEntry.objects.get(action="cancellation_request.withdrawn")
    assert entry.reason == "Stays"
    with pytest.raises(BusinessError):
        withdraw_scheduled_end(service=service, reason="Stays", ctx=LATER)
    assert ask(service).status == "approved"  # it may be asked for again


def test_only_the_open_renewal_of_the_service_that_ends_is_taken_back() -> None:
    other = make_renewal()
    another = make.make_invoice()
    mine = make_renewal()
    service = Service.objects.order_by("pk").last()
    assert service is not None
    carry_out_cancellation(service=service, ctx=Context(RENEWED_AT, SYSTEM), reason="asked")
    for invoice in (other, another, mine):
        invoice.refresh_from_db()
    assert [one.status for one in (other, another, mine)] == ["unpaid", "unpaid", "cancelled"]
    assert service.label in mine.credit_notes.get().reason
    service.refresh_from_db()
    assert service.status == "cancelled"


@pytest.mark.parametrize("begun", [False, True])
def test_a_period_that_has_begun_is_owed_unless_it_is_to_be_taken_back_too(*, begun: bool) -> None:
    invoice = make_renewal()
    service = Service.objects.get()
    ctx = Context(RENEWED_AT + timedelta(days=8), SYSTEM)  # the day after it began
    carry_out_cancellation(service=service, ctx=ctx, include_begun_period=begun)
    invoice.refresh_from_db()
    assert invoice.status == ("cancelled" if begun else "unpaid")


def test_an_end_takes_a_change_of_plan_of_its_own_service_along() -> None:
    group = make.make_group()
    small = make.make_product(group=group, prices=[("EUR", "monthly", 1000)])
    make.make_product(group=group, prices=[("EUR", "monthly", 3000)])
    service, other = (make.make_service(product=small, amount=1000) for _ in range(2))
    changes = []
    for one in (service, other):
        [offer] = plan_offers(one, AT.date())
        changes.append(
            request_plan_change(
                vat_refresh=None,
                service=one,
                product_id=offer.product.pk,
                billing_cycle=offer.billing_cycle,
                expected=offer.totals,
                ctx=CTX,
            )
        )
    ask(service, ctx=LATER)
    for change in changes:
        change.refresh_from_db()
    assert [change.status for change in changes] == ["withdrawn", "awaiting_payment"]


# --- New prices ---


def test_each_announcement_is_in_the_audit_log_and_told() -> None:
    service = make_service_with_dearer_product()
    change = announce_price_change(service, reason="dearer power")
    entry = AuditEntry.objects.get(action="price_change.planned")
    assert (entry.before, entry.after, entry.reason) == (
        {"amount": 500},
        {"amount": 900, "from_date": "2026-05-08"},
        "dearer power",
    )
    assert (entry.record_kind, entry.record_id, entry.client_id) == (
        "price_change",
        change.pk,
        service.client_id,
    )
    assert change.created_at == AT
    set_product_price(service.product, 1000)
    announce_price_change(service, reason="once more")
    dropped = AuditEntry.objects.get(action="price_change.dropped")
    change.refresh_from_db()
    assert (dropped.reason, change.status, change.ended_at) == ("once more", "dropped", AT)
    assert told("price_change") == ["price_changed", "price_changed"]


def test_a_price_is_dropped_for_its_own_service_or_name() -> None:
    make_tld()
    service, other = make_service_with_dearer_product(), make_service_with_dearer_product()
    name = make.make_domain()
    mine, theirs, of_name = (announce_price_change(one) for one in (service, other, name))
    drop_planned_price_changes(subject=("service", service.pk), reason="ended", ctx=LATER)
    for change in (mine, theirs, of_name):
        change.refresh_from_db()
    assert [c.status for c in (mine, theirs, of_name)] == ["dropped", "planned", "planned"]
    drop_price_change(change=of_name, reason=" mistyped ", ctx=LATER)
    assert (of_name.status, of_name.ended_at) == ("dropped", LATER.at)
    assert AuditEntry.objects.latest("pk").reason == "mistyped"


def test_services_and_names_of_a_client_are_repriced_together_and_no_others() -> None:
    make_tld()
    client = make.make_client()
    service = make_service_with_dearer_product(client=client)
    beside = make_service_with_dearer_product(client=client)
    name, other_name = make.make_domain(client), make.make_domain(client)
    found = reprice_client(client_id=client.pk, services=[service.pk], domains=[name.pk], ctx=CTX)
    assert [(one.kind, one.item) for one in found] == [("service", service), ("domain", name)]
    assert [(one.charged, one.old_amount) for one in found] == [
        ("monthly", 500),
        ("annually", 1200),
    ]
    assert not beside.price_changes.exists()
    assert not other_name.price_changes.exists()


@pytest.mark.parametrize(("days", "blocked"), [(0, True), (-1, True), (1, False)])
def test_what_ends_when_its_new_price_would_count_has_none(*, days: int, blocked: bool) -> None:
    service = make_service_with_dearer_product()
    Service.objects.filter(pk=service.pk).update(ends_on=MAY + timedelta(days=days))
    service.refresh_from_db()
    result = reprice(service)
    assert bool(result.blocked_reason) == blocked
    assert (result.from_date is None) == blocked


def test_a_name_of_a_closed_client_is_not_repriced() -> None:
    make_tld()
    name = make.make_domain()
    close_client(client=name.client, reason="left", ctx=CTX)
    assert reprice(name).blocked_reason
    assert not PriceChange.objects.exists()


@pytest.mark.parametrize(("years", "how"), [(1, "annually"), (2, "every 2 years")])
def test_a_name_says_how_often_it_is_paid(years: int, how: str) -> None:
    make_tld()
    name = make.make_domain(term_years=years, recurring_amount=1200 * years)
    assert reprice(name).charged == how


def test_an_agreed_price_and_a_name_at_its_price_are_left_out() -> None:
    make_tld(renew_price=1200)
    assert reprice(make.make_domain()).blocked_reason
    service = make_service_with_dearer_product()
    Service.objects.filter(pk=service.pk).update(price_parts={"agreed": True})
    service.refresh_from_db()
    assert reprice(service).blocked_reason
    assert not PriceChange.objects.exists()


def test_a_new_price_is_applied_to_its_own_service_on_the_first_bill_that_it_counts_for() -> None:
    service, other = make_service_with_dearer_product(), make_service_with_dearer_product()
    change, waits = announce_price_change(service), announce_price_change(other)
    at = datetime.fromisoformat("2026-05-01T12:00Z")
    [made] = renew_services(
        client_id=service.client_id, day=at.date(), ctx=Context(at, SYSTEM)
    ).invoices
    assert Invoice.objects.get(pk=made).total == 900
    for row in (change, waits):
        row.refresh_from_db()
    assert (change.status, change.ended_at, waits.status) == ("applied", at, "planned")
    other.refresh_from_db()
    assert other.amount == 500


def test_terms_that_staff_change_drop_the_price_announced_for_that_service_alone() -> None:
    service, other = make_service_with_dearer_product(), make_service_with_dearer_product()
    mine, theirs = announce_price_change(service), announce_price_change(other)
    edit_price_and_dates(service=service, amount=600, reason="Agreed", ctx=LATER)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.status, theirs.status, service.amount) == ("dropped", "planned", 600)


def test_a_scheduled_end_is_taken_back_also_after_a_request_that_came_to_nothing() -> None:
    service = make.make_service()
    actions.reject_cancellation(request=ask(service, "immediate"), note="Stay", ctx=CTX)
    actions.cancel_service_without_request(
        service=service, kind="end_of_period", reason="asked", ctx=CTX
    )
    service.refresh_from_db()
    assert service.ends_on == MAY
    withdraw_scheduled_end(service=service, reason="Stays", ctx=LATER)
    assert service.ends_on is None
    assert CancellationRequest.objects.get().status == "rejected"
