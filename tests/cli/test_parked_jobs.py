"""`commerce worker --once` and `commerce job`: what staff see of a job that nobody can run."""

import re

import pytest

from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.kit import clock
from tests.cli.conftest import Run

pytestmark = pytest.mark.django_db


def test_what_is_parked_is_listed_and_decided(run: Run) -> None:
    enqueue(("thing", 1), "thing.unheard_of", "test", clock.now(), {"color": "red"})
    once = run("worker", "--once")
    assert once.exit_code == 0
    assert "2 jobs run" in once.stderr
    assert "clean-jobs" in once.stderr
    key = str(Job.objects.get(action="thing.unheard_of").pk)
    listed = run("job", "list").stdout
    assert "thing.unheard_of  thing:1" in listed
    assert "red" in run("job", "show", key).stdout
    assert "thing.unheard_of" in run("job", "list", "--subject", "thing:1").stdout
    assert run("job", "list", "--subject", "thing:2").stdout == ""
    assert run("job", "list", "--subject", "thing").exit_code == 2
    assert run("job", "retry", key).exit_code == 0
    assert run("job", "retry", key).exit_code == 1
    run("worker", "--once")
    assert run("job", "done", key).exit_code == 2
    assert run("job", "done", key, "--reason", "did it").exit_code == 0
    assert "thing.unheard_of" in run("job", "list", "--state", "succeeded").stdout
    assert run("job", "discard", key, "--reason", "no", "--yes").exit_code == 1
    assert "Job 987654 not found" in run("job", "show", "987654").stderr


def test_failed_jobs_are_discarded_together_as_far_as_they_can_be(run: Run) -> None:
    for subject, action in (
        ("thing", "thing.gone"),
        ("thing", "thing.other"),
        ("attempt", "attempt.charge"),
    ):
        Job.objects.create(
            subject_kind=subject,
            subject_id=1,
            action=action,
            status="parked",
            created_at=clock.now(),
        )
    command = ("job", "discard-failed", "--reason", "gone", "--yes")
    assert "No failed job matches" in run(*command, "--error", "other").stderr
    asked = run(*command)
    assert asked.exit_code == 1
    assert (
        "3 failed jobs match: attempt.charge (1), thing.gone (1), thing.other (1)" in asked.stderr
    )
    [answer] = re.findall(r"job\.many_found:\S+\d", asked.stderr)
    done = run(*command, "--confirm", answer)
    assert "Jobs changed: 2. Left as they were: 1." in done.stderr
    assert Job.objects.get(action="attempt.charge").status == "parked"
    assert "thing.gone" not in run("job", "activity").stdout
