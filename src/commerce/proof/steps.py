"""The last step of the daily run: checks that do not hold are told to staff, and nothing is repaired (O3)."""

import hashlib
from collections.abc import Sequence

from commerce.accounts.recipients import send_staff_email
from commerce.proof.checks.all_checks import CHECKS
from commerce.proof.runner import CheckVerdict, run_proof
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay

PROOF_STEP = "prove"
"""The name of the step."""


def prove_nightly(day: RunDay, report: StepReport) -> None:
    """Make all checks; staff hear of those that fail in one mail a day. Work that waits is said in the report."""
    verdicts = run_proof(at=day.at)
    report.rows = len(CHECKS)
    report.outcome = summarize_verdicts(verdicts)
    failed = [verdict for verdict in verdicts if not verdict.holds]
    for verdict in failed:
        report.errors += [
            {"kind": verdict.check.name, "id": each.record[1], "error": each.text}
            for each in verdict.violations
        ]
    if failed:
        _send_failures_email(failed, day)
    for verdict in verdicts:
        if verdict.holds:
            _remind(verdict, day)


def _send_failures_email(failed: Sequence[CheckVerdict], day: RunDay) -> None:
    """One mail of all that failed, and no other one on that day unless other checks do."""
    names = [verdict.check.name for verdict in failed]
    digest = hashlib.sha256(" ".join(names).encode()).hexdigest()[:24]
    send_staff_email(
        event="proof_failed",
        idempotency_key=f"{day.date} {digest}",
        page="checks",
        values={
            "step": ", ".join(names),
            "count": sum(verdict.count for verdict in failed),
            "waiting": [f"{verdict.check.name}: {verdict.count}" for verdict in failed],
        },
        at=day.at,
    )


def _remind(verdict: CheckVerdict, day: RunDay) -> None:
    """Staff hear each day of work that a client has paid for (domains.md 4)."""
    words = verdict.check.words
    if not verdict.count or words is None:
        return
    waiting = words([each.record[1] for each in verdict.violations])
    send_staff_email(
        event=verdict.check.reminder,
        idempotency_key=f"{day.date}",
        page="jobs?subject_kind=domain",
        values={"count": verdict.count, "waiting": waiting},
        at=day.at,
    )


def summarize_verdicts(verdicts: list[CheckVerdict]) -> str:
    """One line: whether all checks hold, and how much waits."""
    failed = [verdict for verdict in verdicts if not verdict.holds]
    text = f"all {len(verdicts)} checks hold"
    if failed:
        text = f"{len(failed)} of {len(verdicts)} checks failed"
    waits = [f"{one.check.name} {one.count}" for one in verdicts if one.holds and one.count]
    return f"{text}; to look at: {', '.join(waits)}" if waits else text
