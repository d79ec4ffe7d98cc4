"""billing.md 8: the end of a service, asked for, decided and carried out; R23 in order of events."""

from datetime import date, datetime, timedelta

import pytest

from commerce.billing.changes.cancellations import actions
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import (
    BilledPeriod,
    CancellationRequest,
    CreditNote,
    Invoice,
    PlanChange,
)
from commerce.billing.periods.actions.renewals import renew_services
from commerce.hosting import provisioning
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from tests.make.jobs import run_all_jobs
from tests.make.people import AT
from tests.make.proof import assert_proven
from tests.make.records import make_payment, make_service
from tests.make.renewals import RENEWED_AT, make_renewal, renew_services_of

pytestmark = pytest.mark.django_db
DUE = date(2026, 5, 8)
CTX = Context(AT, SYSTEM)


def ask(
    service: Service, kind: str = "end_of_period", *, reason: str = "Too dear", at: datetime = AT
) -> CancellationRequest:
    return actions.request_cancellation(
        service=service, kind=kind, reason=reason, ctx=Context(at, SYSTEM)
    )


def test_with_the_period_it_ends_on_the_next_due_date_and_needs_nobody() -> None:
    service = make_service()
    request = ask(service)
    service.refresh_from_db()
    assert (request.status, service.status, service.ends_on) == ("approved", "active", DUE)
    assert not actions.services_to_cancel(DUE - timedelta(days=1)).exists()
    assert list(actions.services_to_cancel(DUE)) == [service]
    at = AT + timedelta(days=30)
    assert actions.carry_out_cancellation(service=service, ctx=Context(at, SYSTEM))
    assert not actions.carry_out_cancellation(service=service, ctx=Context(at, SYSTEM))
    request.refresh_from_db()
    assert (request.status, service.status) == ("done", "cancelled")


def test_at_once_it_ends_now() -> None:
    service = make_service()
    request = ask(service, "immediate")
    actions.approve_cancellation(request=request, ctx=CTX)
    service.refresh_from_db()
    assert (request.status, service.status, service.next_due_date) == ("done", "cancelled", None)


def test_approval_can_be_automatic() -> None:
    set_setting(key="cancellations.auto_approve", value="on", ctx=CTX)
    service = make_service()
    request = ask(service, "immediate")
    service.refresh_from_db()
    assert (request.status, service.status) == ("done", "cancelled")


@pytest.mark.parametrize("over", [{"billing_cycle": "one_time"}, {"next_due_date": AT.date()}])
def test_the_end_of_a_period_that_is_over_is_one_of_today_and_staff_decide(
    over: dict[str, str],
) -> None:
    service = make_service()
    Service.objects.filter(pk=service.pk).update(**{"next_due_date": None} | over)
    request = ask(service)
    service.refresh_from_db()
    assert (request.kind, request.status, service.status) == ("immediate", "pending", "active")


def test_an_open_renewal_of_a_period_that_never_comes_is_voided() -> None:
    invoice = make_renewal()
    service = Service.objects.get()
    ask(service, at=RENEWED_AT)
    invoice.refresh_from_db()
    assert invoice.status == "cancelled"
    assert BilledPeriod.objects.get().status == "released"
    assert renew_services_of(service.client).invoices == []


def test_the_end_of_one_service_took_back_the_renewals_of_all_on_the_same_invoice() -> None:
    """The whole invoice was voided, and the others were billed anew with a later due date."""
    invoice = make_renewal(services=3)
    first, second, third = Service.objects.order_by("pk")
    due = invoice.due_date
    ask(first, at=RENEWED_AT)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due, invoice.due_date) == ("unpaid", 1000, due)
    assert CreditNote.objects.get().total == 500
    states = BilledPeriod.objects.order_by("service_id").values_list("status", flat=True)
    assert list(states) == ["released", "open", "open"]
    assert renew_services_of(first.client).invoices == []
    for service in (second, third):
        actions.cancel_service_without_request(
            service=service, kind="end_of_period", reason="moved", ctx=Context(RENEWED_AT, SYSTEM)
        )
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("cancelled", 0)  # voided with the last of them
    assert CreditNote.objects.count() == 3
    assert_proven(RENEWED_AT + timedelta(minutes=1))


def test_a_period_that_was_taken_back_counted_as_paid_because_the_rest_was_paid() -> None:
    """The note left nothing due, so every open period of the invoice became paid: that of the ended service, too."""
    invoice = make_renewal(services=2)
    ends, stays = Service.objects.order_by("pk")
    make_payment(invoice, amount=500, at=RENEWED_AT)
    ask(ends, at=RENEWED_AT)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("paid", 0)
    states = BilledPeriod.objects.order_by("service_id").values_list("status", flat=True)
    assert list(states) == ["released", "paid"]
    for service, due in ((ends, DUE), (stays, date(2026, 6, 8))):
        service.refresh_from_db()
        assert service.next_due_date == due
    assert_proven(RENEWED_AT + timedelta(minutes=1))


