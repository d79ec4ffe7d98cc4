"""Commands by which staff change what counts for a client: his state, tax, dunning."""

from datetime import datetime

import click

from commerce.cli import ready
from commerce.cli.clients import client, find
from commerce.cli.hosting import do

__all__ = ["client"]  # the group, with all its commands

whom = click.argument("client", metavar="CLIENT")
why = click.option("--reason", required=True, metavar="TEXT", help="For the audit log.")


@client.command()
@whom
@why
def suspend(client: str, *, reason: str) -> None:
    """Let CLIENT (id or billing e-mail) sign in, read and pay, but order nothing new. Services stay as they are."""
    ready.django()
    from commerce.accounts.actions import suspend_client

    row = find(client)
    do(suspend_client, client=row, reason=reason)
    ready.say(f"{row} is suspended.")


@client.command()
@whom
@why
def reopen(client: str, *, reason: str) -> None:
    """Make a suspended or closed CLIENT active again. Services that were ended stay so."""
    ready.django()
    from commerce.accounts.actions import reopen_client

    row = find(client)
    do(reopen_client, client=row, reason=reason)
    ready.say(f"{row} is active.")


@client.command()
@whom
@why
@click.option(
    "--end-everything",
    is_flag=True,
    help="Cancel waiting orders, services and domains, and void open invoices.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def close(client: str, *, reason: str, end_everything: bool, yes: bool) -> None:
    """End the relation to CLIENT: no sign-in, no API, no renewals. Credit that is left is listed for pay-out."""
    ready.django()
    from commerce.orders.actions import close_account

    row = find(client)
    if end_everything and not yes:
        click.confirm(f"End all services and domains of {row}, client {row.pk}?", abort=True)
    left = do(close_account, client=row, reason=reason, end_everything=end_everything)
    ready.say(f"{row} is closed.")
    for money in left:
        ready.say(f"Credit to pay out: {money}. See: commerce credit payout --help")


@client.command()
@whom
@click.option("--reason", required=True, metavar="TEXT", help="Stands on the invoices as a note.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Last day. [default: none]"
)
@click.option("--lift", is_flag=True, help="Tax the client like others again.")
def exempt(client: str, *, reason: str, until: datetime | None, lift: bool) -> None:
    """Charge CLIENT no tax, or end that. Issued invoices do not change."""
    ready.django()
    from commerce.accounts.actions import end_exemption, exempt_client
    from commerce.kit.errors import Refused

    row, day = find(client), until.date() if until else None
    if lift and day:
        raise Refused("Say either --until DATE or --lift.")
    if lift:
        do(end_exemption, client=row, reason=reason)
        ready.say(f"{row} is taxed.")
        return
    do(exempt_client, client=row, reason=reason, until=day)
    ready.say(f"{row} is exempt from tax {f'through {day}' if day else 'for good'}.")


@client.command()
@whom
@click.argument("switch", type=click.Choice(("on", "off")))
@why
def dunning(client: str, *, switch: str, reason: str) -> None:
    """Switch reminders, late fees, suspension and termination for CLIENT on or off."""
    ready.django()
    from commerce.accounts.actions import set_dunning

    row = find(client)
    do(set_dunning, client=row, on=switch == "on", reason=reason)
    ready.say(f"Dunning of {row} is {switch}.")
