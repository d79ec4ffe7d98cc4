"""A run that takes longer than its kind may: where it is stuck is told, and its process ends."""

import logging
import os
import threading

import pytest

from commerce.jobs import time_limits
from commerce.jobs.job_states import LEASE, lease_of
from commerce.jobs.models import Job
from commerce.jobs.rules import MAX_RUN_SECONDS
from commerce.jobs.time_limits import EXIT_CODE, time_limit, watch_time_limits
from commerce.jobs.worker import STOP_SECONDS

JOB = Job(pk=7, subject_kind="thing", subject_id=1, action="thing.do")


def test_a_stuck_run_ends_its_process(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr(time_limits, "WAY_OUT_SECONDS", 0)
    stopping = threading.Event()
    with time_limit(JOB, -1), caplog.at_level(logging.ERROR):
        watch_time_limits(stopping)
    assert (codes, stopping.is_set()) == ([EXIT_CODE], True)
    assert "Job 7 (thing.do of thing 1) has run for more than -1 seconds" in caplog.text
    assert "test_a_stuck_run_ends_its_process" in caplog.text  # where it is


def test_one_that_finds_its_way_out_ends_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends_without_force(code: int) -> None:
        raise AssertionError(code)

    monkeypatch.setattr(os, "_exit", ends_without_force)
    stopping = threading.Event()
    watcher = threading.Thread(target=watch_time_limits, args=(stopping,))
    with time_limit(JOB, -1):
        watcher.start()
        assert stopping.wait(10)
    watcher.join(10)
    assert not watcher.is_alive()


def test_a_worker_that_stops_is_watched_no_longer() -> None:
    stopping = threading.Event()
    stopping.set()
    with time_limit(JOB, 60):
        watch_time_limits(stopping)


def test_the_way_out_ends_before_the_worker_would_end_without_an_error() -> None:
    assert time_limits.WAY_OUT_SECONDS < STOP_SECONDS


def test_a_lease_outlives_what_a_run_may_take() -> None:
    assert lease_of(JOB) == LEASE
    assert LEASE.total_seconds() == MAX_RUN_SECONDS + 60
    assert lease_of(Job(action="mail.send")).total_seconds() == 180
