"""Applies what a gateway reports; the same report again changes nothing (payments.md 2)."""

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.locale import client_text
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.kit.money import Money
from commerce.payments.actions.attempts import close_attempt, fail_attempt, note_decline
from commerce.payments.actions.booking import book_reported_payment
from commerce.payments.actions.card_setups import apply_card_report
from commerce.payments.actions.disputes import apply_dispute_report
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.actions.refund_results import apply_refund_report
from commerce.payments.actions.saved_cards import CardConsent, record_card_refusal, save_card
from commerce.payments.gateways.contract import (
    CardReport,
    DisputeReport,
    FraudWarningReport,
    GatewayReport,
    PaymentCard,
    PaymentReport,
    RefundReport,
)
from commerce.payments.job_names import FRAUD_WARNING, POLL_ATTEMPT
from commerce.payments.models import Attempt, Payment, SavedCard
from commerce.payments.rules import (
    AttemptKind,
    AttemptStatus,
    PaymentMethod,
    PaymentReportKind,
    ReportTooEarly,
)
from commerce.presentation.countries import COUNTRY_CODES
from commerce.presentation.labels import Text
from commerce.site_settings import current

CARD_DECLINED_TEXT = _("Your bank declined the payment.")


def apply_gateway_report(*, gateway: str, report: GatewayReport, ctx: Context) -> None:
    """Make true here what a gateway says of payment, refund, dispute or card; the same again changes nothing."""
    match report:
        case PaymentReport():
            apply_payment_report(gateway=gateway, report=report, ctx=ctx)
        case CardReport():
            apply_card_report(gateway=gateway, report=report, ctx=ctx)
        case RefundReport():
            apply_refund_report(gateway=gateway, report=report, ctx=ctx)
        case DisputeReport():
            apply_dispute_report(gateway=gateway, report=report, ctx=ctx)
        case FraudWarningReport():
            _ask_staff_about_fraud(gateway, report, ctx)


@transaction.atomic
def _ask_staff_about_fraud(gateway: str, report: FraudWarningReport, ctx: Context) -> None:
    """Once for each payment. Raises ``ReportTooEarly`` while it is not booked."""
    payments = Payment.objects.filter(gateway=gateway)
    payment = payments.filter(transaction_id=report.transaction_id or None).first()
    if payment is None:
        raise ReportTooEarly(report.transaction_id)
    enqueue(("payment", payment.pk), FRAUD_WARNING, "warned", ctx.at, {"reason": report.reason})


@transaction.atomic
def apply_payment_report(*, gateway: str, report: PaymentReport, ctx: Context) -> None:
    """Book money, or end the attempt that brought none. The same report again, or an older one, changes nothing.

    What its payer approved is captured by a job, outside of this transaction. Money under a reference that is none of
    ours is kept as an unallocated payment (payments.md 2.1). Raises ``ReportTooEarly`` while it may be that of a charge
    whose answer is on its way.
    """
    mine = Attempt.objects.select_related("invoice").filter(gateway=gateway)
    attempt = mine.filter(reference=report.reference).first()
    if attempt is None and report.kind == PaymentReportKind.PAID:
        _check_awaited(gateway, report)
    if report.kind == PaymentReportKind.PAID:
        _book(gateway, report, attempt, ctx)
    elif attempt is not None:
        lock_client(attempt.client_id)
        try:
            if _has_failed(report, attempt):
                reason = report.reason or (CARD_DECLINED_TEXT if attempt.saved_card else "")
                fail_attempt(
                    attempt=attempt,
                    reason=_kept(reason, attempt),
                    needs_holder=report.kind == PaymentReportKind.ACTION_REQUIRED,
                    ctx=ctx,
                )
                record_card_refusal(attempt=attempt, report=report, ctx=ctx)
            elif report.kind == PaymentReportKind.CLOSED and not _is_unknown(report, attempt):
                close_attempt(attempt=attempt, ctx=ctx)
            elif report.kind == PaymentReportKind.APPROVED and attempt.status == AttemptStatus.OPEN:
                note_decline(attempt=attempt, reason="", ctx=ctx)  # it is tried anew
                enqueue(("attempt", attempt.pk), POLL_ATTEMPT, f"approved {ctx.at}", ctx.at)
            elif report.kind == PaymentReportKind.PENDING:
                note_decline(attempt=attempt, reason=_kept(report.reason, attempt), ctx=ctx)
        except StateConflict:  # it ended before; a failure after a success is none
            pass


