"""Proving: all checks over one snapshot of the database, read only (invariants.md, O3)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from commerce.db.reads import one_snapshot
from commerce.kit.errors import BusinessError
from commerce.proof.check import CheckFindings, CheckViolation, ProofCheck, ProofTime
from commerce.proof.checks.all_checks import CHECKS
from commerce.runs.models import DailyRun
from commerce.runs.step import run_start
from commerce.site_settings import current

MAX_VIOLATIONS = 20
"""Offenses that are listed of each check; the others are counted."""


@dataclass(frozen=True, slots=True)
class CheckVerdict:
    """What one check found, and how long it took."""

    check: ProofCheck
    count: int
    violations: list[CheckViolation]
    milliseconds: int

    @property
    def holds(self) -> bool:
        """Whether the check is true of all rows, or what it found is only to be told."""
        return not self.count or self.check.is_notice

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "check": self.check.name,
            "statement": self.check.statement,
            "holds": self.holds,
            "count": self.count,
            "offences": [
                {"record": list(each.record), "text": each.text} for each in self.violations
            ],
            "milliseconds": self.milliseconds,
        }


def run_proof(
    *,
    at: datetime,
    checks: Sequence[ProofCheck] = CHECKS,
    max_violations: int = MAX_VIOLATIONS,
    progress: Callable[[ProofCheck], None] | None = None,
) -> list[CheckVerdict]:
    """Look at all rows and change none: what each check found, up to ``max_violations`` offenses listed.

    All checks see one snapshot of the database, so that business that goes on meanwhile gives no false alarm.
    ``progress`` is called before each check.
    """
    verdicts = []
    with one_snapshot():
        asked = _proof_time(at)
        for check in checks:
            if progress:
                progress(check)
            began = time.monotonic_ns()
            found: CheckFindings = check.run(check, asked, max_violations)
            took = (time.monotonic_ns() - began) // 1_000_000
            verdicts.append(CheckVerdict(check, found.count, found.violations, took))
    return verdicts


def _proof_time(at: datetime) -> ProofTime:
    """The instant, or the start of the last run's day where that is later: a test installation may have run ahead of
    the clock, and what that run did is judged by its day.
    """
    last = DailyRun.objects.aggregate(last=Max("date"))["last"]
    today = current.business_date(at)
    if last is None or last <= today:
        return ProofTime(at, today)
    return ProofTime(run_start(last), last)


def choose_checks(name: str) -> list[ProofCheck]:
    """The checks of a number (``M8``), or the one of a name (``M8-credit``). Raises ``BusinessError`` for an unknown
    one.
    """
    found = [
        check for check in CHECKS if name.lower() in (check.name.lower(), check.number.lower())
    ]
    if not found:
        known = ", ".join(check.name for check in CHECKS)
        raise BusinessError("proof.check_unknown", name=name, known=known, field="check")
    return found
