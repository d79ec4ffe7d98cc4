"""The nightly proof by hand: what must be true of all rows, and which are wrong."""

import time

import click

from commerce.cli.output import json_option, print_json, print_list
from commerce.config import console
from commerce.kit import clock
from commerce.proof.books import books_in_words
from commerce.proof.check import ProofCheck
from commerce.proof.checks.all_checks import CHECKS
from commerce.proof.runner import CheckVerdict, choose_checks, run_proof
from commerce.proof.steps import summarize_verdicts


@click.command()
@click.option(
    "--check", "name", default="", metavar="NAME", help="Run only this check, such as M8."
)
@json_option
@click.option("--checks", "list_checks", is_flag=True, help="List the checks without running them.")
def prove(*, name: str, as_json: bool, list_checks: bool) -> None:
    """Check the integrity of all data.

    Read-only and safe to run while the system is in use. Exits with 1 if a check fails; see docs/operations.md for what
    to do then. The daily run includes the same checks.
    """
    checks = choose_checks(name) if name else CHECKS
    if list_checks:
        listed = [{"check": check.name, "statement": check.statement} for check in checks]
        print_list(listed, as_json=as_json, none="No checks.")
        return
    verdicts = run_proof(
        at=clock.now(), checks=checks, progress=None if as_json else _CheckProgress()
    )
    if as_json:
        print_json({"checks": [one.as_json() for one in verdicts]})
    else:
        _print_verdicts(verdicts)
    if not all(one.holds for one in verdicts):
        raise SystemExit(1)


def _print_verdicts(verdicts: list[CheckVerdict]) -> None:
    for verdict in verdicts:
        if not verdict.count:
            continue
        click.echo(f"{verdict.check.name}: {verdict.check.statement}")
        if verdict.check.is_notice:
            click.echo(f"  Pending for {verdict.count}; not a failure.")
            continue
        for each in verdict.violations:
            click.echo(f"  {each.text}")
        if more := verdict.count - len(verdict.violations):
            click.echo(f"  and {more} more")
    text = summarize_verdicts(verdicts)
    click.echo(f"{text[0].upper()}{text[1:]}. Checked: {books_in_words()}.")


class _CheckProgress:
    """Names the check that goes on, when the one before took more than two seconds."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, check: ProofCheck) -> None:
        if time.monotonic() - self.last > 2:
            console.print_message(f"  {check.name} …")
        self.last = time.monotonic()
