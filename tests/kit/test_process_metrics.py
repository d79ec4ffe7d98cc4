"""Counting requests: exact over threads and processes, readable from outside, and nothing that a request waits for."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from commerce.kit import process_metrics
from commerce.kit.process_metrics import BUCKET_SECONDS, ProcessMetrics


def one(folder: Path) -> process_metrics.MetricTotals:
    ((name, found),) = process_metrics.read_folder(folder)
    assert name == "pages"
    return found


def test_a_request_is_counted_by_its_door_its_status_and_its_time(tmp_path: Path) -> None:
    made = ProcessMetrics()
    made.count_in_file(tmp_path / "pages.1.a")
    for path in ("/api", "/api/v1/me", "/client/login", "/apiary", "/"):
        made.count_request(path, 200, 0.003)
    made.count_request("/api/v1/me", 429, 0.005)
    made.count_request("/api/v1/me", 503, 11)
    found = one(tmp_path)
    assert found.doors["api"].statuses == {200: 2, 429: 1, 503: 1}
    assert found.doors["pages"].statuses == {200: 3}
    assert found.doors["api"].buckets == [3, *[0] * (len(BUCKET_SECONDS) - 1), 1]
    assert found.doors["api"].microseconds == 3000 * 2 + 5000 + 11_000_000


def test_threads_lose_no_count(tmp_path: Path) -> None:
    made = ProcessMetrics()
    made.count_in_file(tmp_path / "pages.1.a")

    def count() -> None:
        for _ in range(2000):
            made.count_request("/api", 200, 0.001)
            made.count_event("log.error")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one(tmp_path).doors["api"].statuses == {200: 8000}
    assert one(tmp_path).events["log.error"] == 8000


def test_processes_are_added_up_also_one_that_was_killed(tmp_path: Path) -> None:
    program = f"""
import os
from commerce.kit import process_metrics
process_metrics.publish_in_folder({str(tmp_path)!r}, "pages")
process_metrics.this_process.count_request("/api", 200, 0.001)
os.kill(os.getpid(), 9)
"""
    for _ in range(2):
        subprocess.run([sys.executable, "-c", program], check=False)
    (tmp_path / "pages.9.half").touch()
    assert one(tmp_path).doors["api"].statuses == {200: 2}


def test_a_file_of_counts_is_private_and_never_another_s(tmp_path: Path) -> None:
    process_metrics.ProcessMetrics().count_in_file(tmp_path / "pages.1.a")
    assert (tmp_path / "pages.1.a").stat().st_mode & 0o777 == 0o600


def test_without_a_folder_is_counted_all_the_same() -> None:
    made = ProcessMetrics()
    made.count_request("/", 599, 11)
    made.count_event(process_metrics.COUNTED_EVENTS[-1])


def test_the_counts_of_this_process_are_kept_where_a_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_metrics, "this_process", ProcessMetrics())
    process_metrics.publish_in_folder("", "pages")
    process_metrics.this_process.count_event("log.error")
    assert list(process_metrics.read_folder(tmp_path)) == []
    process_metrics.publish_in_folder(str(tmp_path), "pages")
    process_metrics.this_process.count_event("log.error")
    assert one(tmp_path).events["log.error"] == 1


def test_a_file_of_counts_keeps_one_descriptor_open(tmp_path: Path) -> None:
    made = ProcessMetrics()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - its own listing is one of them both times
    made.count_in_file(tmp_path / "pages.1.a")
    assert len(os.listdir("/proc/self/fd")) == before + 1  # noqa: PTH208
