"""Statements carried out: the contract ends, and what is not used goes back (support-and-content.md 9)."""

import logging
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.locale import client_text
from commerce.audit.states import move
from commerce.billing.changes.cancellations.actions import (
    carry_out_cancellation,
    end_service_on,
)
from commerce.billing.changes.plan_changes.unused_time import InvoiceCredit, rest_of_contract
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.actions.corrections import credit_unused_days
from commerce.billing.models import CreditEntry, CreditNote
from commerce.billing.periods.actions.domain_requests import void_open_renewal
from commerce.consumers.actions.statements import received_only_blocked_reason
from commerce.consumers.emails import send_payout_email
from commerce.consumers.events import ConsumerStatementCarriedOut
from commerce.consumers.labels import outcome_text
from commerce.consumers.models import ConsumerStatement, StatementCreditNote
from commerce.consumers.rules import (
    STATEMENT_MOVES,
    EndingKind,
    StatementKind,
    StatementStatus,
)
from commerce.consumers.working_out import StatementEffect, StatementOutcome, work_out
from commerce.db.locks import lock
from commerce.domains.actions.editing import set_auto_renew
from commerce.domains.actions.states import cancel_domain
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.events.publish import publish
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.paid_back import pay_back_credit
from commerce.payments.credit.origins import ways_back
from commerce.site_settings.current import business_date
from commerce.support.consumers.queries import is_consumer

log = logging.getLogger(__name__)


def carry_out_statement_blocked_reason(
    statement: ConsumerStatement, ctx: Context
) -> StateConflict | None:
    """Why a statement cannot be carried out: it was decided on, nobody knows which contract it is about, that has
    ended, or a withdrawal is too late.
    """
    if blocked := received_only_blocked_reason(statement, ctx):
        return blocked
    if statement.service is None and statement.domain is None:
        return StateConflict("consumer_statement.no_contract")
    return work_out(statement, ctx.at).problem


@transaction.atomic
def carry_out_statement(
    *, statement: ConsumerStatement, ctx: Context, expected: StatementEffect | None = None
) -> None:
    """End the contract of a statement. Of a withdrawal what goes back is credited at once, and sent back the way it
    came; of an ending on its last day (``settle_ended_contract``).

    Raises ``StateConflict`` where it cannot be carried out, and where that is not what was ``expected``.
    """
    if statement.client_id is not None:
        lock_client(statement.client_id)
    row = lock(statement, "client", "service__client", "service__product", "domain__client")
    if blocked := carry_out_statement_blocked_reason(row, ctx):
        raise blocked
    if row.client_id != statement.client_id:  # it is another's, whom nobody has locked
        raise StateConflict("move.another_was_first")
    outcome = work_out(row, ctx.at)
    if expected not in (None, outcome.effect):
        effect = outcome_text(row, ctx.at)
        raise StateConflict("consumer_statement.effect_changed", effect=effect)
    is_withdrawal = row.kind == StatementKind.WITHDRAWAL
    settles = is_withdrawal or row.domain is not None
    move(
        statement,
        StatementStatus.CARRIED_OUT,
        allowed=STATEMENT_MOVES,
        ctx=ctx,
        client_id=row.client_id,
        ends_on=outcome.ends_on,
        currency_code=outcome.currency_code,
        given_back=outcome.total if settles else None,
        ended_at=ctx.at,
    )
    notes = _issue_notes(statement, outcome.credits, ctx) if is_withdrawal else []
    _end_contract(row, outcome, ctx)
    if notes:
        _send_back(statement, notes, ctx)
    statement.refresh_from_db()
    publish(ConsumerStatementCarriedOut(row.pk), at=ctx.at, client_id=row.client_id)


def carry_out_at_once(*, statement: ConsumerStatement, ctx: Context) -> None:
    """A member made a statement, signed in: their ending takes effect now. What cannot be carried out waits for staff,
    and so do withdrawals, of which they confirm what goes back, endings for a cause, and what a client states who has a
    company name or a tax number.
    """
    is_ordinary = statement.ending_kind == EndingKind.ORDINARY
    client = statement.client
    if statement.status != StatementStatus.RECEIVED or not is_ordinary or client is None:
        return
    if not is_consumer(client):
        return
    try:
        carry_out_statement(statement=statement, ctx=ctx)
    except BusinessError as error:
        log.info("statement %s waits for staff: %s", statement.pk, error)


