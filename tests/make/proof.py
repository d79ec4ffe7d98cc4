"""The nightly proof in tests: after each story, all that must be true of all rows is."""

from collections.abc import Sequence
from datetime import datetime

from commerce.kit import clock
from commerce.proof.check import ProofCheck
from commerce.proof.checks.all_checks import CHECKS
from commerce.proof.runner import run_proof


def proof_violations(
    at: datetime | None = None, checks: Sequence[ProofCheck] = CHECKS
) -> dict[str, list[str]]:
    """What the proof finds at an instant, now if not given: texts by the name of their check."""
    found = run_proof(at=at or clock.now(), checks=checks)
    return {
        one.check.name: [each.text for each in one.violations] for one in found if not one.holds
    }


def assert_proven(at: datetime | None = None) -> None:
    """All checks hold."""
    found = proof_violations(at)
    assert not found, found


def check_named(name: str) -> ProofCheck:
    """One of the checks."""
    [found] = [check for check in CHECKS if check.name == name]
    return found


def told(name: str, at: datetime | None = None) -> int:
    """How many records one check tells of, whether or not that is a fault."""
    [verdict] = run_proof(at=at or clock.now(), checks=[check_named(name)])
    return verdict.count
