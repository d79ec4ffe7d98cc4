"""Rows in their first state, for tests of their states and of their uniqueness."""

from datetime import date, timedelta
from typing import Any

from django.db import models

from commerce.accounts.models import Client, DataExport, Erasure, Invitation, StaffToken
from commerce.billing.models import BilledPeriod, PlanChange, Reminder
from commerce.dns.models import Zone
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.mail.models import OutgoingMail
from commerce.payments.models import (
    Attempt,
    CardSetup,
    GatewayEvent,
    Refund,
    TransferNotice,
    UnallocatedPayment,
)
from commerce.runs.models import DailyRun, DailyRunStep
from commerce.webhook_endpoints.models import WebhookEndpoint
from tests import make
from tests.make.renewals import make_renewal
from tests.make.staff import make_staff, make_staff_token
from tests.make.webhook_endpoints import make_endpoint

DAY = date(2027, 4, 8)


def an_invitation() -> Invitation:
    return Invitation.objects.create(
        client=make.make_client(),
        email="new@example.com",
        role="billing",
        token_hash="0" * 64,
        created_at=make.AT,
        expires_at=make.AT,
    )


def a_staff_token() -> StaffToken:
    return make_staff_token(make_staff())[0]


def an_endpoint() -> WebhookEndpoint:
    return make_endpoint(status="new")[0]


def an_asked_export() -> DataExport:
    """An export that is still to be made."""
    return DataExport.objects.create(client=make.make_client(), requested_at=make.AT)


def an_export(client: Client | None = None) -> DataExport:
    """An export that is ready."""
    return DataExport.objects.create(
        client=client or make.make_client(),
        status="ready",
        requested_at=make.AT,
        ready_at=make.AT,
        expires_at=make.AT + timedelta(days=7),
        content=b"PK",
    )


def an_erasure() -> Erasure:
    return Erasure.objects.create(
        client=make.make_client(), requested_at=make.AT, erase_on=make.AT.date()
    )


def a_zone() -> Zone:
    """A zone without versions."""
    return Zone.objects.create(
        client=make.make_client(), name="zone.example", created_at=make.AT, changed_at=make.AT
    )


def of_payments(model: type[models.Model]) -> models.Model:
    """A row of payments in its first state."""
    values: dict[str, Any] = {"amount": 100, "created_at": make.AT, "gateway": "manual"}
    if model is Refund:
        payment = make.make_payment()
        values |= {
            "client": payment.client,
            "payment": payment,
            "method": "credit",
            "idempotency_key": "k",
        }
    elif model is CardSetup:
        del values["amount"]
        values |= {"client": make.make_client(), "idempotency_key": "k", "consent_text": "Yes"}
        values |= {"consented_at": make.AT, "expires_at": make.AT}
    elif model is UnallocatedPayment:
        values |= {"transaction_id": "t", "currency_code": "EUR", "reason": "reference"}
        values |= {"received_on": make.AT.date()}
    else:
        invoice = make.make_invoice()
        values |= {"client": invoice.client, "invoice": invoice}
    if model is Attempt:
        values |= {"currency_id": "EUR", "idempotency_key": "k"}
    if model is TransferNotice:
        del values["gateway"], values["created_at"]
        values |= {"submitted_at": make.AT}
    return model._default_manager.create(**values)


def a_gateway_event() -> GatewayEvent:
    return GatewayEvent.objects.create(
        gateway="stripe", event_id="evt_1", body=b"{}", received_at=make.AT
    )


def a_job() -> Job:
    enqueue(("thing", 1), "thing.do", "order 1", make.AT)
    return Job.objects.get()


def a_period() -> BilledPeriod:
    return make_renewal().billed_periods.get()


def asked(model: type[models.Model], **values: Any) -> models.Model:
    """What a client asks for about a service of his."""
    service = make.make_service()
    if model is PlanChange:
        values["product"] = service.product
    return model._default_manager.create(
        client=service.client, service=service, created_at=make.AT, **values
    )


def a_reminder() -> Reminder:
    """Written once, in the state in which it stays."""
    return Reminder.objects.create(invoice=make.make_invoice(), step=1, status="sent", at=make.AT)


def a_mail() -> OutgoingMail:
    return OutgoingMail.objects.create(
        event="welcome", idempotency_key="1", recipient="a@example.org", created_at=make.AT
    )


def a_step() -> DailyRunStep:
    run = DailyRun.objects.create(date=DAY, started_at=make.AT, started_by="somebody")
    return DailyRunStep.objects.create(run=run, name="renew", started_at=make.AT)
