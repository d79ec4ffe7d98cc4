"""Metrics: what the database knows, what processes counted, and what is told while something is away."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.db.models import Count
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from commerce.audit.actions import write_audit_entry
from commerce.jobs.models import Job, RemoteState, ScheduleState
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.counter_store import forget_counter_stores
from commerce.kit.process_metrics import ProcessMetrics
from commerce.mail.models import OutgoingMail
from commerce.payments.models import Attempt, GatewayEvent
from commerce.payments.rules import UNFINISHED_EVENT_STATUSES
from commerce.server import metrics
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _connection_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "close", lambda: None)


def told(folder: Path | None = None) -> dict[tuple[str, ...], float]:
    """Each value by the name and the labels of its metric, as a scraper reads them."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.metrics_text(folder).decode())
        for sample in family.samples
    }


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by how many there are")
def test_messages_of_gateways_are_counted_and_listed_by_their_state_by_an_index() -> None:
    events = GatewayEvent.objects.all()
    for rows in (
        events.filter(status__in=UNFINISHED_EVENT_STATUSES).values("status").annotate(Count("pk")),
        events.filter(status="ignored").order_by("-id"),
    ):
        assert "gateway_event_by_status" in rows.explain()


def test_background_work_and_emails_are_told_with_their_age() -> None:
    now = clock.now()
    for number, (status, more) in enumerate(
        [
            ("queued", {}),
            ("queued", {}),
            ("parked", {}),
            ("waiting", {"next_try_at": now + timedelta(hours=1)}),
        ]
    ):
        Job.objects.create(
            subject_kind="client",
            subject_id=number,
            action="a",
            idempotency_key="b",
            status=status,
            created_at=now - timedelta(seconds=90),
            **more,
        )
    OutgoingMail.objects.create(
        event="welcome",
        idempotency_key="1",
        recipient="a@example.com",
        created_at=now - timedelta(seconds=60),
    )
    found = told()
    assert found["commerce_jobs", "queued"] == 2
    assert found["commerce_jobs", "parked"] == 1
    assert found["commerce_jobs", "running"] == 0
    assert 90 <= found[("commerce_jobs_due_seconds",)] < 100
    assert found[("commerce_mails_queued",)] == 1
    assert 60 <= found[("commerce_mails_queued_seconds",)] < 70
    assert found["commerce_mails_last_day", "queued"] == 1
    assert found[("commerce_database_up",)] == 1
    assert found[("commerce_counters_up",)] == 1


def test_a_turn_that_a_clock_which_was_ahead_wrote_is_told() -> None:
    """A turn further away than its period; one that is a period away is as it should be."""
    now = clock.now()
    ScheduleState.objects.create(name="daily", next_at=now + timedelta(days=300), ran_at=now)
    ScheduleState.objects.create(name="missing-run", next_at=now + timedelta(hours=1), ran_at=now)
    found = told()
    assert found["commerce_timetable_clock_was_ahead", "daily"] == 1
    assert found["commerce_timetable_clock_was_ahead", "missing-run"] == 0


def test_requests_of_all_processes_are_told(tmp_path: Path) -> None:
    for name in ("pages.1.a", "pages.2.b", "plain.3.c"):
        made = ProcessMetrics()
        made.count_in_file(tmp_path / name)
        made.count_request("/api/v1/me", 429, 0.02)
        made.count_event("log.error")
    found = told(tmp_path)
    assert found["commerce_requests_total", "api", "pages", "429"] == 2
    assert found["commerce_requests_total", "api", "plain", "429"] == 1
    assert found["commerce_request_seconds_bucket", "api", "0.01", "pages"] == 0
    assert found["commerce_request_seconds_bucket", "api", "0.025", "pages"] == 2
    assert found["commerce_request_seconds_bucket", "api", "+Inf", "pages"] == 2
    assert found["commerce_request_seconds_count", "api", "pages"] == 2
    assert found["commerce_request_seconds_sum", "api", "pages"] == pytest.approx(0.04)
    assert found["commerce_log_lines_total", "error"] == 3


def test_while_the_database_or_the_counters_are_away_the_rest_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.COMMERCE_COUNTERS = "valkey://127.0.0.1:1/0"

    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", away)
    found = told(tmp_path)
    forget_counter_stores()
    assert found[("commerce_database_up",)] == 0
    assert found[("commerce_counters_up",)] == 0
    assert ("commerce_jobs", "queued") not in found
    assert found["commerce_log_lines_total", "error"] == 0


def test_messages_of_gateways_are_told(tmp_path: Path) -> None:
    made = ProcessMetrics()
    made.count_in_file(tmp_path / "pages.1.a")
    for result in ("received", "received", "refused"):
        made.count_event(f"webhook.{result}")
    made.count_request("/webhooks/stripe", 400, 0.02)
    for number, status in enumerate(("parked", "waiting", "parked", "processed")):
        GatewayEvent.objects.create(
            gateway="stripe", event_id=f"{number}", body=b"", status=status, received_at=clock.now()
        )
    found = told(tmp_path)
    assert found["commerce_webhooks_total", "received"] == 2
    assert found["commerce_webhooks_total", "repeated"] == 0
    assert found["commerce_webhooks_total", "refused"] == 1
    assert found["commerce_requests_total", "webhooks", "pages", "400"] == 1
    assert found["commerce_gateway_events", "parked"] == 2
    assert found["commerce_gateway_events", "received"] == 0
    assert ("commerce_gateway_events", "processed") not in found


def test_money_and_business_are_told_by_gateway() -> None:
    now = clock.now()
    paid = make.make_payment(at=now)
    attempt = Attempt.objects.create(
        client=paid.client,
        purpose="top_up",
        gateway="stripe",
        kind="on_session",
        amount=1,
        currency_id=paid.currency_id,
        idempotency_key="1",
        status="failed",
        created_at=now,
    )
    for hours, action, record in (
        (1, "attempt.declined", ("attempt", attempt.pk)),
        (25, "attempt.declined", ("attempt", attempt.pk)),
        (1, "user.signed_in", ("user", 1)),
        (1, "order.placed", ("order", make.make_order(paid.client).pk)),
    ):
        ctx = Context(now - timedelta(hours=hours), SYSTEM)
        write_audit_entry(ctx=ctx, action=action, record=record, name="")
    GatewayEvent.objects.create(gateway="stripe", event_id="1", body=b"", received_at=now)
    RemoteState.objects.create(name="server:1", silent_since=now - timedelta(minutes=3))
    found = told()
    assert found["commerce_payments_last_day", "bank_transfer", "completed"] == 1
    assert found["commerce_payment_last_seconds", "bank_transfer"] == int(now.timestamp())
    assert found["commerce_charges_refused_last_day", "stripe"] == 1
    assert found["commerce_gateway_events_last_day", "stripe", "received"] == 1
    assert found["commerce_gateway_event_last_seconds", "stripe"] == int(now.timestamp())
    assert found["commerce_orders_last_day", "pending"] >= 1
    assert found["commerce_sign_ins_last_day", "succeeded"] == 1
    assert 180 <= found["commerce_remote_silent_seconds", "silence", "server:1"] < 190
    assert abs(found["commerce_clock_offset_seconds",]) < 5
