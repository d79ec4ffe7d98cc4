"""Commands about disputes: what gateways reported, and what staff recorded from a bank's letter."""

import click

from commerce.cli.acts import add_acts
from commerce.cli.lookup import find_dispute
from commerce.cli.output import json_option, print_rows
from commerce.payments.models import Dispute
from commerce.payments.records.payments import DISPUTE_FIELDS
from commerce.record_acts.money import DISPUTE_ACTS


@click.group()
def dispute() -> None:
    """Manage disputes (chargebacks) of payments."""


@dispute.command("list")
@click.option("--all", "every", is_flag=True, help="Include won and lost ones.")
@json_option
def list_disputes(*, every: bool, as_json: bool) -> None:
    """List disputes, the most urgent first."""
    found = DISPUTE_FIELDS.with_related(Dispute.objects.order_by("due_by", "id"))
    found = found if every else found.open()
    shown = "id payment gateway reference amount status due_by reason opened_at"
    print_rows(DISPUTE_FIELDS, found, shown, as_json=as_json, none="No disputes.")


add_acts(dispute, DISPUTE_ACTS, find_dispute, DISPUTE_FIELDS.read)
