"""Commands about names that a registrar does not have, and about jobs that stopped there."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import click

from commerce.cli.domains.find import find_domain
from commerce.cli.domains.registrars import registrar
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list
from commerce.config import console
from commerce.domains.actions.losses import end_missing_names, request_domains_back
from commerce.domains.actions.registry_messages import read_messages
from commerce.domains.actions.sync_requests import request_syncs
from commerce.domains.models import Domain, RegistryMessage
from commerce.domains.registrars.brakes import lost_names, missing_names, open_brake
from commerce.domains.registrars.registry import check_registrar_exists, remote_name_of
from commerce.jobs.manual import retry_parked_jobs
from commerce.kit import clock
from commerce.site_settings.current import business_date

MOST_MESSAGES = 100
__all__ = ["registrar"]  # the group, with all its commands

slug_argument = click.argument("slug", metavar="REGISTRAR")
names_argument = click.argument("names", nargs=-1, metavar="[NAME]...")
all_option = click.option("--all", "is_all", is_flag=True, help="All that the list shows.")
reason_option = click.option("--reason", required=True, help="Reason for the audit log.")


def _chosen(names: Sequence[str], listed: Iterable[Domain], *, is_all: bool) -> list[Domain]:
    """The names that were typed, or all of the list."""
    if bool(names) == is_all:
        raise click.UsageError("Name the domains, or use --all.")
    return list(listed) if is_all else [find_domain(name) for name in names]


@registrar.command()
@slug_argument
@click.option("--ended", is_flag=True, help="List domains that ended because of it instead.")
@json_option
def missing(slug: str, *, ended: bool, as_json: bool) -> None:
    """List domains that REGISTRAR says it doesn't have.

    While too many are missing at once, none of them ends: check the account, the key, and the sandbox setting.
    """
    check_registrar_exists(slug)
    now = clock.now()
    if ended:
        records = [
            {"id": one.domain_id, "domain": str(one), "ended_at": one.ended_at}
            for one in lost_names(slug, now)
        ]
        print_list(records, as_json=as_json, none="No domains ended in the last 90 days.")
        return
    rows = missing_names(slug, business_date(now))
    records = [
        {"id": row.pk, "domain": row.domain_name, "status": row.status, "asked_at": row.synced_at}
        for row in rows
    ]
    print_list(records, as_json=as_json, none="No domains are missing.")
    if open_brake(slug):
        console.print_message(
            f"Too many domains are missing at {slug}, so none of them ends. Use `ask-again` or `end-missing`."
        )


@registrar.command("ask-again")
@slug_argument
def ask_again(slug: str) -> None:
    """Ask REGISTRAR again about its missing domains."""
    check_registrar_exists(slug)
    ctx = operator_context()
    asked = request_syncs(domains=missing_names(slug, business_date(ctx.at)), ctx=ctx)
    console.print_message(f"Domains being asked about: {asked}.")


@registrar.command("end-missing")
@slug_argument
@names_argument
@all_option
@reason_option
def end_missing(slug: str, names: tuple[str, ...], *, is_all: bool, reason: str) -> None:
    """End missing domains that are really gone from REGISTRAR.

    \b
    Example:
      commerce registrar end-missing opensrs acme.com --reason "Transferred away"
    """
    check_registrar_exists(slug)
    ctx = operator_context()
    domains = _chosen(names, missing_names(slug, business_date(ctx.at)), is_all=is_all)
    ended = end_missing_names(registrar=slug, domains=domains, reason=reason, ctx=ctx)
    console.print_message(f"Ended domains: {len(ended)}.")


@registrar.command("bring-back")
@slug_argument
@names_argument
@all_option
@reason_option
def bring_back(slug: str, names: tuple[str, ...], *, is_all: bool, reason: str) -> None:
    """Bring back domains that ended because REGISTRAR didn't have them.

    REGISTRAR is asked about each. If it has the domain, the domain is active again with the registrar's expiry date.

    \b
    Example:
      commerce registrar bring-back opensrs --all --reason "Wrong account"
    """
    check_registrar_exists(slug)
    ctx = operator_context()
    listed = (one.domain for one in lost_names(slug, ctx.at))
    domains = _chosen(names, listed, is_all=is_all)
    asked = request_domains_back(domains=domains, reason=reason, ctx=ctx)
    console.print_message(f"Domains being brought back: {asked}.")


@registrar.command()
@slug_argument
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only jobs that failed on or after this day (UTC).",
)
def retry(slug: str, *, since: datetime | None) -> None:
    """Retry all failed jobs of REGISTRAR, once it works again.

    \b
    Example:
      commerce registrar retry opensrs --since 2026-11-27
    """
    check_registrar_exists(slug)
    start = since and since.replace(tzinfo=UTC)
    remote, ctx = remote_name_of(slug), operator_context()
    console.print_message(f"Queued jobs: {retry_parked_jobs(remote=remote, since=start, ctx=ctx)}.")


@registrar.command()
@slug_argument
@click.option("--read", is_flag=True, help="First read and acknowledge what waits there.")
@json_option
def messages(slug: str, *, read: bool, as_json: bool) -> None:
    """List the messages that the registry of REGISTRAR left, newest first. They are read every day."""
    check_registrar_exists(slug)
    if read:
        read_messages(registrar=slug, ctx=operator_context())
    rows = RegistryMessage.objects.filter(registrar=slug).order_by("-pk")[:MOST_MESSAGES]
    records = [
        {
            "read_at": row.read_at,
            "queued_at": row.queued_at,
            "kind": row.kind,
            "domain": row.about,
            "text": row.text,
        }
        for row in rows
    ]
    print_list(records, as_json=as_json, none="No messages.")
