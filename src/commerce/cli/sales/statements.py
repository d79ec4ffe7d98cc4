"""Commands about statements of consumers: withdrawals and endings (support-and-content.md 9)."""

from dataclasses import replace
from datetime import datetime

import click
from django.utils.crypto import get_random_string

from commerce.accounts.finding import find_client
from commerce.cli.lookup import operator_context
from commerce.cli.money.payment_input import confirm
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import ROW_ID, EnumChoice, WholeNumber
from commerce.config import console
from commerce.consumers.actions import statements as actions
from commerce.consumers.actions.carrying_out import carry_out_statement
from commerce.consumers.finding import find_contract, find_statement
from commerce.consumers.labels import contract_label, outcome_text
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.records import STATEMENT_FIELDS
from commerce.consumers.rules import (
    EndingKind,
    StatementChannel,
    StatementKind,
    StatementStatus,
)
from commerce.consumers.working_out import work_out
from commerce.kit.money import parse_amount


@click.group()
def statement() -> None:
    """Manage withdrawals and cancellations of consumers.

    \b
    Examples:
      commerce statement list --status received
      commerce statement carry-out 3
    """


@statement.command("list")
@click.option("--client", metavar="CLIENT", help="Filter by client (ID or billing email).")
@click.option("--status", type=EnumChoice(StatementStatus), help="Filter by status.")
@click.option("--limit", type=WholeNumber(1, 10_000), default=50, show_default=True)
@json_option
def list_(*, client: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """List statements, newest first."""
    rows = STATEMENT_FIELDS.with_related(ConsumerStatement.objects.order_by("-pk"))
    if client:
        rows = rows.for_client(find_client(client))
    if status:
        rows = rows.filter(status=status)
    shown = "id kind status name contract due_on"
    print_rows(STATEMENT_FIELDS, rows[:limit], shown, as_json=as_json, none="No statements.")


@statement.command()
@click.argument("statement_id", metavar="ID", type=ROW_ID)
@json_option
def show(*, statement_id: int, as_json: bool) -> None:
    """Show a statement and, while it waits, what it would do."""
    row = find_statement(statement_id)
    record = STATEMENT_FIELDS.read(row)
    if row.status == StatementStatus.RECEIVED:
        record["outcome"] = outcome_text(row, operator_context().at)
    print_record(record, as_json=as_json)


@statement.command()
@click.argument("kind", type=EnumChoice(StatementKind))
@click.option("--name", required=True, help="Who made it.")
@click.option("--words", required=True, help="The contract, as it was named.")
@click.option("--contract", metavar="CONTRACT", help="Service ID or domain name.")
@click.option("--email", default="", help="Address for the receipt.")
@click.option(
    "--sent-on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Day on which it was sent."
)
@click.option("--for-cause", metavar="TEXT", default="", help="Reason to end it without notice.")
@click.option("--wished-on", type=click.DateTime(["%Y-%m-%d"]), help="Requested end date.")
def record(
    *,
    kind: str,
    name: str,
    words: str,
    contract: str | None,
    email: str,
    sent_on: datetime,
    for_cause: str,
    wished_on: datetime | None,
) -> None:
    """Record a statement that came as a letter or an email, and print its ID. It changes nothing by itself.

    \b
    Example:
      commerce statement record ending --name "Jane Smith" --words "web space" --contract 12 --sent-on 2026-12-01
    """
    ends = kind == StatementKind.ENDING
    made = actions.make_statement(
        kind=StatementKind(kind),
        channel=StatementChannel.STAFF,
        name=name,
        contract=words,
        email=email,
        idempotency_key=get_random_string(40),
        ending_kind=(EndingKind.FOR_CAUSE if for_cause else EndingKind.ORDINARY) if ends else "",
        cause=for_cause,
        wished_on=wished_on.date() if wished_on else None,
        sent_on=sent_on.date(),
        chosen=find_contract(contract) if contract else None,
        ctx=operator_context(),
    )
    click.echo(made.pk)


@statement.command()
@click.argument("statement_id", metavar="ID", type=ROW_ID)
@click.argument("contract", metavar="CONTRACT")
def tie(*, statement_id: int, contract: str) -> None:
    """Say which contract a statement is about (service ID or domain name)."""
    chosen = find_contract(contract)
    row = find_statement(statement_id)
    actions.tie_statement(statement=row, chosen=chosen, ctx=operator_context())
    console.print_message(f"Statement {statement_id} is about {contract_label(row)}.")


@statement.command("add-contract")
@click.argument("statement_id", metavar="ID", type=ROW_ID)
@click.argument("contract", metavar="CONTRACT")
def add_contract(*, statement_id: int, contract: str) -> None:
    """Say that a statement is about this contract as well, and print the ID of the statement about it."""
    chosen = find_contract(contract)
    row = find_statement(statement_id)
    made = actions.add_contract(statement=row, chosen=chosen, ctx=operator_context())
    click.echo(made.pk)


@statement.command("carry-out")
@click.argument("statement_id", metavar="ID", type=ROW_ID)
@click.option("--expect", metavar="AMOUNT", help="Only if it credits this much, with tax.")
@click.option("--yes", is_flag=True, help="Don't ask for confirmation.")
def carry_out(*, statement_id: int, expect: str | None, yes: bool) -> None:
    """End the contract of a statement, and refund what is due."""
    row, ctx = find_statement(statement_id), operator_context()
    outcome = work_out(row, ctx.at)
    expected = outcome.effect
    if expect is not None:
        expected = replace(expected, total=parse_amount(expect, outcome.currency_code))
    if not yes:
        confirm(f"{outcome_text(row, ctx.at)} Carry it out?")
    carry_out_statement(statement=row, expected=expected, ctx=ctx)
    console.print_message(f"Carried out. The contract ends on {row.ends_on}.")


@statement.command()
@click.argument("statement_id", metavar="ID", type=ROW_ID)
@click.argument("answer", metavar="TEXT")
def answer(*, statement_id: int, answer: str) -> None:
    """Answer a statement that isn't carried out. TEXT is emailed to the address in it."""
    row = find_statement(statement_id)
    actions.answer_statement(statement=row, answer=answer, ctx=operator_context())
    console.print_message("Answer sent.")
