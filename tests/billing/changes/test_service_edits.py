"""services-and-provisioning.md 1: what staff do with services themselves, and what their bills say to it."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.changes import service_edits as actions
from commerce.billing.changes.cancellations import actions as cancellations
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.changes.plan_changes.rules import PlanTotals
from commerce.billing.changes.price_changes.actions import reprice_client
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import BilledPeriod, CancellationRequest, Invoice, PriceChange
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.hosting.rules import LIVE_SERVICE_STATUSES, SERVICE_OVERRIDE_MOVES, ServiceStatus
from commerce.jobs.manual import drop_job
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests import make
from tests.doubles.panel import FakePanel, put_on_panel
from tests.make.jobs import run_all_jobs
from tests.make.proof import assert_proven
from tests.make.renewals import RENEWED_AT, make_renewal, renew_services_of
from tests.make.simulation import ROW_STEPS

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(RENEWED_AT, SYSTEM)
STATES = list(ServiceStatus)


def billed(services: int = 1) -> tuple[Service, Invoice]:
    """A service whose period from 8 May to 8 June is invoiced."""
    invoice = make_renewal(services=services)
    return Service.objects.order_by("pk")[0], invoice


class TestEdit:
    def test_a_next_due_date_is_the_new_anchor(self) -> None:
        """S5, S10: later periods count from it; the audit log has both."""
        service = make.make_service()
        actions.edit_price_and_dates(
            service=service, next_due_date=date(2026, 5, 31), reason="agreed", ctx=CTX
        )
        assert service.anchor_date == service.next_due_date == date(2026, 5, 31)
        entry = AuditEntry.objects.get(action="service.edited")
        assert entry.before["next_due_date"] == "2026-05-08"
        assert (entry.after["next_due_date"], entry.reason) == ("2026-05-31", "agreed")
        renewed = renew_services_of(service.client, RENEWED_AT + timedelta(days=30))
        billed_period = BilledPeriod.objects.get(invoice_id=renewed.invoices[0])
        assert (billed_period.period_start, billed_period.period_end) == (
            date(2026, 5, 31),
            date(2026, 6, 30),
        )
        assert_proven(RENEWED_AT + timedelta(days=30))

    @pytest.mark.parametrize("status", ["open", "paid"])
    def test_no_day_is_billed_twice(self, status: str) -> None:
        service, invoice = billed()
        if status == "paid":
            make.make_payment(invoice, at=RENEWED_AT)
        for day in (date(2026, 5, 8), date(2026, 6, 7), date(2026, 3, 1)):
            with pytest.raises(BusinessError, match="has already been billed"):
                actions.edit_price_and_dates(
                    service=service, next_due_date=day, reason="agreed", ctx=CTX
                )
        actions.edit_price_and_dates(
            service=service, next_due_date=date(2026, 6, 9), reason="agreed", ctx=CTX
        )
        if status == "open":
            make.make_payment(invoice, at=RENEWED_AT)
        service.refresh_from_db()
        assert service.next_due_date == date(2026, 6, 9)
        assert_proven(RENEWED_AT)

    def test_the_days_that_the_order_billed_were_billed_again(self) -> None:
        """No claim stands for the first period: an earlier due date was taken, and its days cost twice."""
        make.make_order(status="active")
        service = Service.objects.get()
        activate_service(service=service, ctx=Context(make.AT, SYSTEM))
        assert service.next_due_date == date(2026, 5, 8)
        with pytest.raises(
            BusinessError, match="from 2026-04-08 to 2026-05-08 has already been billed"
        ):
            actions.edit_price_and_dates(
                service=service, next_due_date=date(2026, 5, 7), reason="agreed", ctx=CTX
            )
        credit_invoice(invoice=Invoice.objects.get(), reason="agreed", ctx=CTX)
        actions.edit_price_and_dates(
            service=service, next_due_date=date(2026, 5, 7), reason="agreed", ctx=CTX
        )
        assert service.next_due_date == date(2026, 5, 7)

    def test_a_period_that_was_given_back_may_be_billed_again(self) -> None:
        service, invoice = billed()
        credit_invoice(invoice=invoice, release_periods=True, reason="agreed", ctx=CTX)
        actions.edit_price_and_dates(
            service=service, next_due_date=date(2026, 5, 10), reason="agreed", ctx=CTX
        )
        assert service.next_due_date == date(2026, 5, 10)

    def test_an_amount_stands_for_itself(self) -> None:
        parts = {"base": 600, "promo_discount": -100, "promo_code": "SPRING"}
        service = make.make_service(price_parts=parts)
        actions.edit_price_and_dates(service=service, amount=450, reason="agreed", ctx=CTX)
        assert (service.amount, service.price_parts) == (450, {})
        [pk] = renew_services_of(service.client).invoices
        assert [line.amount for line in Invoice.objects.get(pk=pk).lines.all()] == [450]

    def test_another_cycle_begins_where_the_paid_days_end(self) -> None:
        service = make.make_service()
        actions.edit_price_and_dates(
            service=service, billing_cycle="annually", amount=5000, reason="agreed", ctx=CTX
        )
        assert service.anchor_date == service.next_due_date == date(2026, 5, 8)
        billed_period = BilledPeriod.objects.get(
            invoice_id=renew_services_of(service.client).invoices[0]
        )
        assert billed_period.period_end == date(2027, 5, 8)

    def test_a_cycle_does_not_change_under_an_open_renewal(self) -> None:
        service, _ = billed()
        with pytest.raises(BusinessError, match="Void it first, then bill the renewal again"):
            actions.edit_price_and_dates(
                service=service, billing_cycle="annually", reason="agreed", ctx=CTX
            )

    def test_paid_once_and_back(self) -> None:
        service = make.make_service()
        actions.edit_price_and_dates(
            service=service, billing_cycle="one_time", reason="agreed", ctx=CTX
        )
        assert service.next_due_date is None
        with pytest.raises(BusinessError, match="One-time services"):
            actions.edit_price_and_dates(
                service=service, next_due_date=date(2026, 6, 1), reason="agreed", ctx=CTX
            )
        with pytest.raises(BusinessError, match="Enter the next due date"):
            actions.edit_price_and_dates(
                service=service, billing_cycle="monthly", reason="agreed", ctx=CTX
            )
        due = date(2026, 6, 1)
        actions.edit_price_and_dates(
            service=service, billing_cycle="monthly", next_due_date=due, reason="agreed", ctx=CTX
        )
        assert service.next_due_date == due

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({}, "Nothing to change"),
            ({"amount": 500, "billing_cycle": "monthly"}, "Nothing to change"),
            ({"amount": -1}, "Enter an amount of 0 or more"),
            ({"billing_cycle": "weekly"}, "Choose one of: monthly"),
            ({"amount": 1, "reason": " "}, "Enter a reason"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, wrong: dict[str, Any], says: str) -> None:
        with pytest.raises(BusinessError, match=says):
            actions.edit_price_and_dates(
                service=make.make_service(), **{"reason": "agreed", "ctx": CTX} | wrong
            )

    def test_what_has_ended_is_not_edited(self) -> None:
        with pytest.raises(StateConflict):
            actions.edit_price_and_dates(
                service=make.make_service(status="cancelled"), amount=1, reason="agreed", ctx=CTX
            )

    def test_a_price_that_was_announced_does_not_come_after_one_of_staff(self) -> None:
        product = make.make_product(prices=[("EUR", "monthly", 900)])
        service = make.make_service(product=product)
        ctx = Context(AT, SYSTEM)
        reprice_client(client_id=service.client_id, services=[service.pk], ctx=ctx)
        change = PriceChange.objects.get(status="planned")
        actions.edit_price_and_dates(
            service=service, next_due_date=date(2026, 5, 9), reason="agreed", ctx=CTX
        )
        change.refresh_from_db()
        assert change.status == "planned"
        actions.edit_price_and_dates(service=service, amount=450, reason="agreed", ctx=CTX)
        change.refresh_from_db()
        assert (change.status, service.amount) == ("dropped", 450)

    def test_days_that_staff_gave_are_no_credit_of_a_plan_change(self) -> None:
        """Paid are 8 May to 8 June; given up to 8 July, for which an equal plan costs nothing more."""
        service, invoice = billed()
        make.make_payment(invoice, at=RENEWED_AT)
        actions.edit_price_and_dates(
            service=service, next_due_date=date(2026, 7, 8), reason="agreed", ctx=CTX
        )
        make.make_product(group=service.product.group, prices=[("EUR", "monthly", 500)])
        [offer] = plan_offers(service, date(2026, 5, 8))
        assert offer.totals == PlanTotals(500, 500, 0)


class TestTerminate:
    def test_an_open_period_must_be_decided(self) -> None:
        service, invoice = billed()
        with pytest.raises(
            BusinessError, match=f"{invoice.number} for the period starting 2026-05-08"
        ):
            actions.force_termination(service=service, reason="agreed", ctx=CTX)
        service.refresh_from_db()
        assert service.status == "active"

    def test_void_takes_back_its_lines_and_leaves_the_others(self) -> None:
        service, invoice = billed(services=2)
        actions.force_termination(service=service, open_period="void", reason="agreed", ctx=CTX)
        invoice.refresh_from_db()
        assert service.status == "terminated"
        assert (invoice.status, invoice.amount_due) == ("unpaid", invoice.total // 2)
        states = BilledPeriod.objects.order_by("service_id").values_list("status", flat=True)
        assert list(states) == ["released", "open"]
        assert_proven(RENEWED_AT)

    def test_void_takes_not_what_was_credited_before(self) -> None:
        service, invoice = billed(services=2)
        credit_invoice(invoice=invoice, lines={1: 300}, reason="agreed", ctx=CTX)
        actions.force_termination(service=service, open_period="void", reason="agreed", ctx=CTX)
        invoice.refresh_from_db()
        assert invoice.amount_due == 500

    def test_a_voided_period_was_billed_again_while_the_panel_was_down(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The service runs until its account is gone; its end is asked for, so nothing new is billed of it."""
        service, invoice = billed()
        panel = FakePanel()
        monkeypatch.setitem(registry._MODULES, panel.id, panel.module)
        panel.install()
        put_on_panel(service)
        panel.says(ModuleOutcome.REFUSED)
        actions.force_termination(service=service, open_period="void", reason="agreed", ctx=CTX)
        run_all_jobs(RENEWED_AT, failing=True)
        tomorrow = RENEWED_AT + timedelta(days=1)
        assert (service.status, renew_services_of(service.client, tomorrow).invoices) == (
            "active",
            [],
        )
        run_daily(ROW_STEPS, day=RunDay(tomorrow.date(), tomorrow), started_by="test")
        assert list(Invoice.objects.values_list("pk", flat=True)) == [invoice.pk]
        assert_proven(tomorrow + timedelta(hours=1))
        drop_job(
            job=Job.objects.get(action="service.terminate"),
            reason="kept",
            ctx=Context(tomorrow, SYSTEM),
        )
        assert len(renew_services_of(service.client, tomorrow).invoices) == 1

    def test_keep_leaves_it_owed(self) -> None:
        service, invoice = billed()
        actions.force_termination(service=service, open_period="keep", reason="agreed", ctx=CTX)
        invoice.refresh_from_db()
        assert (service.status, invoice.status) == ("terminated", "unpaid")
        make.make_payment(invoice, at=RENEWED_AT)
        service.refresh_from_db()
        assert (service.status, service.next_due_date) == ("terminated", None)

    @pytest.mark.parametrize("status", ["pending", "cancelled", "terminated"])
    def test_only_what_runs_is_ended_by_force(self, status: str) -> None:
        with pytest.raises(StateConflict):
            actions.force_termination(
                service=make.make_service(status=status), reason="agreed", ctx=CTX
            )


