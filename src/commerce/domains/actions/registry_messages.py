"""What registries say by themselves: read each day, kept, told to staff, and asked about (decision 105)."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from commerce.accounts.recipients import send_staff_email
from commerce.db.retention import delete_in_bites
from commerce.domains.actions.sync_requests import request_syncs
from commerce.domains.balances import registrars_in_use
from commerce.domains.models import Domain, RegistryMessage
from commerce.domains.registrars.brakes import managed_by
from commerce.domains.registrars.contract import RegistrarMessage
from commerce.domains.registrars.registry import REGISTRAR_CLASSES, get_registrar
from commerce.domains.rules import REGISTERED_DOMAIN_STATUSES, MessageKind
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.text import clean_text
from commerce.presentation.idn import readable_name
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.current import get_setting

log = logging.getLogger(__name__)

MOST_ROUNDS = 40
"""Of one day, each of some fifty messages: a queue that nobody has read for years is read within days."""
MAX_TEXT, MAX_LISTED = 2000, 20


def read_messages_daily(day: RunDay, report: StepReport) -> None:
    """Read and acknowledge what registries have left, and forget what was read long ago."""
    ctx = Context(day.at, day.actor)
    for slug in registrars_in_use():
        if not REGISTRAR_CLASSES[slug].capabilities.messages:
            continue
        try:
            report.rows += read_messages(registrar=slug, ctx=ctx)
        except BusinessError as problem:
            report.errors.append({"kind": "registrar", "id": slug, "error": str(problem)})
    report.outcome = f"{report.rows} messages" if report.rows else "no messages"
    keep = timedelta(days=get_setting("retention.provisioning_days"))
    delete_in_bites(RegistryMessage.objects.filter(read_at__lt=day.at - keep))


def read_messages(*, registrar: str, ctx: Context) -> int:
    """Read its queue to the end; how many messages there were. Staff are told of those that concern money or a name
    that leaves. Call it outside of a transaction. Raises ``BusinessError`` where the registry gives no answer.
    """
    adapter, read, kept = get_registrar(registrar), 0, list[RegistryMessage]()
    if not adapter.capabilities.messages:
        raise BusinessError("registrar.no_messages", registrar=adapter.name)
    problem = ""
    for _round in range(MOST_ROUNDS):
        answer = adapter.read_messages(_message_store(registrar, kept, ctx.at))
        read += answer.data or 0
        problem = "" if answer.ok else answer.message
        if not answer.data:
            break
    _send_messages_email(registrar, kept, ctx)
    if problem:
        raise BusinessError("registrar.messages_not_read", registrar=adapter.name, problem=problem)
    return read


def _message_store(
    registrar: str, kept: list[RegistryMessage], at: datetime
) -> Callable[[RegistrarMessage], None]:
    """Keeps each once, also one whose acknowledgement was lost, and has the registrar asked about its name."""

    @transaction.atomic
    def keep(message: RegistrarMessage) -> None:
        row = RegistryMessage(
            registrar=registrar,
            message_id=message.id[:100],
            kind=message.kind,
            about=clean_text(message.about)[:253],
            text=clean_text(message.text)[:MAX_TEXT],
            queued_at=message.queued_at,
            read_at=at,
        )
        same = RegistryMessage.objects.filter(
            registrar=registrar,
            message_id=row.message_id,
            text=row.text,
            queued_at=row.queued_at,
        )
        if same.exists():
            return
        row.save()
        kept.append(row)
        names = Domain.objects.filter(managed_by(registrar), domain_name=row.about)
        asked = names.filter(status__in=REGISTERED_DOMAIN_STATUSES)
        request_syncs(domains=asked, ctx=Context(at, SYSTEM))

    return keep


def _send_messages_email(registrar: str, kept: list[RegistryMessage], ctx: Context) -> None:
    concern = [row for row in kept if row.kind != MessageKind.OTHER]
    if not concern:
        return
    listed = [
        f"{readable_name(row.about)}: {row.text}" if row.about else row.text
        for row in concern[:MAX_LISTED]
    ]
    send_staff_email(
        event="registry_messages",
        idempotency_key=f"{registrar} {concern[-1].pk}",
        page=f"registrars/{registrar}/domains",
        values={
            "registrar": REGISTRAR_CLASSES[registrar].name,
            "count": len(concern),
            "waiting": [*listed, *(["…"] if len(concern) > MAX_LISTED else [])],
        },
        at=ctx.at,
    )
