"""A service from order to end: its dates, states and names (billing.md 1, services-and-provisioning.md 1 and 2)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from commerce.audit.models import AuditEntry
from commerce.hosting.actions.client_services import suspend_client_services
from commerce.hosting.actions.editing import (
    advance_service_due_date,
    rename_service,
    schedule_service_end,
    set_service_notes,
)
from commerce.hosting.actions.servers import create_server
from commerce.hosting.actions.states import (
    activate_service,
    cancel_service,
    resume_service,
    suspend_service,
)
from commerce.hosting.models import Service
from commerce.hosting.rules import first_due_date, following_due_date
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings.actions import set_setting
from tests import make

pytestmark = pytest.mark.django_db
TODAY = make.AT.date()
CTX = Context(make.AT, SYSTEM)
END_OF_JANUARY = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def test_a_new_service_waits_and_is_due_today() -> None:
    service = make.make_service(status="pending", label="", domain="acme.example")
    assert service.status == "pending"
    assert service.label == service.product.name
    assert service.next_due_date == TODAY
    assert (service.anchor_date, service.activated_on) == (None, None)
    assert len(service.provisioning_key) == 24


def test_activation_starts_the_first_period() -> None:
    server = make.make_server()
    service = make.make_service(status="pending")
    activate_service(service=service, server=server, username="acme", ctx=Context(make.AT, SYSTEM))
    assert (service.status, service.server, service.username) == ("active", server, "acme")
    assert service.activated_on == service.anchor_date == TODAY
    assert service.next_due_date == date(2026, 5, 8)


def test_the_worked_example_of_the_glossary() -> None:
    """S10, S11: 31 January monthly is due on 28 February, then on 31 March, counted from the anchor."""
    service = make.make_service(at=END_OF_JANUARY)
    due = [service.next_due_date]
    for _ in range(3):
        advance_service_due_date(service=service, ctx=Context(make.AT, SYSTEM))
        due.append(service.next_due_date)
    assert [f"{day:%m-%d}" for day in due if day] == ["02-28", "03-31", "04-30", "05-31"]


def test_one_time_is_never_due() -> None:
    service = make.make_service(billing_cycle="one_time")
    assert (service.status, service.next_due_date) == ("active", None)
    with pytest.raises(BusinessError, match="This service has no billing period to pay for"):
        advance_service_due_date(service=service, ctx=Context(make.AT, SYSTEM))


@pytest.mark.parametrize("status", ["pending", "cancelled", "terminated"])
def test_only_what_runs_renews(status: str) -> None:
    with pytest.raises((StateConflict, BusinessError)):
        advance_service_due_date(
            service=make.make_service(status=status), ctx=Context(make.AT, SYSTEM)
        )


def test_a_suspended_service_keeps_its_dates() -> None:
    service = make.make_service()
    due = service.next_due_date
    suspend_service(
        service=service, suspension_reason="abuse", reason="spam", ctx=Context(make.AT, SYSTEM)
    )
    assert (service.suspension_reason, service.suspended_at) == ("abuse", make.AT)
    resume_service(service=service, ctx=Context(make.AT, SYSTEM))
    assert (service.status, service.suspension_reason, service.suspended_at) == ("active", "", None)
    assert service.next_due_date == due


def test_resuming_does_not_activate_and_activating_does_not_resume() -> None:
    """Both end in ``active``, but only one sets the dates."""
    pending, suspended = make.make_service(status="pending"), make.make_service(status="suspended")
    with pytest.raises(StateConflict):
        resume_service(service=pending, ctx=Context(make.AT, SYSTEM))
    with pytest.raises(StateConflict):
        activate_service(service=suspended, ctx=Context(make.AT, SYSTEM))


@pytest.mark.parametrize(
    ("status", "instant"), [("cancelled", "cancelled_at"), ("terminated", "terminated_at")]
)
def test_what_has_ended_says_when_and_is_never_due(status: str, instant: str) -> None:
    """S9."""
    service = make.make_service(status=status)
    assert getattr(service, instant) == make.AT
    assert service.next_due_date is None


def test_an_unknown_cause_is_refused_before_anything() -> None:
    service = make.make_service()
    with pytest.raises(ValueError, match="boredom"):
        suspend_service(service=service, suspension_reason="boredom", ctx=Context(make.AT, SYSTEM))


def test_the_database_knows_what_a_state_needs() -> None:
    rows = Service.objects.filter(pk=make.make_service().pk)
    for wrong in (
        {"status": "suspended"},
        {"status": "cancelled"},
        {"status": "terminated", "terminated_at": make.AT},
        {"next_due_date": None},
        {"amount": -1},
        {"billing_cycle": "weekly"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)


def test_the_client_names_his_service() -> None:
    service = make.make_service()
    rename_service(service=service, label="  Our   shop ", ctx=Context(make.AT, Actor("member", 1)))
    assert service.label == "Our shop"
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor_kind) == ("service.renamed", "member")
    assert entry.after == {"label": "Our shop", "has_own_name": "True"}
    for label in ("", " ", "x" * 101):
        with pytest.raises(BusinessError):
            rename_service(service=service, label=label, ctx=Context(make.AT, SYSTEM))


def test_a_cancellation_can_be_planned_and_taken_back() -> None:
    service = make.make_service()
    assert service.next_due_date is not None
    plan = {"service": service, "ctx": Context(make.AT, SYSTEM)}
    schedule_service_end(ends_on=service.next_due_date, **plan)
    assert service.ends_on == service.next_due_date
    schedule_service_end(ends_on=None, **plan)
    assert service.ends_on is None
    with pytest.raises(BusinessError, match="in the past"):
        schedule_service_end(ends_on=TODAY - timedelta(days=1), **plan)
    cancel_service(service=service, ctx=Context(make.AT, SYSTEM))
    with pytest.raises(StateConflict):
        schedule_service_end(ends_on=TODAY, **plan)


def test_a_period_starts_on_the_day_of_the_business() -> None:
    set_setting(key="billing.time_zone", value="Pacific/Kiritimati", ctx=Context(make.AT, SYSTEM))
    assert make.make_service().activated_on == TODAY + timedelta(days=1)


def test_one_account_on_a_server_belongs_to_one_live_service() -> None:
    """U9; after the end of the first the name is free again."""
    server = make.make_server()
    first = make.make_service(server=server, username="acme")
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_service(server=server, username="acme")
    cancel_service(service=first, ctx=Context(make.AT, SYSTEM))
    make.make_service(server=server, username="acme")


def test_servers_have_names_of_their_own() -> None:
    server = make.make_server()
    with pytest.raises(BusinessError, match="already"):
        create_server(name=server.name, hostname="x.example", ctx=Context(make.AT, SYSTEM))


def test_an_unknown_cycle_is_refused() -> None:
    with pytest.raises(BusinessError, match="isn't a billing cycle"):
        make.make_service(billing_cycle="weekly")


def test_dates_of_periods() -> None:
    leap = date(2024, 2, 29)
    assert first_due_date(leap, "annually") == date(2025, 2, 28)
    assert following_due_date(leap, "annually", date(2027, 2, 28)) == date(2028, 2, 29)
    assert first_due_date(leap, "one_time") is None
    with pytest.raises(ValueError, match="starts on"):
        following_due_date(leap, "monthly", date(2024, 3, 30))


def test_all_active_services_of_a_client_are_switched_off_and_nobody_elses() -> None:
    client, other = make.make_client(), make.make_client()
    running = [make.make_service(client), make.make_service(client)]
    pending, theirs = make.make_service(client, "pending"), make.make_service(other)
    assert suspend_client_services(client=client, reason="Spam from both", ctx=CTX) == 2
    for service in (*running, pending, theirs):
        service.refresh_from_db()
    assert {(one.status, one.suspension_reason) for one in running} == {("suspended", "staff")}
    assert (pending.status, theirs.status) == ("pending", "active")
    client.refresh_from_db()
    assert client.status == "active"
    entry = AuditEntry.objects.get(action="client.services_suspended")
    assert (entry.client_id, entry.after, entry.reason, entry.staff_only) == (
        client.pk,
        {"services": 2},
        "Spam from both",
        True,
    )
    with pytest.raises(BusinessError) as none_left:
        suspend_client_services(client=client, reason="again", ctx=CTX)
    assert none_left.value.code == "client.no_active_services"


def test_notes_of_a_service_are_for_staff_alone() -> None:
    service, other = make.make_service(), make.make_service()
    set_service_notes(service=service, notes=" call first ", ctx=CTX)
    set_service_notes(service=service, notes="call first", ctx=CTX)  # the same
    other.refresh_from_db()
    assert (service.notes, other.notes) == ("call first", "")
    entry = AuditEntry.objects.get(action="service.noted")
    assert (entry.before, entry.after, entry.staff_only) == ({}, {"notes": "changed"}, True)
    with pytest.raises(BusinessError):
        set_service_notes(service=service, notes="n" * 10_001, ctx=CTX)
