"""The command of transfers to us, ordered, or continued with another code."""

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
from commerce.domains.actions.transfers import give_new_code
from commerce.presentation.idn import stored_name

__all__ = ["domain"]  # the group, with all its commands


@domain.command()
@click.argument("name")
@click.option("--client", metavar="CLIENT", help="Client to transfer it for (ID or billing email).")
@holder_option
@extra_option
@no_invoice_option
@click.option("--new-code", is_flag=True, help="Continue a transfer that waits for a code.")
def transfer(
    name: str,
    *,
    client: str | None,
    holder: tuple[str, ...],
    extra: tuple[str, ...],
    no_invoice: bool,
    new_code: bool,
) -> None:
    """Order the transfer of NAME for a client, and print the order's number. It starts once it's paid.

    Prompts for the authorization code, or reads it from standard input. Nameservers stay as they are. --new-code is
    for a transfer in progress.

    \b
    Examples:
      commerce domain transfer acme.com --client alice@example.com
      commerce domain transfer acme.com --new-code
    """
    if (client is not None) == new_code:
        raise click.UsageError("Use --client or --new-code.")
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
    row = find_domain(name)
    give_new_code(domain=row, code=_typed_code(), ctx=operator_context())
    console.print_message(f"The transfer of {row.domain_name} continues.")


def _typed_code() -> str:
    """What is typed at the terminal, unseen, or comes through a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.read().strip()
    typed: str = click.prompt("Authorization code", hide_input=True)
    return typed
