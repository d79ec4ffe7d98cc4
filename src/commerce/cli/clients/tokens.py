"""Commands about API tokens."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import click

from commerce.accounts.rules import TokenStatus
from commerce.cli.lookup import find_client, operator_context
from commerce.cli.param_types import WholeNumber
from commerce.config import console

if TYPE_CHECKING:
    from commerce.accounts.models import ApiToken, Client, User


@click.group()
def token() -> None:
    """Make, list and revoke API tokens of a client."""


@token.command()
@click.argument("client")
@click.option(
    "--name", required=True, help="What the token is for; unique among the client's live ones."
)
@click.option(
    "--scopes", metavar="LIST", help="Such as services:read,invoices:read. [default: all]"
)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Last day, UTC.")
@click.option(
    "--network",
    "networks",
    multiple=True,
    metavar="CIDR",
    help="Valid from there only; repeatable.",
)
@click.option("--by", metavar="EMAIL", help="The member who makes it. [default: the oldest owner]")
def create(
    client: str,
    *,
    name: str,
    scopes: str | None,
    expires: datetime | None,
    networks: tuple[str, ...],
    by: str | None,
) -> None:
    """Make a token for CLIENT (an id or a billing e-mail) and print it.

    The token alone goes to standard output, this once: it is kept nowhere.
    """
    console.load_django()
    from commerce.accounts.actions.tokens import create_token
    from commerce.accounts.models import SCOPES

    wanted = [part.strip() for part in (scopes or ",".join(SCOPES)).split(",") if part.strip()]
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise click.BadParameter(
            f"{', '.join(unknown)} (there are {', '.join(SCOPES)})", param_hint="--scopes"
        )
    owner_of = find_client(client)
    made, plain = create_token(
        client=owner_of,
        maker=find_token_maker(owner_of, by),
        name=name,
        scopes=wanted,
        expires_on=expires.date() if expires else None,
        networks=networks,
        ctx=operator_context(),
    )
    console.print_message(
        f"Token {made.pk}, {made.name}, of client {owner_of.pk}, {owner_of.name}:"
    )
    click.echo(plain)


def find_token_maker(client: "Client", email: str | None) -> "User":
    """The member with this e-mail, or the oldest active owner. Raises ``BusinessError`` when there is none."""
    from commerce.accounts.models import Membership
    from commerce.kit.errors import BusinessError

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


@token.command("list")
@click.argument("client")
def list_(client: str) -> None:
    """List the tokens of CLIENT (an id or a billing e-mail), newest first."""
    console.load_django()
    from commerce.accounts.models import ApiToken
    from commerce.kit import clock

    today = clock.now().date()
    tokens = ApiToken.objects.for_client(find_client(client)).newest_first().with_requests(today)
    rows = list(tokens.select_related("maker"))
    if not rows:
        console.print_message("No tokens.")
        return
    table: list[tuple[str, ...]] = [
        (
            "ID",
            "NAME",
            "STATE",
            "SCOPES",
            "NETWORKS",
            "EXPIRES",
            "MADE BY",
            "LAST USED",
            "REQUESTS, 30 DAYS",
        )
    ]
    table += [
        _row(row, expired=row.expires_on is not None and row.expires_on < today) for row in rows
    ]
    console.table(table)


def _row(token: "ApiToken", *, expired: bool) -> tuple[str, ...]:
    from commerce.accounts.models import SCOPES

    used = f"{token.last_used_at:%Y-%m-%d %H:%M} UTC" if token.last_used_at else "never"
    return (
        str(token.pk),
        token.name,
        "expired" if token.status == TokenStatus.LIVE and expired else token.status,
        "all" if len(token.scopes) == len(SCOPES) else ",".join(token.scopes),
        ",".join(token.networks) or "any",
        str(token.expires_on or "never"),
        token.maker.email,
        f"{used} from {token.last_used_from}" if token.last_used_from else used,
        str(cast(Any, token).requests),  # as annotated
    )


@token.command()
@click.argument("token_id", metavar="ID", type=WholeNumber(min=1))
def revoke(token_id: int) -> None:
    """End a token: the next request with it is refused, on every node."""
    console.load_django()
    from commerce.accounts.actions.tokens import revoke_token
    from commerce.accounts.models import ApiToken
    from commerce.kit.errors import BusinessError

    found = ApiToken.objects.filter(pk=token_id).select_related("client").first()
    if found is None:
        raise BusinessError("api_token.unknown", id=token_id)
    if found.status != TokenStatus.LIVE:
        raise BusinessError("api_token.not_live", id=token_id, name=found.name, status=found.status)
    revoke_token(token=found, ctx=operator_context())
    console.print_message(
        f"Revoked token {token_id}, {found.name}, of client {found.client_id}, {found.client}."
    )
