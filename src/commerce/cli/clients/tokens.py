"""Commands about API tokens."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

import click

from commerce.accounts.actions.api_writes.bindable import BoundRecord
from commerce.accounts.actions.tokens import MAX_OVERLAP_MINUTES, create_token, rotate_token
from commerce.accounts.finding import find_client
from commerce.accounts.models import READING_SCOPES, SCOPES, ApiToken, Client, Membership, User
from commerce.accounts.records.clients import TOKEN_FIELDS
from commerce.accounts.rules import BoundKind, TokenStatus
from commerce.cli.acts import add_acts
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list
from commerce.config import console
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.presentation.records import Record
from commerce.record_acts.clients import TOKEN_ACTS


@click.group()
def token() -> None:
    """Manage API tokens of clients."""


@token.command()
@click.argument("client")
@click.option(
    "--name", required=True, help="Name of the token, unique among the client's active tokens."
)
@click.option(
    "--scopes",
    metavar="LIST",
    help="Comma-separated, such as services:read,invoices:read. [default: all that read]",
)
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Last day the token is valid (UTC).",
)
@click.option(
    "--network",
    "networks",
    multiple=True,
    metavar="CIDR",
    help="Restrict the token to this network. Can be repeated.",
)
@click.option(
    "--only",
    "records",
    multiple=True,
    metavar="KIND:ID",
    help="Restrict the token to this service, domain, or zone, such as service:12. Can be repeated.",
)
@click.option("--by", metavar="EMAIL", help="Member who owns the token. [default: the first owner]")
def create(
    client: str,
    *,
    name: str,
    scopes: str | None,
    expires: datetime | None,
    networks: tuple[str, ...],
    records: tuple[str, ...],
    by: str | None,
) -> None:
    """Create an API token for CLIENT (ID or billing email) and print it.

    The token is printed to standard output and can't be shown again.

    \b
    Example:
      commerce token create alice@example.com --name "accounting sync" --scopes invoices:read --network 203.0.113.0/24
    """
    wanted = [
        part.strip() for part in (scopes or ",".join(READING_SCOPES)).split(",") if part.strip()
    ]
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise click.BadParameter(
            f"{', '.join(unknown)} (available: {', '.join(SCOPES)})", param_hint="--scopes"
        )
    owner_of = find_client(client)
    made, plain = create_token(
        client=owner_of,
        maker=find_token_maker(owner_of, by),
        name=name,
        scopes=wanted,
        expires_on=expires.date() if expires else None,
        networks=networks,
        bound_to=[_bound_record(one) for one in records],
        ctx=operator_context(),
    )
    console.print_message(
        f"Token {made.pk}, {made.name}, of client {owner_of.pk}, {owner_of.name}:"
    )
    click.echo(plain)


def _bound_record(text: str) -> BoundRecord:
    kind, _, number = text.partition(":")
    if kind not in list(BoundKind) or not number.isdecimal():
        raise click.BadParameter(
            f"{text} (such as service:12; kinds: {', '.join(BoundKind)})", param_hint="--only"
        )
    return kind, int(number)


def find_token_maker(client: Client, email: str | None) -> User:
    """The member with this e-mail, or the oldest active owner. Raises ``BusinessError`` when there is none."""
    members = (
        Membership.objects.for_client(client).order_by("created_at", "id").select_related("user")
    )
    if email is None:
        member = members.active_owners().first()
    else:
        member = members.filter(user__email__iexact=email, user__is_active=True).first()
    if member is None:
        if email:
            raise BusinessError(
                "client.no_such_member", id=client.pk, name=client.name, email=email
            )
        raise BusinessError("client.no_active_owner", id=client.pk, name=client.name)
    return member.user


@token.command()
@click.argument("number", metavar="TOKEN", type=int)
@click.option(
    "--overlap",
    type=click.IntRange(0, MAX_OVERLAP_MINUTES),
    default=60,
    show_default=True,
    metavar="MINUTES",
    help="How long the current secret keeps working.",
)
def rotate(number: int, *, overlap: int) -> None:
    """Give the API token TOKEN (ID) a new secret and print it.

    The secret is printed to standard output and can't be shown again. Name, scopes, networks and expiration stay.

    \b
    Example:
      commerce token rotate 12 --overlap 0
    """
    rotated = rotate_token(
        token=find_token(number), overlap_minutes=overlap, ctx=operator_context()
    )
    console.print_message(f"New secret of token {rotated.token.pk}, {rotated.token.name}:")
    click.echo(rotated.plain)


LISTED = (
    *("id", "name", "status", "scopes", "networks", "expires_on", "made_by", "last_used_at"),
    *("last_used_from", "requests_in_30_days"),
)
"""What the table of the list shows of each token."""


@token.command("list")
@click.argument("client")
@json_option
def list_(client: str, *, as_json: bool) -> None:
    """List API tokens of CLIENT (ID or billing email), newest first."""
    today = clock.now().date()
    tokens = ApiToken.objects.for_client(find_client(client)).newest_first().with_requests(today)
    records = [token_record(row, today) for row in TOKEN_FIELDS.with_related(tokens)]
    print_list(records, as_json=as_json, none="No tokens.", table=map(_token_row, records))


def token_record(row: ApiToken, today: date) -> dict[str, Any]:
    is_expired = row.expires_on is not None and row.expires_on < today
    return TOKEN_FIELDS.read(row) | {
        "status": "expired" if row.status == TokenStatus.LIVE and is_expired else row.status,
        "requests_in_30_days": cast(Any, row).requests,  # as annotated
    }


_SETS_OF_SCOPES = {tuple(SCOPES): "all", READING_SCOPES: "reading"}
"""What a list says in place of many."""


def _token_row(record: Mapping[str, Any]) -> Record:
    said = {
        "scopes": _SETS_OF_SCOPES.get(tuple(record["scopes"]), record["scopes"]),
        "networks": record["networks"] or "any",
        "expires_on": record["expires_on"] or "never",
        "last_used_at": record["last_used_at"] or "never",
    }
    return {name: said.get(name, record[name]) for name in LISTED}


def find_token(number: int) -> ApiToken:
    """The API token with this id. Raises ``BusinessError``."""
    found = ApiToken.objects.filter(pk=number).select_related("client").first()
    if found is None:
        raise BusinessError("api_token.unknown", id=number)
    return found


add_acts(token, TOKEN_ACTS, find_token, TOKEN_FIELDS.read)
