"""`commerce demo` in an empty folder, until it answers: what it leaves is the demo of many tests."""

import re
import shlex
import signal
from pathlib import Path

from tests.server.running import running_server

READY = "Try the API:"

FOREIGN = {"COMMERCE_EMAIL_URL": "smtp://127.0.0.1:1", "COMMERCE_WORKERS": "7"}
"""A demo never sends mail, nor takes over what would let it be reached from elsewhere."""


def printed(text: str) -> tuple[str, list[str]]:
    """The token and the words of the curl line."""
    (token,) = re.findall(r"Token +(opt_live_\w+)", text)
    (line,) = re.findall(r"^ *(curl .+)$", text, re.MULTILINE)
    return token, shlex.split(line)


def start_from_nothing(folder: Path) -> None:
    """Let the command make the demo in this folder; what it said is in ``what_it_said``."""
    with running_server(folder, "demo", ready=READY, plain=False, **FOREIGN) as server:
        said = server.said()
        token, _ = printed(said)
        headers = {"Authorization": f"Bearer {token}"}
        assert server.ask("/api/v1/me", headers=headers).status == 200
        assert server.said() == said, "nothing below the welcome while it runs"
        assert server.stop(signal.SIGINT) == 0


def what_it_said(folder: Path) -> str:
    """What the command said in the folder that it was started in from nothing."""
    (log,) = folder.glob("said-*")
    return log.read_text("utf-8")
