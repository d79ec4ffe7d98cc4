"""Commands about plan changes: requests that wait for staff or money, and what became of them (billing.md 8)."""

from typing import Any

import click

from commerce.accounts.finding import find_client
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.figures_today import FiguresToday
from commerce.billing.changes.plan_changes.rules import (
    OPEN_PLAN_CHANGE_STATUSES,
    PlanChangeStatus,
)
from commerce.billing.models import CreditNote, PlanChange
from commerce.billing.records import PLAN_CHANGE_FIELDS
from commerce.cli.acts import add_acts
from commerce.cli.lookup import find_plan_change, operator_context
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.kit.money import Money
from commerce.record_acts.sales import PLAN_CHANGE_ACTS
from commerce.site_settings import current


@click.group("plan-change")
def plan_change() -> None:
    """Manage plan changes and what is paid for them.

    Plan changes are identified by payment reference or ID.
    """


@plan_change.command("list")
@click.option("--client", metavar="CLIENT", help="Filter by client (ID or billing email).")
@click.option("--state", type=EnumChoice(PlanChangeStatus), help="Filter by status.")
@click.option("--limit", type=WholeNumber(1, 10_000), default=50, show_default=True)
@json_option
def list_(*, client: str | None, state: str | None, limit: int, as_json: bool) -> None:
    """List plan changes, newest first."""
    rows = PLAN_CHANGE_FIELDS.with_related(PlanChange.objects.order_by("-pk"))
    if client:
        rows = rows.for_client(find_client(client))
    if state:
        rows = rows.filter(status=state)
    shown = "id status service product billing_cycle difference last_day"
    print_rows(PLAN_CHANGE_FIELDS, rows[:limit], shown, as_json=as_json, none="No plan changes.")


@plan_change.command()
@click.argument("number", metavar="PLAN_CHANGE")
@json_option
def show(*, number: str, as_json: bool) -> None:
    """Show a plan change with its documents, and what it would cost today while it is open."""
    row = find_plan_change(number)
    code, notes = row.service.currency_id, CreditNote.objects.filter(plan_change=row)
    record = PLAN_CHANGE_FIELDS.read(row) | {
        "to_pay": Money(
            amount_to_pay(row) if row.status == PlanChangeStatus.AWAITING_PAYMENT else 0, code
        ),
        "credit_notes": [
            {"number": one.number, "invoice": str(one.invoice), "total": Money(one.total, code)}
            for one in notes.select_related("invoice").order_by("pk")
        ],
    }
    if row.status in OPEN_PLAN_CHANGE_STATUSES:
        record |= _today(row)
    print_record(record, as_json=as_json)


def _figures_today(row: PlanChange) -> FiguresToday:
    return FiguresToday.of(row, current.business_date(operator_context().at))


def _today(row: PlanChange) -> dict[str, Any]:
    figures, code = _figures_today(row), row.service.currency_id
    return {
        "problem": figures.problem,
        "today": [
            {
                "item": one.label,
                "details": " · ".join(one.details),
                "amount": Money(one.amount, code),
            }
            for one in figures.rows()
        ],
    }


add_acts(
    plan_change,
    PLAN_CHANGE_ACTS,
    find_plan_change,
    PLAN_CHANGE_FIELDS.read,
    id_type=click.STRING,
    id_name="plan_change",
)