@transaction.atomic
def settle_ended_contract(*, service_id: int, ctx: Context) -> None:
    """A service has ended whose contract a consumer ended: credit what is billed for the days after, and send it back.

    Nothing where the client kept the service after all, and it ended by another cause.
    """
    waiting = ConsumerStatement.objects.filter(
        service=service_id, status=StatementStatus.CARRIED_OUT, given_back__isnull=True
    ).order_by("pk")
    for found in waiting:
        _settle(found, ctx)


def _settle(statement: ConsumerStatement, ctx: Context) -> None:
    assert statement.client_id is not None
    lock_client(statement.client_id)
    row = lock(statement, "client", "service__client")
    if row.given_back is not None or row.service is None:
        return
    assert row.ends_on is not None  # of a statement that was carried out
    assert row.ended_at is not None
    notes = []
    if row.service.ends_on in (row.ends_on, business_date(row.ended_at)):
        rest = rest_of_contract(row.service, row.ends_on, with_setup=False)
        notes = _issue_notes(row, rest, ctx)
    ConsumerStatement.objects.filter(pk=row.pk).update(given_back=sum(note.total for note in notes))
    if notes:
        _send_back(row, notes, ctx)


def _end_contract(row: ConsumerStatement, outcome: StatementOutcome, ctx: Context) -> None:
    if row.domain is not None:
        _end_domain(row.domain, ctx, is_withdrawal=row.kind == StatementKind.WITHDRAWAL)
    elif row.service is not None and row.service.status in LIVE_SERVICE_STATUSES:
        reason = _reason(row)
        if row.kind == StatementKind.WITHDRAWAL:
            carry_out_cancellation(
                service=row.service,
                ctx=ctx,
                reason=reason,
                include_begun_period=outcome.is_whole,
            )
        else:
            end_service_on(service=row.service, day=outcome.ends_on, reason=reason, ctx=ctx)


def _end_domain(domain: Domain, ctx: Context, *, is_withdrawal: bool) -> None:
    """It is not renewed any more; one that is not registered yet is given up."""
    if is_withdrawal and domain.status == DomainStatus.PENDING:
        cancel_domain(domain=domain, ctx=ctx)
        return
    if domain.auto_renew:
        set_auto_renew(domain=domain, enabled=False, ctx=ctx)
    void_open_renewal(domain=domain, ctx=ctx)


def _reason(row: ConsumerStatement) -> str:
    assert row.client is not None
    text = _("Withdrawal from the contract")
    if row.kind == StatementKind.ENDING:
        text = _("Contract canceled")
    return client_text(row.client, text)


def _issue_notes(
    statement: ConsumerStatement, rest: Iterable[InvoiceCredit], ctx: Context
) -> list[CreditNote]:
    """A credit note on each invoice, tied to the statement."""
    notes = [
        credit_unused_days(
            invoice=credit.invoice,
            credited=credit.credited,
            days=credit.days,
            reason=_reason(statement),
            ctx=ctx,
        )
        for credit in rest
        if credit.total
    ]
    StatementCreditNote.objects.bulk_create(
        StatementCreditNote(statement=statement, credit_note=note) for note in notes
    )
    return notes


def _send_back(statement: ConsumerStatement, notes: list[CreditNote], ctx: Context) -> None:
    """What the notes set free goes back to its payments; staff pay out what these do not take."""
    assert statement.client is not None
    code = notes[0].currency_id
    sources = [f"credit_note:{note.pk}" for note in notes]
    rows = CreditEntry.objects.filter(reason=CreditReason.RETURNED, source__in=sources)
    free = sum(rows.values_list("amount", flat=True))
    most = sum(way.amount for way in ways_back(statement.client.pk, code, ctx.at))
    sent = min(free, most)
    if sent:
        try:
            with transaction.atomic():
                pay_back_credit(
                    client=statement.client,
                    currency_code=code,
                    amount=sent,
                    reason=_reason(statement),
                    idempotency_key=f"statement {statement.pk}",
                    invoices=[note.invoice_id for note in notes],
                    ctx=ctx,
                )
        except BusinessError:  # a gateway that refunds in full only
            sent = 0
    if free > sent:
        send_payout_email(statement=statement, amount=free - sent, code=code, at=ctx.at)
