"""Commands about plan changes: requests that wait for staff or money, and what became of them (billing.md 8)."""

from dataclasses import replace
from typing import Any

import click

from commerce.accounts.finding import find_client
from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.figures_today import FiguresToday
from commerce.billing.changes.plan_changes.rules import (
    OPEN_PLAN_CHANGE_STATUSES,
    DecisionTotals,
    PlanChangeStatus,
)
from commerce.billing.models import CreditNote, PlanChange
from commerce.billing.records import PLAN_CHANGE_FIELDS
from commerce.cli.acts import add_acts
from commerce.cli.lookup import find_plan_change, operator_context
from commerce.cli.money.payment_input import confirm
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.config import console
from commerce.kit.money import Money, parse_amount
from commerce.record_acts import PLAN_CHANGE_ACTS
from commerce.site_settings import current

note_option = click.option("--note", default="", metavar="TEXT", help="Note that the client sees.")
expect_option = click.option(
    "--expect", metavar="AMOUNT", help="Only if this much is left to pay, with tax."
)


def _expected_totals(figures: FiguresToday, expect: str | None) -> DecisionTotals | None:
    """What was seen: the figures that are confirmed now, of which an amount was given."""
    if expect is None or figures.totals is None:
        return figures.totals
    return replace(figures.totals, due=parse_amount(expect, figures.change.service.currency_id))


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


@plan_change.command()
@click.argument("number", metavar="PLAN_CHANGE")
@note_option
@expect_option
def approve(*, number: str, note: str, expect: str | None) -> None:
    """Approve a plan change at current prices."""
    row, ctx = find_plan_change(number), operator_context()
    expected = _expected_totals(_figures_today(row), expect)
    actions.approve_plan_change(change=row, note=note, expected=expected, ctx=ctx)
    console.print_message(f"The plan change is now {row.status}.")


@plan_change.command("on-account")
@click.argument("number", metavar="PLAN_CHANGE")
@note_option
@expect_option
@click.option("--yes", is_flag=True, help="Don't ask for confirmation.")
def on_account(*, number: str, note: str, expect: str | None, yes: bool) -> None:
    """Carry an open plan change out before it is paid. Its invoice is due like any other.

    \b
    Example:
      commerce plan-change on-account RF15PC0000000001 --yes
    """
    row, ctx = find_plan_change(number), operator_context()
    figures = _figures_today(row)
    if not yes and not figures.problem and not actions.open_plan_change_blocked_reason(row, ctx):
        due = Money(figures.due, row.service.currency_id)
        confirm(
            f"Change {row.service} to {row.new_plan} now? {due} becomes due on {figures.due_date}."
        )
    actions.carry_out_on_account(
        change=row, note=note, expected=_expected_totals(figures, expect), ctx=ctx
    )
    console.print_message(_outcome(row))


def _outcome(row: PlanChange) -> str:
    if row.invoice is None or not row.invoice.amount_due:
        return "The plan has changed. Nothing is due."
    due = Money(row.invoice.amount_due, row.invoice.currency_id)
    return f"The plan has changed. {due} of invoice {row.invoice} is due on {row.invoice.due_date}."


add_acts(
    plan_change,
    PLAN_CHANGE_ACTS,
    find_plan_change,
    PLAN_CHANGE_FIELDS.read,
    id_type=click.STRING,
    id_name="plan_change",
)
