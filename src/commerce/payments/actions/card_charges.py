"""Charging a saved card: bound before it goes out, sent by a job, its answer made true (payments.md 7)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import hold_suspension
from commerce.db.locks import lock
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.actions.shared_attempts import bind_charge_of_invoices
from commerce.payments.actions.states import move_attempt
from commerce.payments.autopay import AutopayPlan, autopay_plan, is_held, not_being_charged
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import PaymentReport
from commerce.payments.job_names import FOLLOW_ATTEMPT
from commerce.payments.models import Attempt, AutopayTry
from commerce.payments.queries import still_asks_for
from commerce.payments.rules import AttemptStatus, PaymentReportKind
from commerce.site_settings import current

STALE_AFTER = timedelta(hours=23)
"""A charge that was not sent by then is given up, and one without an answer is not repeated: gateways forget keys after
a day, and a repetition would be a second charge."""


@transaction.atomic
def try_saved_card(*, invoice: Invoice, day: date, ctx: Context) -> Attempt | None:
    """Bind the try on the client's default card that is due on ``day``; its job charges after commit.

    Invoices of one currency and due day are one charge (payments.md 9). None if none is due, or while an earlier one
    has no answer: that one is looked up first.
    """
    client = lock_client(invoice.client_id)
    due = _due_together(invoice, client, day)
    if not due:
        return None
    rows = [each.invoice for each in due]
    attempt = bind_charge_of_invoices(rows, due[0].plan.card, created_by=None, ctx=ctx)
    made_on = max(day, current.business_date(ctx.at))
    for each in due:
        AutopayTry.objects.create(
            invoice=each.invoice, number=each.number, day=made_on, attempt=attempt
        )
    return attempt


@dataclass(frozen=True, slots=True)
class DueTry:
    """The try that is due for an invoice, and how that one is paid by itself."""

    invoice: Invoice
    plan: AutopayPlan
    number: int


def _due_together(invoice: Invoice, client: Client, day: date) -> list[DueTry]:
    """The try that is due for an invoice, and those for the others that are charged with it; none if it is not due."""
    same_day = (
        Invoice.objects.for_client(client)
        .open()
        .not_held_on(day)
        .filter(not_being_charged(), currency=invoice.currency_id, due_date=invoice.due_date)
    )
    tries = []
    for row in same_day.select_for_update(of=("self",)).order_by("pk"):
        plan = autopay_plan(row, client)
        if plan and (number := plan.try_due(day)):
            tries.append(DueTry(row, plan, number))
    alone = [each for each in tries if each.invoice.pk == invoice.pk]
    if not alone or len(tries) == 1:
        return alone
    total = sum(each.invoice.amount_due for each in tries)
    gateway = alone[0].plan.card.gateway
    return tries if registry.takes_amount(gateway, invoice.currency_id, total) else alone


@transaction.atomic
def release_card_charge(*, attempt: Attempt, ctx: Context) -> bool:
    """Note that a charge goes out now; False if it must not: its reason is gone, or it has ended.

    A try that is not out yet follows what is due by now, and is no try of what it leaves out; what the client asked for
    keeps its amount. Of one that went out before nobody here can tell what became.
    """
    client = lock_client(attempt.client_id)
    row = lock(attempt)
    if row.status == AttemptStatus.CREATED and not row.autopay_tries.exists():
        if _is_wanted_by_client(row) and ctx.at - row.created_at <= STALE_AFTER:
            move_attempt(row, AttemptStatus.OPEN, ctx)
        else:
            _withdraw(row, ctx)
    elif row.status == AttemptStatus.CREATED:
        day = current.business_date(ctx.at)
        invoices = [lock(invoice) for invoice in row.invoices()]
        wanted = [each for each in invoices if _is_wanted(row, each, client, day)]
        if not wanted or ctx.at - row.created_at > STALE_AFTER:
            _withdraw(row, ctx)
        else:
            row.attempt_invoices.exclude(invoice__in=wanted).delete()
            row.autopay_tries.exclude(invoice__in=wanted).delete()
            due = sum(each.amount_due for each in wanted)
            move_attempt(row, AttemptStatus.OPEN, ctx, amount=due)
    attempt.refresh_from_db()
    return attempt.status == AttemptStatus.OPEN and attempt.reference is None


@transaction.atomic
def withdraw_card_charge(*, attempt: Attempt, ctx: Context) -> None:
    """End a charge that the gateway never had: it is no try, and what is due then is charged by the next daily run.

    The same again changes nothing.
    """
    lock_client(attempt.client_id)
    row = lock(attempt)
    if row.is_live:
        _withdraw(row, ctx)


def _withdraw(row: Attempt, ctx: Context) -> None:
    row.autopay_tries.all().delete()
    move_attempt(row, AttemptStatus.FAILED, ctx, ended_at=ctx.at)


def _is_wanted(attempt: Attempt, invoice: Invoice, client: Client, day: date) -> bool:
    """Whether the card of a try is still the one to charge for its invoice."""
    plan = autopay_plan(invoice, client)
    is_same = plan is not None and plan.card.pk == attempt.saved_card_id
    return is_same and not is_held(invoice, day)


def _is_wanted_by_client(attempt: Attempt) -> bool:
    """Whether what a client had charged is still due, of a card that can be charged."""
    card = attempt.saved_card
    is_usable = card is not None and card.removed_at is None and card.stopped_at is None
    is_stopped = any(invoice.is_stopped for invoice in attempt.invoices())
    return is_usable and not is_stopped and still_asks_for(attempt)


def is_still_due(attempt: Attempt, at: datetime) -> bool:
    """Whether a charge that went out before, and has no answer, may go out again: it would be made today just so."""
    if not attempt.autopay_tries.exists():
        return _is_wanted_by_client(attempt)
    day, invoices = current.business_date(at), attempt.invoices()
    due = sum(invoice.amount_due for invoice in invoices)
    wanted = (_is_wanted(attempt, invoice, attempt.client, day) for invoice in invoices)
    return due == attempt.amount and all(wanted)


@transaction.atomic
def finish_card_charge(*, attempt: Attempt, report: PaymentReport, ctx: Context) -> None:
    """Note what the gateway called a charge, and make true what it said of it; the same again changes nothing."""
    lock_client(attempt.client_id)
    row = lock(attempt)
    # A refusal before anything was made there has no name.
    report = replace(report, reference=row.reference or report.reference or f"none-{row.pk}")
    if row.reference is None:
        Attempt.objects.filter(pk=row.pk).update(reference=report.reference)
    if (
        report.kind == PaymentReportKind.PENDING
        and registry.capabilities_of(row.gateway).can_be_polled
    ):
        enqueue(("attempt", row.pk), FOLLOW_ATTEMPT, "opened", ctx.at)
        _hold_suspension(row, ctx)
    apply_payment_report(gateway=row.gateway, report=report, ctx=ctx)


def _hold_suspension(attempt: Attempt, ctx: Context) -> None:
    """While a bank is sending the money no service is suspended for it, as after a notice of a transfer."""
    if days := current.get_setting("payments.bank_hold_days"):
        until = current.business_date(ctx.at) + timedelta(days=days)
        owed = [each for each in attempt.invoices() if each.status in OPEN_INVOICE_STATUSES]
        for invoice in owed:
            hold_suspension(invoice=invoice, until=until, reason="charge under way", ctx=ctx)