def _has_failed(report: PaymentReport, attempt: Attempt) -> bool:
    """A charge that its owner must confirm has failed, too, while they are away: they pay anew."""
    is_away = attempt.kind == AttemptKind.OFF_SESSION
    return report.kind == PaymentReportKind.FAILED or (
        report.kind == PaymentReportKind.ACTION_REQUIRED and is_away
    )


def _is_unknown(report: PaymentReport, attempt: Attempt) -> bool:
    """A charge of a saved card that was under way is not over since the gateway does not know it: it may be of another
    mode or account, and the next one would be a second charge.
    """
    return report.is_forgotten and attempt.kind == AttemptKind.OFF_SESSION


def _kept(reason: Text, attempt: Attempt) -> str:
    return client_text(attempt.client, reason) if reason else ""


def _check_awaited(gateway: str, report: PaymentReport) -> None:
    """A charge of a saved card may be told of before its own answer is here: its event waits for that."""
    sent = Attempt.objects.filter(gateway=gateway, saved_card__isnull=False, reference=None)
    if sent.filter(
        status=AttemptStatus.OPEN, amount=report.amount, currency_id=report.currency_code
    ).exists():
        raise ReportTooEarly(report.transaction_id or report.reference)


def _book(gateway: str, report: PaymentReport, attempt: Attempt | None, ctx: Context) -> None:
    book_reported_payment(
        money=_received(gateway, report, ctx),
        invoice=attempt.invoice if attempt else None,
        attempt=attempt,
        ctx=ctx,
    )
    if attempt is not None and report.card is not None:
        _store_card(attempt, report.card, ctx)


def _received(gateway: str, report: PaymentReport, ctx: Context) -> ReceivedMoney:
    # A gateway east of us may have tomorrow already; its money is no less received.
    today = current.business_date(ctx.at)
    card = report.card if report.card and report.card.last4 else None
    country = report.card.country if report.card else ""
    fee_is_apart = report.fee and report.fee_currency_code not in ("", report.currency_code)
    return ReceivedMoney(
        gateway=gateway,
        transaction_id=report.transaction_id or report.reference,
        amount=report.amount,
        currency_code=report.currency_code,
        received_on=min(report.received_on or today, today),
        reference=report.reference,
        fee=0 if fee_is_apart else report.fee,
        note=_foreign_fee(report) if fee_is_apart else "",
        method=PaymentMethod.CARD if card else "",
        card_brand=card.brand if card else "",
        card_last4=card.last4 if card else "",
        card_country=country if country in COUNTRY_CODES else "",
        raw=report.raw,
    )


def _foreign_fee(report: PaymentReport) -> str:
    """A fee in another currency is no part of the payment; staff read it."""
    fee = Money(report.fee, report.fee_currency_code)
    return gettext("Gateway fee: %(amount)s") % {"amount": fee}


def _store_card(attempt: Attempt, card: PaymentCard, ctx: Context) -> None:
    """Note which saved card paid, so that a dispute stops it; a new one is saved if the client agreed to that."""
    if attempt.saved_card_id is not None:
        return
    cards = SavedCard.objects.for_client(attempt.client_id).filter(gateway=attempt.gateway)
    saved = cards.filter(token=card.token).first()
    if saved is None and attempt.consented_at is not None:
        consent = CardConsent(attempt.consent_text, attempt.consented_at)
        saved = save_card(
            client_id=attempt.client_id,
            gateway=attempt.gateway,
            card=card,
            consent=consent,
            ctx=ctx,
            account=attempt.account,
        )
    if saved is not None:
        Attempt.objects.filter(pk=attempt.pk).update(saved_card=saved)
