"""The nightly proof by hand: what must be true of all rows, and which are wrong."""

import json
import time
from typing import TYPE_CHECKING

import click

from commerce.config import console

if TYPE_CHECKING:
    from commerce.proof.check import ProofCheck
    from commerce.proof.runner import CheckVerdict


@click.command()
@click.option("--check", "name", default="", metavar="NAME", help="Only this check, such as M8.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option("--checks", "list_checks", is_flag=True, help="List the checks, and make none.")
def prove(*, name: str, as_json: bool, list_checks: bool) -> None:
    """Check that the books and everything else add up, over all rows.

    Changes nothing, and may run while business goes on. Exit code 1 if a check does not hold; docs/operations.md says
    what to do then. The daily run makes the same checks as its last step.
    """
    console.load_django()
    from commerce.kit import clock
    from commerce.proof.checks.all_checks import CHECKS
    from commerce.proof.runner import choose_checks, run_proof

    checks = choose_checks(name) if name else CHECKS
    if list_checks:
        for check in checks:
            click.echo(f"{check.name:<14} {check.statement}")
        return
    verdicts = run_proof(
        at=clock.now(), checks=checks, progress=None if as_json else _CheckProgress()
    )
    if as_json:
        click.echo(json.dumps({"checks": [one.as_json() for one in verdicts]}, indent=2))
    else:
        _tell(verdicts)
    if not all(one.holds for one in verdicts):
        raise SystemExit(1)


def _tell(verdicts: "list[CheckVerdict]") -> None:
    from commerce.proof.steps import summarize_verdicts

    for verdict in verdicts:
        if not verdict.count:
            continue
        click.echo(f"{verdict.check.name}: {verdict.check.statement}")
        if verdict.check.is_notice:
            click.echo(f"  Not yet so for {verdict.count}; that fails nothing.")
            continue
        for each in verdict.violations:
            click.echo(f"  {each.text}")
        if more := verdict.count - len(verdict.violations):
            click.echo(f"  and {more} more")
    text = summarize_verdicts(verdicts)
    click.echo(f"{text[0].upper()}{text[1:]}.")


class _CheckProgress:
    """Names the check that goes on, when the one before took more than two seconds."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, check: "ProofCheck") -> None:
        if time.monotonic() - self.last > 2:
            console.print_message(f"  {check.name} …")
        self.last = time.monotonic()
