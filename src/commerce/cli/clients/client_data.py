"""Commands for a client's documented request about their personal data (accounts.md 10)."""

import click

from commerce.accounts.data_export.actions import request_data_export
from commerce.accounts.erasure.actions.requests import request_erasure, withdraw_erasure
from commerce.accounts.finding import find_client
from commerce.cli.clients.client_flags import client
from commerce.cli.clients.clients import whom
from commerce.cli.lookup import operator_context
from commerce.config import console

__all__ = ["client"]  # the group, with all its commands


@client.command("export-data")
@whom
def export_data(client: str) -> None:
    """Prepare everything stored about CLIENT as a ZIP file. Its owners download it in the portal, within 7 days."""
    row = find_client(client)
    request_data_export(client=row, ctx=operator_context())
    console.print_message(f"The export of {row} is being prepared. Its owners get an email.")


@client.command("erase-data")
@whom
@click.option("--reason", metavar="TEXT", help="Reason for the audit log.")
@click.option("--withdraw", is_flag=True, help="Withdraw the request instead.")
@click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")
def erase_data(client: str, *, reason: str | None, withdraw: bool, yes: bool) -> None:
    """Have the personal data of CLIENT erased after 14 days. Invoices stay for as long as the law asks.

    \b
    Examples:
      commerce client erase-data alice@example.com --reason "Letter of 12 March"
      commerce client erase-data alice@example.com --withdraw
    """
    row = find_client(client)
    if withdraw is bool(reason):
        raise click.UsageError("Use --reason or --withdraw.")
    if withdraw:
        withdraw_erasure(client=row, ctx=operator_context())
        console.print_message(f"The data of {row} stays.")
        return
    if not yes:
        click.confirm(f"Erase the data of {row}, client {row.pk}, after 14 days?", abort=True)
    request_erasure(client=row, reason=reason or "", ctx=operator_context())
    console.print_message(f"Erasure of {row} is requested. All owners were emailed.")
