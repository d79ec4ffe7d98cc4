"""Killed again and again while refunds are asked for, answered and told of: sent once, booked once (O1, M11, U4)."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.server.running import environment

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = int(os.environ.get("KILLS", "3"))
SEED = 11 if connection.vendor == "sqlite" else 12
"""Each database kills at points of its own."""
PLAY = """
import json, sys
from commerce.config.console import load_django; load_django()
from tests.killed.refunds_at_gateway import play
json.dump(play(*map(int, sys.argv[1:])), sys.stdout)
"""


def played(folder: Path) -> dict[str, Any]:
    """What the stage prints; it works on copies of the database of these tests."""
    if connection.vendor == "sqlite":
        with sqlite3.connect(folder / "empty") as empty:
            connection.ensure_connection()
            connection.connection.backup(empty)
        empty.close()
        url = f"sqlite:///{folder / 'empty'}"
    else:
        name = connection.settings_dict["NAME"]
        url = urlsplit(os.environ["COMMERCE_DATABASE_URL"])._replace(path=f"/{name}").geturl()
        connection.close()
    done = subprocess.run(
        [sys.executable, "-c", PLAY, str(SEED), str(KILLS)],
        env=environment(folder, COMMERCE_DATABASE_URL=url),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_what_goes_back_goes_back_once(tmp_path: Path) -> None:
    found = played(tmp_path)
    wanted = found["wanted"]
    assert len(found["killed"]) == KILLS
    assert max(found["killed"]) > found["statements"] * 3 / 4
    assert found["wrong"] == []
    assert wanted["faults"] == {}
    assert wanted["asked"] == {"fails": [700], "part": [500], "whole": [1200]}
    assert wanted["refunds"] == [
        ["credit", "300", "credit", "succeeded"],
        ["fails", "700", "gateway", "failed"],
        ["outside", "400", "gateway", "succeeded"],
        ["part", "500", "gateway", "accepted"],
        ["whole", "1200", "gateway", "succeeded"],
    ]
    assert wanted["payments"] == [
        ["credit", "completed"],
        ["disputed", "reversed"],
        ["fails", "completed"],
        ["outside", "completed"],
        ["part", "completed"],
        ["whole", "refunded"],
    ]
    assert [row[0] for row in wanted["mails"]].count("refund_sent") == 4