class TestKeep:
    def test_a_scheduled_end_is_taken_back_with_its_request(self) -> None:
        service = make.make_service()
        with pytest.raises(BusinessError, match="This service isn't scheduled to end"):
            actions.withdraw_scheduled_end(service=service, reason="agreed", ctx=CTX)
        request = cancellations.request_cancellation(
            service=service, kind="end_of_period", reason="Too dear", ctx=Context(AT, SYSTEM)
        )
        service.refresh_from_db()
        actions.withdraw_scheduled_end(service=service, reason="agreed", ctx=CTX)
        request.refresh_from_db()
        assert (service.ends_on, request.status) == (None, "withdrawn")
        assert AuditEntry.objects.get(action="service.cancellation_withdrawn").reason == "agreed"

    def test_so_is_one_that_staff_had_set(self) -> None:
        service = make.make_service()
        kind = "end_of_period"
        cancellations.cancel_service_without_request(
            service=service, kind=kind, reason="agreed", ctx=Context(AT, SYSTEM)
        )
        actions.withdraw_scheduled_end(service=service, reason="agreed", ctx=CTX)
        assert service.ends_on is None
        assert len(renew_services_of(service.client).invoices) == 1


class TestOverride:
    @pytest.mark.parametrize(("old", "new"), list(product(STATES, STATES)))
    def test_any_state_but_pending_whatever_it_was(self, old: str, new: str) -> None:
        """S1: nobody is called or told, and all that a state needs beside it is right."""
        service = make.make_service(status=old)
        OutgoingMail.objects.all().delete()
        Job.objects.all().delete()
        over: dict[str, Any] = {"to": new, "reason": "agreed", "ctx": CTX}
        if old in ("cancelled", "terminated") and new in ("active", "suspended"):
            with pytest.raises(BusinessError, match="Enter the next due date"):
                actions.override_service(service=service, **over)
            over["next_due_date"] = date(2026, 7, 1)
        if new not in SERVICE_OVERRIDE_MOVES[old]:
            with pytest.raises(BusinessError):
                actions.override_service(service=service, **over)
            return
        actions.override_service(service=service, **over)
        assert service.status == new
        assert (service.cancelled_at is not None) == (new == "cancelled")
        assert (service.terminated_at is not None) == (new == "terminated")
        if new in LIVE_SERVICE_STATUSES:
            assert (service.suspended_at is not None) == (new == "suspended")
        entry = AuditEntry.objects.get(action="service.overridden")
        assert entry.reason == "agreed"
        run_all_jobs(RENEWED_AT)
        assert not Job.objects.filter(subject_kind="service").exists()
        assert not OutgoingMail.objects.exists()
        assert_proven(RENEWED_AT)

    def test_the_way_back_has_no_day_that_was_billed_and_no_end(self) -> None:
        service, invoice = billed()
        Service.objects.filter(pk=service.pk).update(ends_on=date(2026, 5, 8))
        actions.force_termination(service=service, open_period="keep", reason="agreed", ctx=CTX)
        back: dict[str, Any] = {"service": service, "to": "active", "reason": "agreed", "ctx": CTX}
        with pytest.raises(BusinessError, match="2026-06-08 or a later date"):
            actions.override_service(next_due_date=date(2026, 5, 8), **back)
        actions.override_service(next_due_date=date(2026, 6, 8), **back)
        assert (service.status, service.ends_on) == ("active", None)
        assert service.anchor_date == date(2026, 6, 8)
        assert invoice.status == "unpaid"

    def test_not_back_to_an_account_that_another_has_by_now(self) -> None:
        """U9."""
        server = make.make_server()
        gone = make.make_service(server=server, username="acme")
        actions.override_service(service=gone, to="terminated", reason="agreed", ctx=CTX)
        make.make_service(server=server, username="acme")
        with pytest.raises(BusinessError, match="Another service already uses this account"):
            actions.override_service(
                service=gone, to="active", next_due_date=date(2026, 7, 1), reason="agreed", ctx=CTX
            )

    def test_what_was_asked_of_it_is_closed(self) -> None:
        service = make.make_service()
        cancellations.request_cancellation(
            service=service, kind="immediate", reason="agreed", ctx=CTX
        )
        actions.override_service(service=service, to="cancelled", reason="agreed", ctx=CTX)
        assert CancellationRequest.objects.get().status == "done"

    def test_the_proof_failed_after_a_billed_service_was_set_to_cancelled(self) -> None:
        """S7, R23: nothing stays owed for a period that it does not live to see; by force it is staff's to decide."""
        service, invoice = billed(services=2)
        actions.override_service(service=service, to="cancelled", reason="agreed", ctx=CTX)
        states = BilledPeriod.objects.order_by("service_id").values_list("status", flat=True)
        assert list(states) == ["released", "open"]
        invoice.refresh_from_db()
        assert (invoice.status, invoice.amount_due) == ("unpaid", invoice.total // 2)
        assert_proven(RENEWED_AT + timedelta(days=1))

    def test_a_reason_is_needed_and_no_date_where_nothing_is_due(self) -> None:
        service = make.make_service()
        for wrong in (
            {"to": "cancelled", "reason": ""},
            {"to": "cancelled", "next_due_date": date(2026, 7, 1)},
        ):
            with pytest.raises(BusinessError):
                actions.override_service(
                    service=service, **{"reason": "agreed", "ctx": CTX} | wrong
                )
        once = make.make_service(billing_cycle="one_time", status="cancelled")
        with pytest.raises(BusinessError, match="One-time services"):
            actions.override_service(
                service=once, to="active", next_due_date=date(2026, 7, 1), reason="agreed", ctx=CTX
            )
        actions.override_service(service=once, to="active", reason="agreed", ctx=CTX)
        assert once.status == "active"
