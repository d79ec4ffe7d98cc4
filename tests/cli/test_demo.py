"""`commerce demo`: from nothing to a company that answers, and the same company the next time."""

import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from commerce.cli.databases.migrations import MigrationProgress
from commerce.cli.system.demo_company import relative_path
from commerce.config import console
from tests import databases
from tests.demo.first_start import FOREIGN, READY, printed, what_it_said
from tests.server.running import once, run_command, running_server
from tools.servers import free_port

pytestmark = once


def test_it_goes_from_nothing_to_a_curl_line_that_answers_and_keeps_its_data(
    tmp_path: Path,
) -> None:
    made = databases.demo()  # from nothing, and stopped
    former = what_it_said(made)
    first, _ = printed(former)
    data = Path(shutil.copytree(made, tmp_path / "var"))
    with running_server(data, "demo", ready=READY, plain=False, **FOREIGN) as server:
        said = server.said()
        assert said.startswith("Starting the demo company …\n\nThe demo company is running at ")
        assert f"logs go to {data}/log." in said
        for text in ("alice@example.com ", "erik@example.com ", "password is demo-demo-demo"):
            assert text in said
        second, words = printed(said)
        if shutil.which("curl"):
            done = subprocess.run([*words, "-sS"], capture_output=True, text=True, check=False)
            assert '"total":52' in done.stdout, done.stderr
        replies = [
            server.ask("/api/v1/services", headers={"Authorization": f"Bearer {token}"})
            for token in (first, second)
        ]
        assert [reply.status for reply in replies] == [401, 200]
        assert len(re.findall(rb'"id":', replies[1].body)) == 15
        assert b"demo-demo-demo" in server.ask("/client/login").body
        assert server.said() == said, "nothing below the welcome while it runs"
        assert any((data / "log").glob("access-*.log"))
        assert server.stop(signal.SIGINT) == 0
        assert server.said().removeprefix(said) == "Stopping …\n"
        logged = "".join(path.read_text() for path in (data / "log").iterdir())
        assert not any(token in logged for token in (first, second))
    varies = re.compile(r"\(\d+ s\)|\S*/var\b|\S*-half-\w+|opt_live_\w+|:\d+")
    parts = [varies.sub("", text) for text in (former, server.said())]
    assert parts[0] == parts[1], "it is greeted in the same way each time"


def test_it_does_not_touch_somebody_s_real_data(data: Path) -> None:
    made = (
        *("client", "create", "--owner", "real@example.com", "--first-name", "R"),
        *("--last-name", "L", "--country", "US", "--currency", "USD"),
    )
    assert run_command(data, *made).returncode == 0
    done = run_command(data, "demo", "--port", str(free_port()))
    assert done.returncode == 1
    assert "and COMMERCE_DATABASE_URL, if set" in done.stderr


def test_at_a_terminal_progress_is_one_line_that_goes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with console.print_progress("Starting") as tell:
        MigrationProgress(tell, 4).write("  Applying billing.0001_initial...")
        tell("x" * 500)
    shown = capfd.readouterr().err
    assert "\n" not in shown
    assert "Starting … preparing the database, 0 %" in shown
    assert max(map(len, shown.split("\r\x1b[K"))) < shutil.get_terminal_size().columns
    assert shown.endswith("\r\x1b[K")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_that_is_taken_is_said_before_the_long_work(tmp_path: Path, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        other = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with other:
        done = run_command(tmp_path, "demo", "--port", str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "is already in use by another program" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_relative_data_folder_is_shown_as_it_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert relative_path(Path.cwd() / "var") == "var"
    assert relative_path(Path("/elsewhere")) == "/elsewhere"
