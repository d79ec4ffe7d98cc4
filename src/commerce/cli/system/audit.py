"""Commands about the audit log: who did what, when and from where."""

from datetime import datetime, time, timedelta
from typing import Any

import click
from django.db.models import Q

from commerce.accounts.finding import find_client
from commerce.audit.models import AuditEntry
from commerce.cli.output import json_option, print_json
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.site_settings import current

DATE_OPTION = click.DateTime(["%Y-%m-%d"])


@click.group()
def audit() -> None:
    """View the audit log."""


@audit.command("list")
@click.option(
    "--who",
    metavar="WHO",
    help="Filter by actor: part of a name or email, or system, member, or staff.",
)
@click.option(
    "--action",
    metavar="ACTION",
    help="Filter by action, such as invoice.paid, or invoice for all.",
)
@click.option("--record", "of", metavar="KIND[:ID]", help="Filter by record, such as service:12.")
@click.option("--client", metavar="CLIENT", help="Filter by client (ID or billing email).")
@click.option("--from", "first", type=DATE_OPTION, metavar="DATE", help="First day.")
@click.option("--to", "last", type=DATE_OPTION, metavar="DATE", help="Last day.")
@click.option("--limit", type=WholeNumber(1, 50_000), default=100, show_default=True)
@json_option
def list_(
    *,
    who: str | None,
    action: str | None,
    of: str | None,
    client: str | None,
    first: datetime | None,
    last: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """List entries, newest first. Days are in the current business time zone.

    The setting retention.audit_years defines how long entries are kept.

    \b
    Example:
      commerce audit list --record service:12 --from 2030-01-01 --json
    """
    rows = AuditEntry.objects.newest_first()
    if who:
        rows = rows.filter(Q(actor_kind=who) | Q(actor_name__icontains=who))
    if action:
        rows = rows.filter(Q(action=action) | Q(action__startswith=f"{action}."))
    if of:
        rows = rows.filter(**_record(of))
    if client:
        rows = rows.filter(client_id=find_client(client).pk)
    if first:
        rows = rows.filter(at__gte=datetime.combine(first.date(), time(), current.business_zone()))
    if last:
        end = last.date() + timedelta(days=1)
        rows = rows.filter(at__lt=datetime.combine(end, time(), current.business_zone()))
    found = list(rows[:limit])
    if as_json:
        print_json([audit_record(row) for row in found])
        return
    if not found:
        console.print_message("No entries found.")
    for row in found:
        click.echo(_line(row))


def _record(typed: str) -> dict[str, Any]:
    kind, mark, number = typed.partition(":")
    if not mark:
        return {"record_kind": kind}
    if not (number.isascii() and number.isdecimal() and len(number) <= 18):
        raise click.BadParameter(
            "Use a record such as service:12, or service.", param_hint="--record"
        )
    return {"record_kind": kind, "record_id": int(number)}


def _line(row: AuditEntry) -> str:
    record = f"{row.record_kind}{f':{row.record_id}' if row.record_id is not None else ''}"
    parts = [
        f"{row.at:%Y-%m-%d %H:%M:%S}Z",
        row.action,
        f"{record} {row.record_name}".strip(),
        f"by {row.actor_name or row.actor_kind}",
        f"for client {row.for_client_id}" if row.for_client_id is not None else "",
        f"from {row.address}" if row.address else "",
        ", ".join(changes_of_entry(row)),
        f"({row.reason})" if row.reason else "",
    ]
    return "  ".join(" ".join(part.split()) for part in parts if part)


def changes_of_entry(row: AuditEntry) -> list[str]:
    """Each value that changed: ``status: active → suspended``, or what is known of one side."""
    told = row.told
    names = dict.fromkeys([*row.before, *told])
    return [
        f"{name}: {row.before[name]} → {told[name]}"
        if name in row.before and name in told
        else f"{name}: {told.get(name, row.before.get(name))}"
        for name in names
    ]


def audit_record(row: AuditEntry) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": row.at,
        "actor": {
            "kind": row.actor_kind,
            "id": row.actor_id,
            "name": row.actor_name,
            "for_client": row.for_client_id,
        },
        "address": row.address,
        "request_id": row.request_id,
        "action": row.action,
        "record": {"kind": row.record_kind, "id": row.record_id, "name": row.record_name},
        "client": row.client_id,
        "before": row.before,
        "after": row.after,
        "reason": row.reason,
        "staff_only": row.staff_only,
    }
