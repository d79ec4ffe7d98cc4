"""Mails about statements of consumers: receipts, the owner, staff, answers (notifications.md 3)."""

from datetime import datetime

from django.conf import settings
from django.utils.functional import lazy

from commerce.accounts.locale import effective_language
from commerce.accounts.recipients import send_client_email, send_staff_email
from commerce.consumers.labels import (
    AS_EARLY_AS_POSSIBLE,
    ENDING_LABELS,
    KIND_LABELS,
    contract_label,
    given_back,
    outcome_text,
)
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.rules import StatementChannel
from commerce.kit.money import Money
from commerce.mail.actions.announcing import Recipient, announce

STATEMENT = "consumerstatement"


def statement_url(statement: ConsumerStatement) -> str:
    """Where the owner of its contract reads a statement."""
    return f"{settings.COMMERCE_URL}/client/statements/{statement.pk}"


def send_receipt_email(*, statement: ConsumerStatement, at: datetime) -> None:
    """That a statement came, when, and of which kind: alike whatever it is about, and without a word that was typed.

    An ending says how and for when (§ 312k (4) BGB).
    """
    is_signed_in = statement.channel == StatementChannel.SIGNED_IN
    announce(
        event="consumer_receipt",
        idempotency_key=f"{statement.pk}",
        to=[Recipient(statement.email, "", effective_language(statement.locale))],
        values={
            "kind": KIND_LABELS[statement.kind],
            "when": statement.made_at,
            "ending_kind": ENDING_LABELS.get(statement.ending_kind, ""),
            "ends_on": statement.wished_on or AS_EARLY_AS_POSSIBLE,
            "is_signed_in": is_signed_in,
            "is_unproven": not is_signed_in,
        },
        at=at,
        about=(STATEMENT, statement.pk),
    )


def send_owner_email(*, statement: ConsumerStatement, at: datetime) -> None:
    """Somebody who did not sign in made a statement about a contract of this client."""
    assert statement.client is not None
    send_client_email(
        client=statement.client,
        event="consumer_statement_made",
        idempotency_key=f"{statement.pk}",
        values={
            "kind": KIND_LABELS[statement.kind],
            "contract": contract_label(statement),
            "when": statement.made_at,
            "statement_url": statement_url(statement),
        },
        at=at,
        about=(STATEMENT, statement.pk),
    )


def send_statement_waiting_email(*, statement: ConsumerStatement, at: datetime) -> None:
    """A statement waits for staff, with what it would do, until the end of the next working day."""
    send_staff_email(
        event="consumer_statement",
        idempotency_key=f"{statement.pk}",
        page=f"consumer-statements/{statement.pk}",
        client=statement.client,
        values={
            "kind": KIND_LABELS[statement.kind],
            "contract": contract_label(statement),
            "outcome": lazy(outcome_text, str)(statement, at),
            "due_by": statement.due_on,
        },
        at=at,
        about=(STATEMENT, statement.pk),
    )


def send_carried_out_email(*, statement: ConsumerStatement, at: datetime) -> None:
    """The contract ends on this day; what a withdrawal gives back has its credit notes, and mails, of its own."""
    assert statement.client is not None
    send_client_email(
        client=statement.client,
        event="consumer_statement_carried_out",
        idempotency_key=f"{statement.pk}",
        values={
            "kind": KIND_LABELS[statement.kind],
            "contract": contract_label(statement),
            "end_date": statement.ends_on,
            "amount": given_back(statement) if statement.given_back else None,
            "statement_url": statement_url(statement),
        },
        at=at,
        about=(STATEMENT, statement.pk),
    )


def send_answer_email(*, statement: ConsumerStatement, at: datetime) -> None:
    """Staff answered a statement: to who made it, and where that left no address, to the client."""
    values = {"kind": KIND_LABELS[statement.kind], "when": statement.made_at}
    values["answer"] = statement.answer
    if statement.email:
        announce(
            event="consumer_statement_answered",
            idempotency_key=f"{statement.pk}",
            to=[Recipient(statement.email, "", effective_language(statement.locale))],
            values=values,
            at=at,
            about=(STATEMENT, statement.pk),
        )
    elif statement.client is not None:
        send_client_email(
            client=statement.client,
            event="consumer_statement_answered",
            idempotency_key=f"{statement.pk}",
            values=values,
            at=at,
            about=(STATEMENT, statement.pk),
        )


def send_payout_email(
    *, statement: ConsumerStatement, amount: int, code: str, at: datetime
) -> None:
    """Staff have to pay out by hand what no payment takes back."""
    assert statement.client is not None
    send_staff_email(
        event="consumer_payout",
        idempotency_key=f"{statement.pk}",
        page=f"credit-movements?account__client={statement.client_id}",
        client=statement.client,
        values={"contract": contract_label(statement), "amount": Money(amount, code)},
        at=at,
        about=(STATEMENT, statement.pk),
    )
