"""Commands about transfers to us, ordered, continued with another code, or called off; and about names that never
came."""

import sys

import click

from commerce.cli.domains.find import find_domain
from commerce.cli.domains.names import (
    domain,
    extra_option,
    holder_option,
    no_invoice_option,
    place_names,
)
from commerce.cli.lookup import operator_context
from commerce.config import console
from commerce.domains.actions.transfers import cancel_transfer, give_new_code
from commerce.domains.rules import DomainStatus
from commerce.orders.actions.undelivered import credit_undelivered_domain
from commerce.presentation.idn import stored_name

__all__ = ["domain"]  # the group, with all its commands


@domain.command()
@click.argument("name")
@click.option("--client", metavar="CLIENT", help="Client to transfer it for (ID or billing email).")
@holder_option
@extra_option
@no_invoice_option
@click.option("--new-code", is_flag=True, help="Continue a transfer that waits for a code.")
@click.option("--cancel", is_flag=True, help="Cancel a transfer in progress.")
def transfer(
    name: str,
    *,
    client: str | None,
    holder: tuple[str, ...],
    extra: tuple[str, ...],
    no_invoice: bool,
    new_code: bool,
    cancel: bool,
) -> None:
    """Order the transfer of NAME for a client, and print the order's number. It starts once it's paid.

    Prompts for the authorization code, or reads it from standard input. Nameservers stay as they are. --new-code and
    --cancel are for a transfer in progress.

    \b
    Examples:
      commerce domain transfer acme.com --client alice@example.com
      commerce domain transfer acme.com --new-code
    """
    if sum((client is not None, new_code, cancel)) != 1:
        raise click.UsageError("Use --client, --new-code, or --cancel.")
    if client is not None:
        name = stored_name(name)
        place_names(
            client,
            with_invoice=not no_invoice,
            transfers=[name],
            holder=holder,
            extra=[f"{name}:{pair}" for pair in extra],
        )
        return
    row, ctx = find_domain(name), operator_context()
    if new_code:
        give_new_code(domain=row, code=_typed_code(), ctx=ctx)
        console.print_message(f"The transfer of {row.domain_name} continues.")
    else:
        cancel_transfer(domain=row, ctx=ctx)
        row.refresh_from_db()
        done = "canceled" if row.status == DomainStatus.CANCELLED else "being canceled"
        console.print_message(f"The transfer of {row.domain_name} is {done}.")


@domain.command()
@click.argument("name")
def credit(name: str) -> None:
    """Cancel domain NAME, which couldn't be registered, and credit its price to the client.

    Only for domains that were never registered. Cancel a transfer in progress with `commerce domain transfer --cancel`.
    """
    row = find_domain(name)
    credit_undelivered_domain(domain=row, ctx=operator_context())
    console.print_message(f"{row.domain_name} is canceled. What was left of its price is credited.")


def _typed_code() -> str:
    """What is typed at the terminal, unseen, or comes through a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.read().strip()
    typed: str = click.prompt("Authorization code", hide_input=True)
    return typed