def test_a_service_that_is_not_paid_for_ends_today_and_owes_its_past() -> None:
    service = make_service()
    at = AT + timedelta(days=23)
    [pk] = renew_services(
        client_id=service.client_id, day=at.date(), ctx=Context(at, SYSTEM)
    ).invoices
    late = AT + timedelta(days=33)
    actions.approve_cancellation(request=ask(service, at=late), ctx=Context(late, SYSTEM))
    service.refresh_from_db()
    assert service.status == "cancelled"
    assert Invoice.objects.get(pk=pk).status == "unpaid"


def test_it_is_withdrawn_before_it_is_carried_out() -> None:
    service = make_service()
    request = ask(service, "immediate")
    actions.withdraw_cancellation(request=request, ctx=CTX)
    second = ask(service)
    actions.withdraw_cancellation(request=second, ctx=CTX)
    service.refresh_from_db()
    assert (request.status, second.status, service.ends_on) == ("withdrawn", "withdrawn", None)
    third = ask(service, "immediate")
    actions.approve_cancellation(request=third, ctx=CTX)
    with pytest.raises(StateConflict):
        actions.withdraw_cancellation(request=third, ctx=CTX)


def test_staff_say_no_with_a_note() -> None:
    request = ask(make_service(), "immediate")
    with pytest.raises(BusinessError):
        actions.reject_cancellation(request=request, note=" ", ctx=CTX)
    actions.reject_cancellation(request=request, note="Minimum term", ctx=CTX)
    assert (request.status, request.note) == ("rejected", "Minimum term")


@pytest.mark.parametrize("over", [{"reason": "x" * 2001}, {"kind": "never"}])
def test_what_is_asked_must_be_whole(over: dict[str, str]) -> None:
    with pytest.raises(BusinessError):
        ask(make_service(), **over)


@pytest.mark.parametrize("status", ["pending", "cancelled", "terminated"])
def test_only_a_running_service_is_asked_to_end(status: str) -> None:
    with pytest.raises(BusinessError):
        ask(make_service(status=status))


def test_one_request_is_open_at_a_time() -> None:
    service = make_service()
    ask(service)
    with pytest.raises(BusinessError):
        ask(service)


def test_staff_end_a_service_without_a_request() -> None:
    now, later = make_service(), make_service()
    with pytest.raises(BusinessError):
        actions.cancel_service_without_request(service=now, kind="immediate", reason="", ctx=CTX)
    actions.cancel_service_without_request(
        service=now, kind="immediate", reason="Asked by phone", ctx=CTX
    )
    actions.cancel_service_without_request(
        service=later, kind="end_of_period", reason="Asked by phone", ctx=CTX
    )
    for service in (now, later):
        service.refresh_from_db()
    assert (now.status, later.status, later.ends_on) == ("cancelled", "active", DUE)
    with pytest.raises(StateConflict):
        actions.cancel_service_without_request(
            service=now, kind="immediate", reason="Again", ctx=CTX
        )


def test_what_a_client_asked_for_was_not_rejected_because_staff_were_first() -> None:
    service = make_service()
    request = ask(service, "immediate")
    actions.cancel_service_without_request(
        service=service, kind="immediate", reason="Asked by phone", ctx=CTX
    )
    request.refresh_from_db()
    assert request.status == "done"
    assert not OutgoingMail.objects.filter(event="cancellation_rejected").exists()


@pytest.mark.parametrize("status", ["pending", "approved"])
def test_a_request_does_not_stay_open_when_the_service_is_terminated(status: str) -> None:
    service = make_service()
    request = ask(service, "immediate" if status == "pending" else "end_of_period")
    assert request.status == status
    provisioning.request_termination(service=service, suspension_reason="staff", ctx=CTX)
    run_all_jobs(AT, failing=True)
    request.refresh_from_db()
    assert (request.status, request.ended_at) == ("done", AT)


def test_nothing_stays_open_when_staff_end_a_service_with_its_renewal() -> None:
    invoice = make_renewal()
    service = invoice.billed_periods.get().service
    assert service is not None
    request = ask(service, "immediate", at=RENEWED_AT)
    change = PlanChange.objects.create(
        client=service.client,
        service=service,
        product=service.product,
        billing_cycle="annually",
        amount=1,
        credit=0,
        charge=1,
        created_at=AT,
    )
    end = {("service", service.pk): "end"}
    ctx = Context(RENEWED_AT, SYSTEM)
    void_invoice(invoice=invoice, reason="asked", decisions=end, ctx=ctx)
    run_all_jobs(RENEWED_AT, failing=True)
    for row in (request, change):
        row.refresh_from_db()
    assert (request.status, change.status) == ("done", "withdrawn")
