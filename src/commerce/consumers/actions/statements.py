"""Statements: made, tied to a contract, confirmed by an owner, answered (support-and-content.md 9)."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client, User
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.consumers.emails import send_answer_email, send_receipt_email
from commerce.consumers.events import ConsumerStatementMade
from commerce.consumers.models import STATED_FIELDS, ConsumerStatement
from commerce.consumers.rules import (
    STATEMENT_MOVES,
    EndingKind,
    StatementChannel,
    StatementKind,
    StatementStatus,
    next_working_day,
)
from commerce.db.locks import lock, lock_name
from commerce.domains.models import Domain
from commerce.events.publish import publish
from commerce.hosting.models import Service
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Text
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.text import clean_line, clean_text
from commerce.site_settings.current import business_date, get_setting

LONGEST = {"name": 200, "contract": 1000, "email": 254, "cause": 2000}


@transaction.atomic
def make_statement(
    *,
    kind: StatementKind,
    channel: StatementChannel,
    name: str,
    contract: str,
    email: str,
    idempotency_key: str,
    ctx: Context,
    locale: str = "",
    ending_kind: str = "",
    cause: str = "",
    wished_on: date | None = None,
    sent_on: date | None = None,
    made_by: User | None = None,
    chosen: Service | Domain | None = None,
) -> ConsumerStatement:
    """Store a statement as it was made, and send its receipt. It changes nothing of any contract.

    ``chosen`` is the contract that a signed-in member picked, or staff know; ``sent_on`` is the day on which one was
    sent that came by another way. Without ``locale`` the receipt is in the client's language, or else the shop's. The
    same ``idempotency_key`` again is the same statement. Raises ``BusinessError`` for a field that is missing or too
    long.
    """
    texts = _checked({"name": name, "contract": contract, "email": email, "cause": cause})
    if ending_kind == EndingKind.FOR_CAUSE and not texts["cause"]:
        raise BusinessError("consumer_statement.cause_missing", field="cause")
    today = business_date(ctx.at)
    if sent_on is not None and sent_on > today:
        raise BusinessError("consumer_statement.in_future", field="sent_on")
    lock_name(f"statement {idempotency_key}")
    if known := ConsumerStatement.objects.filter(idempotency_key=idempotency_key).first():
        return known
    made = ConsumerStatement.objects.create(
        kind=kind,
        channel=channel,
        locale=locale or (chosen.client.locale if chosen else "") or get_setting("locale.default"),
        ending_kind=ending_kind if kind == StatementKind.ENDING else "",
        wished_on=wished_on if kind == StatementKind.ENDING else None,
        made_at=ctx.at if sent_on in (None, today) else _noon(sent_on),
        made_by=made_by,
        idempotency_key=idempotency_key,
        due_on=next_working_day(today),
        confirmed_at=ctx.at if channel == StatementChannel.SIGNED_IN and chosen else None,
        **_contract(chosen),
        **texts,
    )
    _record(made, "consumer_statement.made", ctx, {"kind": made.kind, "channel": made.channel})
    if made.email:
        send_receipt_email(statement=made, at=ctx.at)
    publish(ConsumerStatementMade(made.pk), at=ctx.at, client_id=made.client_id)
    return made


def _noon(day: date) -> datetime:
    """A day without an hour, as an instant of that business date."""
    return datetime.combine(day, time(12), ZoneInfo(get_setting("billing.time_zone")))


def _checked(texts: Mapping[str, str]) -> dict[str, str]:
    found = {
        field: clean_text(text.replace("\r\n", "\n")) if field != "name" else clean_line(text)
        for field, text in texts.items()
    }
    for field, text in found.items():
        if not text and field in ("name", "contract"):
            raise BusinessError("consumer_statement.field_missing", field=field)
        if len(text) > LONGEST[field]:
            raise BusinessError(
                "consumer_statement.field_too_long", maximum=LONGEST[field], field=field
            )
    return found


def _contract(chosen: Service | Domain | None) -> dict[str, Any]:
    if chosen is None:
        return {}
    return {
        "client_id": chosen.client_id,
        "service": chosen if isinstance(chosen, Service) else None,
        "domain": chosen if isinstance(chosen, Domain) else None,
    }


def received_only_blocked_reason(
    statement: ConsumerStatement, ctx: Context
) -> StateConflict | None:
    """Why a statement can neither be tied to a contract, confirmed nor answered: it was decided on."""
    waits = statement.status == StatementStatus.RECEIVED
    return None if waits else StateConflict("consumer_statement.decided")


@transaction.atomic
def tie_statement(
    *,
    statement: ConsumerStatement,
    ctx: Context,
    chosen: Service | Domain | None = None,
    client: Client | None = None,
) -> None:
    """Say which contract a statement is about, or at least whose it is. Raises ``StateConflict`` once it has ended."""
    row = lock(statement)
    if blocked := received_only_blocked_reason(row, ctx):
        raise blocked
    values = _contract(chosen) or {"client": client}
    ConsumerStatement.objects.filter(pk=row.pk).update(**values)
    statement.refresh_from_db()
    _record(statement, "consumer_statement.tied", ctx, {"contract": str(chosen) if chosen else ""})


def add_contract_blocked_reason(statement: ConsumerStatement, ctx: Context) -> StateConflict | None:
    """Why a statement cannot be about a further contract: the first is not known, or it was answered."""
    first = statement.part_of or statement
    if first.service_id is None and first.domain_id is None:
        return StateConflict("consumer_statement.no_contract")
    answered = first.status == StatementStatus.ANSWERED
    return StateConflict("consumer_statement.answered") if answered else None


@transaction.atomic
def add_contract(
    *, statement: ConsumerStatement, chosen: Service | Domain, ctx: Context
) -> ConsumerStatement:
    """Somebody meant this contract as well: a statement of its own about it, made at the same instant with the same
    words, and mailed no second receipt. The same contract again is the same statement.

    Raises ``StateConflict`` while the first has no contract, and once it was answered.
    """
    first = lock(statement.part_of or statement)
    if blocked := add_contract_blocked_reason(first, ctx):
        raise blocked
    about = _contract(chosen)
    all_of_it = ConsumerStatement.objects.filter(Q(pk=first.pk) | Q(part_of=first))
    if known := all_of_it.filter(**about).first():
        return known
    stated = {name: getattr(first, name) for name in STATED_FIELDS if name != "idempotency_key"}
    own_owner = first.client_id == chosen.client_id
    made = ConsumerStatement.objects.create(
        **stated,
        **about,
        idempotency_key=f"part {first.pk} {chosen._meta.model_name} {chosen.pk}",
        part_of=first,
        due_on=first.due_on,
        confirmed_at=first.confirmed_at if own_owner else None,
    )
    _record(made, "consumer_statement.tied", ctx, {"contract": str(chosen)})
    return made


@transaction.atomic
def confirm_statement(*, statement: ConsumerStatement, ctx: Context) -> None:
    """An owner stands behind a statement that was made without signing in."""
    row = lock(statement)
    if blocked := received_only_blocked_reason(row, ctx):
        raise blocked
    if row.confirmed_at is None:
        ConsumerStatement.objects.filter(pk=row.pk).update(confirmed_at=ctx.at)
        _record(row, "consumer_statement.confirmed", ctx, {})
    statement.refresh_from_db()


@act(
    "consumer_statement.answer",
    ConsumerStatement,
    label=_("Answer"),
    done=_("Answer sent."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=received_only_blocked_reason,
)
@transaction.atomic
def answer_statement(
    *,
    statement: ConsumerStatement,
    answer: Annotated[
        str,
        Text(
            _("Answer"),
            about=_("It's emailed to the address in the statement."),
            most=LONGEST["cause"],
        ),
    ],
    ctx: Context,
) -> None:
    """Staff answer a statement that they do not carry out; who made it is mailed. Raises ``StateConflict`` once it was
    decided on.
    """
    if statement.client_id:
        lock_client(statement.client_id)
    if blocked := received_only_blocked_reason(lock(statement), ctx):
        raise blocked
    move(
        statement,
        StatementStatus.ANSWERED,
        allowed=STATEMENT_MOVES,
        ctx=ctx,
        client_id=statement.client_id,
        answer=answer,
        ended_at=ctx.at,
    )
    send_answer_email(statement=statement, at=ctx.at)


def _record(
    statement: ConsumerStatement, action: str, ctx: Context, after: Mapping[str, Any]
) -> None:
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("consumer_statement", statement.pk),
        name=str(statement),
        client_id=statement.client_id,
        after=after,
        staff_only=action == "consumer_statement.tied",
    )
