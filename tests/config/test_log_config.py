"""The application log: JSON lines with the request id, the traceback, and no secrets."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commerce.config.log_config import JsonLogHandler, configure_logging
from commerce.kit import json_log
from commerce.kit.errors import BusinessError


@pytest.fixture
def log(tmp_path: Path) -> Iterator[logging.Logger]:
    logger = logging.getLogger("tests.logs")
    handler = JsonLogHandler(json_log.JsonLog(tmp_path, "app", to_stderr=False))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)


def lines(folder: Path) -> list[dict[str, str]]:
    return [
        json.loads(line) for path in folder.glob("app-*") for line in path.read_text().splitlines()
    ]


def test_a_line_says_when_what_and_for_which_request(log: logging.Logger, tmp_path: Path) -> None:
    mark = json_log.current_request_id.set("request-1")
    log.warning("The disk is %d %% full.", 90)
    json_log.current_request_id.reset(mark)
    (line,) = lines(tmp_path)
    at = line.pop("at")
    assert at.endswith("Z")
    assert len(at) == len("2026-04-08T14:33:10.123Z")
    assert line == {
        "level": "warning",
        "logger": "tests.logs",
        "request_id": "request-1",
        "message": "The disk is 90 % full.",
    }


def test_a_line_of_background_work_says_which(log: logging.Logger, tmp_path: Path) -> None:
    with json_log.log_context(entry="daily"), json_log.log_context(job_id=7):
        log.warning("Slow.")
    log.warning("After it.")
    work, after = lines(tmp_path)
    assert (work["entry"], work["job_id"]) == ("daily", 7)
    assert not {"entry", "job_id"} & after.keys()


def test_what_nobody_caught_is_a_line_of_the_log(tmp_path: Path) -> None:
    program = f"""
import logging, threading
from pathlib import Path
from commerce.config import log_config
log_config.configure_logging(Path({str(tmp_path)!r}), keep_days=3)
log_config.log_crashes()
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise RuntimeError("password=hunter2")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 1
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert told == lines(tmp_path)
    assert [line["level"] for line in told] == ["critical", "critical"]
    assert "ZeroDivisionError" in told[0]["traceback"]
    assert "RuntimeError: password=[secret]" in told[1]["traceback"]


def test_a_crash_has_its_traceback_without_its_secrets(log: logging.Logger, tmp_path: Path) -> None:
    try:
        raise RuntimeError("password=hunter2")
    except RuntimeError:
        log.exception("Crashed with token=%s.", "hunter2")
    (line,) = lines(tmp_path)
    assert "in test_a_crash_has_its_traceback" in line["traceback"]
    assert "RuntimeError: password=[secret]" in line["traceback"]
    assert "hunter2" not in json.dumps(line).replace('raise RuntimeError(\\"password=hunter2', "")


def test_an_error_that_has_a_code_is_logged_with_it(log: logging.Logger, tmp_path: Path) -> None:
    for error in (BusinessError("job.taken"), RuntimeError("job.taken")):
        log.error("It failed.", exc_info=error)
    coded, other = lines(tmp_path)
    assert coded["code"] == "job.taken"
    assert "BusinessError: Another worker is running this job." in coded["traceback"]
    assert "code" not in other


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


def test_what_cannot_be_shown_is_logged_as_far_as_it_can(tmp_path: Path) -> None:
    handler = JsonLogHandler(json_log.JsonLog(tmp_path, "app", to_stderr=False))
    for values in (
        {"msg": "%d and %s", "args": ("one", "two")},
        {"msg": "%s", "args": (UnprintableError(),)},
        {"msg": "It crashed.", "exc_info": (UnprintableError, UnprintableError(), None)},
    ):
        handler.emit(logging.makeLogRecord(values))
    first, second, third = lines(tmp_path)
    assert first["message"] == "%d and %s (its arguments could not be shown: TypeError)"
    assert second["message"] == "%s (its arguments could not be shown: ValueError)"
    assert "UnprintableError" in third["traceback"]


def test_the_whole_application_logs_there_once(tmp_path: Path) -> None:
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    try:
        configure_logging(tmp_path, keep_days=3)
        configure_logging(tmp_path, keep_days=3)
        logging.getLogger("commerce.anything").info("Seen.")
        logging.getLogger("django.request").warning("Not Found: /x")
        found = lines(tmp_path)
    finally:
        root.handlers[:] = before
        logging.captureWarnings(capture=False)
    assert [line["message"] for line in found] == ["Seen."]
