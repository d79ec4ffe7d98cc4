"""The nightly proof by hand: what must be true of all rows, and which are wrong."""

import json
import time
from typing import TYPE_CHECKING

import click

from commerce.cli import ready

if TYPE_CHECKING:
    from commerce.proof import Check, Verdict


@click.command()
@click.option("--check", "name", default="", metavar="NAME", help="Only this check, such as M8.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option("--checks", "list_checks", is_flag=True, help="List the checks, and make none.")
def prove(*, name: str, as_json: bool, list_checks: bool) -> None:
    """Check that the books and everything else add up, over all rows.

    Changes nothing, and may run while business goes on. Exit code 1 if a check does not hold; docs/operations.md says
    what to do then. The daily run makes the same checks as its last step.
    """
    ready.django()
    from commerce import proof
    from commerce.kit import clock

    checks = proof.chosen(name) if name else proof.CHECKS
    if list_checks:
        for check in checks:
            click.echo(f"{check.name:<14} {check.says}")
        return
    verdicts = proof.prove(at=clock.now(), checks=checks, progress=None if as_json else _Progress())
    if as_json:
        click.echo(json.dumps({"checks": [one.as_json() for one in verdicts]}, indent=2))
    else:
        _tell(verdicts)
    if not all(one.holds for one in verdicts):
        raise SystemExit(1)


def _tell(verdicts: "list[Verdict]") -> None:
    from commerce.proof.daily import summary

    for verdict in verdicts:
        if not verdict.count:
            continue
        click.echo(f"{verdict.check.name}: {verdict.check.says}")
        if verdict.check.only_told:
            click.echo(f"  Not yet so for {verdict.count}; that fails nothing.")
            continue
        for each in verdict.offences:
            click.echo(f"  {each.text}")
        if more := verdict.count - len(verdict.offences):
            click.echo(f"  and {more} more")
    text = summary(verdicts)
    click.echo(f"{text[0].upper()}{text[1:]}.")


class _Progress:
    """Names the check that goes on, when the one before took more than two seconds."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, check: "Check") -> None:
        if time.monotonic() - self.last > 2:
            ready.say(f"  {check.name} …")
        self.last = time.monotonic()
