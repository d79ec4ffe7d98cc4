"""Commands about transfers that clients say they have made."""

from datetime import datetime

import click

from commerce.cli.acts import add_acts
from commerce.cli.lookup import (
    date_or_today,
    find_transfer_notice,
    operator_context,
)
from commerce.cli.money.payment_input import received, run_with_confirmation, yes
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import WholeNumber
from commerce.kit.money import parse_amount
from commerce.payments.actions.transfer_notices import confirm_transfer_notice
from commerce.payments.models import TransferNotice
from commerce.payments.records.payments import PAYMENT_FIELDS, TRANSFER_NOTICE_FIELDS
from commerce.record_acts.money import TRANSFER_NOTICE_ACTS


@click.group("transfer-notice")
def transfer_notice() -> None:
    """Manage bank transfers reported by clients."""


@transfer_notice.command("list")
@click.option("--all", "every", is_flag=True, help="Include confirmed, rejected, and expired ones.")
@json_option
def list_transfer_notices(*, every: bool, as_json: bool) -> None:
    """List reported transfers, oldest first."""
    rows = TransferNotice.objects.select_related("plan_change__service").order_by("id")
    found = TRANSFER_NOTICE_FIELDS.with_related(rows)
    found = found if every else found.open()
    shown = "id invoice plan_change client amount reference submitted_at status"
    print_rows(TRANSFER_NOTICE_FIELDS, found, shown, as_json=as_json, none="No reported transfers.")


@transfer_notice.command()
@click.argument("notice_id", metavar="ID", type=WholeNumber(min=1))
@click.argument("amount")
@click.option("--reference", default="", metavar="TEXT", help="Reference on the bank statement.")
@received
@yes
@json_option
def confirm(
    notice_id: int,
    amount: str,
    *,
    reference: str,
    received_on: datetime | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Confirm a reported transfer and record AMOUNT as received."""
    row = find_transfer_notice(notice_id)
    minor = parse_amount(amount, row.currency_code)
    day, ctx = date_or_today(received_on), operator_context()
    booked = run_with_confirmation(
        lambda confirmed: confirm_transfer_notice(
            notice=row,
            amount=minor,
            received_on=day,
            reference=reference,
            confirmed=confirmed,
            ctx=ctx,
        ),
        yes=yes,
    )
    print_record(PAYMENT_FIELDS.read(booked), as_json=as_json)


add_acts(transfer_notice, TRANSFER_NOTICE_ACTS, find_transfer_notice, TRANSFER_NOTICE_FIELDS.read)
