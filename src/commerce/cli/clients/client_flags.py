"""Commands by which staff change what counts for a client: state, tax, dunning."""

from datetime import datetime

import click

from commerce.accounts.actions.client_flags import end_exemption, exempt_client, set_dunning
from commerce.accounts.actions.clients import reopen_client, suspend_client
from commerce.accounts.finding import find_client
from commerce.cli.clients.clients import client, whom
from commerce.cli.lookup import operator_context
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.orders.actions.account_closing import close_client_account

__all__ = ["client"]  # the group, with all its commands

why = click.option("--reason", required=True, metavar="TEXT", help="Reason for the audit log.")


@client.command()
@whom
@why
def suspend(client: str, *, reason: str) -> None:
    """Suspend CLIENT (ID or billing email). Members can still sign in and pay, but can't order. Services continue."""
    row = find_client(client)
    suspend_client(client=row, reason=reason, ctx=operator_context())
    console.print_message(f"{row} is suspended.")


@client.command()
@whom
@why
def reopen(client: str, *, reason: str) -> None:
    """Reactivate a suspended or closed CLIENT. Services that have ended stay ended."""
    row = find_client(client)
    reopen_client(client=row, reason=reason, ctx=operator_context())
    console.print_message(f"{row} is active.")


@client.command()
@whom
@why
@click.option(
    "--end-everything",
    is_flag=True,
    help="Cancel pending orders, services, and domains, and void open invoices.",
)
@click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")
def close(client: str, *, reason: str, end_everything: bool, yes: bool) -> None:
    """Close the account of CLIENT: no sign-in, API, or renewals. Lists the credit balance to pay out."""
    row = find_client(client)
    if end_everything and not yes:
        click.confirm(f"End all services and domains of {row}, client {row.pk}?", abort=True)
    left = close_client_account(
        client=row, reason=reason, end_everything=end_everything, ctx=operator_context()
    )
    console.print_message(f"{row} is closed.")
    for money in left:
        console.print_message(f"Credit to pay out: {money}. See: commerce credit payout --help")


@client.command()
@whom
@click.option("--reason", required=True, metavar="TEXT", help="Reason, shown on invoices.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Last day of the exemption. [default: no end]",
)
@click.option("--lift", is_flag=True, help="End the exemption.")
def exempt(client: str, *, reason: str, until: datetime | None, lift: bool) -> None:
    """Exempt CLIENT from tax, or end the exemption. Issued invoices don't change."""
    row, day = find_client(client), until.date() if until else None
    if lift and day:
        raise BusinessError("command.until_or_lift")
    if lift:
        end_exemption(client=row, reason=reason, ctx=operator_context())
        console.print_message(f"{row} is no longer exempt from tax.")
        return
    exempt_client(client=row, reason=reason, until=day, ctx=operator_context())
    console.print_message(f"{row} is exempt from tax {f'through {day}' if day else 'for good'}.")


@client.command()
@whom
@click.argument("switch", type=click.Choice(("on", "off")))
@why
def dunning(client: str, *, switch: str, reason: str) -> None:
    """Turn reminders, late fees, suspension, and termination on or off for CLIENT.

    \b
    Example:
      commerce client dunning alice@example.com off --reason "pays by check"
    """
    row = find_client(client)
    set_dunning(client=row, on=switch == "on", reason=reason, ctx=operator_context())
    console.print_message(f"Dunning for {row} is {switch}.")
