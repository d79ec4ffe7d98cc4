"""Requests of plan changes that are paid on one day, for processes that are killed; the gateway outlives them."""

from collections import Counter
from datetime import timedelta
from typing import Any

from commerce.billing.changes.plan_changes.actions.requests import withdraw_plan_change
from commerce.billing.models import CreditEntry, Invoice, PlanChange, SettlementEntry
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.manual import record_manual_plan_change_payment
from commerce.payments.actions.plan_change_payments import charge_card_for_plan_change
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.actions.transfer_notices import (
    confirm_transfer_notice,
    submit_transfer_notice_for_plan_change,
)
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import PaymentReport
from commerce.payments.job_names import FOLLOW_ATTEMPT
from commerce.payments.models import Attempt, Payment, PaymentShare, SavedCard, TransferNotice
from tests import make
from tests.doubles.gateway import fake_gateway_on
from tests.killed.charges import GatewayOnDisk
from tests.killed.day_of_work import rows_of, work
from tests.make import plan_changes as changes
from tests.make.cards import keep
from tests.make.payments import switch_on_bank_transfer
from tests.payments.plan_changes.conftest import ASKED, TENTH, ask, make_upgradable

CLIENTS = "card gateway twice short late transfer".split()
TAKEN = {"new plan bounces": 1, "old plan bounces": 0}
"""Clients whose plan was changed before, and which of their two payments the bank takes (R37)."""
MOVED = "moved from", "moved to"
"""Who paid for a service, and whose it is by now (R38)."""
CTX = Context(TENTH, SYSTEM)


def prepare() -> None:
    """Each client has asked for a change; one has a saved card, one a payment that was begun."""
    switch_on_bank_transfer()
    with fake_gateway_on():
        for name in CLIENTS:
            client = make.make_client(company=name)
            asked = ask(make_upgradable(client, name))
            if name == "card":
                keep(client, "pays")
            if name in ("gateway", "twice", "late"):
                Attempt.objects.create(
                    client=client,
                    purpose="plan_change",
                    plan_change=asked,
                    gateway="fake",
                    amount=ASKED,
                    currency_id="EUR",
                    reference=name,
                    idempotency_key=name,
                    status="open",
                    created_at=TENTH,
                    expires_at=TENTH + timedelta(hours=1),
                )
    for name in TAKEN:
        group = make.make_group(name=name)
        [service] = changes.bought(
            changes.wish(changes.plan(group, 3000)), client=make.make_client(company=name)
        )
        changes.change(service, changes.plan(group, 6000), TENTH)
    former, present = (make.make_client(company=name) for name in MOVED)
    group = make.make_group(name="moved")
    [service] = changes.bought(changes.wish(changes.plan(group, 3000)), client=former)
    Service.objects.filter(pk=service.pk).update(client=present)
    changes.ask(service, changes.plan(group, 6000), TENTH)


def pay_requests() -> None:
    """Clients, staff and the gateway act, a worker works; whatever was cut off is done again."""
    with fake_gateway_on(), clock.freeze_time(TENTH):
        registry.GATEWAY_CLASSES["fake"] = GatewayOnDisk
        for act in (_charge, _gateway_tells, _staff_record, _transfer, _staff_refund, _bank_takes):
            act()
        for minutes in range(0, 40, 12):
            work(TENTH + timedelta(minutes=minutes))


def _change(name: str) -> PlanChange:
    return PlanChange.objects.get(client__company=name)


def _charge() -> None:
    change = _change("card")
    if change.status == "awaiting_payment" and not change.payment_attempts.exists():
        card = SavedCard.objects.get()
        charge_card_for_plan_change(
            change=change, card=card, amount=ASKED, created_by=None, ctx=CTX
        )


def _gateway_tells() -> None:
    late = _change("late")
    if late.status == "awaiting_payment":
        withdraw_plan_change(change=late, ctx=CTX)
    for name in ("gateway", "twice", "late", "gateway"):
        report = PaymentReport("paid", name, f"t-{name}", ASKED, "EUR")
        apply_gateway_report(gateway="fake", report=report, ctx=CTX)


def _staff_record() -> None:
    for name, amounts in {"twice": [ASKED], "short": [500, 1500], MOVED[1]: [ASKED]}.items():
        for amount in amounts:
            _received(name, amount)


def _received(name: str, amount: int) -> None:
    record_manual_plan_change_payment(
        change=_change(name),
        amount=amount,
        method="bank_transfer",
        received_on=TENTH.date(),
        idempotency_key=f"{name} {amount}",
        confirmed=frozenset({"amount"}),
        ctx=CTX,
    )


def _transfer() -> None:
    change = _change("transfer")
    notice = TransferNotice.objects.filter(plan_change=change).first()
    if notice is None:
        notice = submit_transfer_notice_for_plan_change(change=change, ctx=CTX)
    confirm_transfer_notice(
        notice=notice,
        amount=ASKED,
        received_on=TENTH.date(),
        reference="SEPA 1",
        ctx=CTX,
    )


def _staff_refund() -> None:
    refund_payment(
        method="credit",
        payment=_payment(MOVED[0], 0),
        amount=1000,
        reason="Sorry",
        idempotency_key="moved",
        ctx=CTX,
    )


def _payment(name: str, number: int) -> Payment:
    return Payment.objects.filter(client__company=name).order_by("pk")[number]


def _bank_takes() -> None:
    for name, number in (TAKEN | {MOVED[0]: 0}).items():
        payment = _payment(name, number)
        if payment.status == "completed":
            reverse_payment(payment=payment, reason="bounced", ctx=CTX)


def books_of_requests() -> dict[str, Any]:
    """What must be equal however often the work was cut off."""
    jobs = Job.objects.exclude(action=FOLLOW_ATTEMPT).values_list("action", "status")
    return {
        "changes": rows_of(PlanChange, "client__company", "status", "paid_to_credit"),
        "services": rows_of(Service, "client__company", "product__name", "next_due_date"),
        "attempts": rows_of(Attempt, "client__company", "kind", "status", "amount"),
        "notices": rows_of(TransferNotice, "client__company", "status"),
        "invoices": rows_of(Invoice, "client__company", "status", "amount_due"),
        "payments": rows_of(Payment, "client__company", "amount", "status"),
        "shares": rows_of(PaymentShare, "invoice__client__company", "amount"),
        "settlements": rows_of(SettlementEntry, "invoice__client__company", "kind", "amount"),
        "credit": rows_of(CreditEntry, "account__client__company", "reason", "amount"),
        "mails": rows_of(OutgoingMail, "event", "about_kind", "status"),
        "jobs": sorted(Counter(jobs).items()),
    }
