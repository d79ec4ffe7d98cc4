"""Killed again and again while issuing, booking, charging, in the daily run and its jobs: the books are those of peace.

R10 and O1 of invariants.md, with real processes and real kills on either database.
"""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.make.draws import draws
from tests.server.running import environment

pytestmark = pytest.mark.django_db(transaction=True)
KILLS, OF_MESSAGES = (int(os.environ.get("KILLS", usual)) for usual in ("6", "4"))
"""`KILLS=50 make test ARGS=tests/killed` takes minutes more."""
SEED = 7 if connection.vendor == "sqlite" else 8
"""Each database kills at points of its own."""
PLAY = """
import json, sys
from commerce.config.console import load_django; load_django()
from tests.killed.processes import play
json.dump(play(sys.argv[1], *map(int, sys.argv[2:])), sys.stdout)
"""


def played(folder: Path, stage: str, kills: int = KILLS) -> dict[str, Any]:
    """What a stage prints; it works on copies of the database of these tests."""
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
        [sys.executable, "-c", PLAY, stage, str(SEED), str(kills)],
        env=environment(folder, COMMERCE_DATABASE_URL=url, COMMERCE_PAGE_STATEMENT_SECONDS="0"),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_books_are_those_of_a_day_without_a_kill(tmp_path: Path) -> None:
    found = played(tmp_path, "day")
    wanted = found["wanted"]
    assert len(found["killed"]) == KILLS
    assert min(found["killed"]) < found["statements"] / 10
    assert max(found["killed"]) > found["statements"] * 3 / 4
    assert (found["wrong"], found["wanted"]["feed"]) == ([], [])
    assert wanted["faults"] == {}
    before, after = states(found["before"]), states(wanted)
    assert {name: (before[name], after[name]) for name in after if before[name] != after[name]} == {
        "suspended today": ("active", "suspended"),
        "ended today for want of money": ("suspended", "terminated"),
        "paid and resumed today": ("suspended", "active"),
        "ended today as asked": ("active", "cancelled"),
        "order paid today": ("pending", "active"),
        "order never paid": ("pending", "cancelled"),
    }
    # R11: one reminder and its mail, wherever it was killed.
    assert [row[1:] for row in new("reminders", found)] == [["1", "sent"]]
    mails = [row[:2] for row in new("mails", found)]
    asks = ("invoice_reminder", "invoice_overdue")
    assert [row for row in mails if row[0] in asks] == [["invoice_overdue", "billing@example.com"]]
    made = len(wanted["books"]["invoices"]) - len(found["before"]["books"]["invoices"])
    assert made == 3  # two renewals, and the next one of the client who paid


def test_money_for_plan_changes_is_booked_once(tmp_path: Path) -> None:
    """R35 to R38, O1: by card, gateway, staff and transfer, twice, short and too late; payments bounce afterwards."""
    found = played(tmp_path, "requests", OF_MESSAGES)
    books = found["wanted"]["books"]
    assert len(found["killed"]) == OF_MESSAGES
    assert max(found["killed"]) > found["statements"] * 3 / 4
    assert (found["wrong"], found["wanted"]["feed"]) == ([], [])
    # Only the row says that a service is another client's: nothing moves one yet.
    assert set(found["wanted"]["faults"]) == {"M13-client"}
    assert books["changes"] == [
        ["card", "applied", "0"],
        ["gateway", "applied", "0"],
        ["late", "withdrawn", "0"],
        ["moved to", "applied", "0"],
        ["new plan bounces", "applied", "0"],
        ["old plan bounces", "applied", "0"],
        ["short", "applied", "500"],
        ["transfer", "applied", "0"],
        ["twice", "applied", "0"],
    ]
    assert [row for row in books["invoices"] if row[0].startswith(("moved", "new", "old"))] == [
        ["moved from", "unpaid", "2000"],
        ["moved to", "paid", "0"],
        ["new plan bounces", "paid", "0"],
        ["new plan bounces", "unpaid", "2000"],
        ["old plan bounces", "unpaid", "1000"],
        ["old plan bounces", "unpaid", "2000"],
    ]
    assert [row for row in books["credit"] if not row[0].endswith("bounces")] == [
        ["late", "late_payment", "2000"],
        ["moved from", "refund_to_credit", "1000"],
        ["moved from", "reversal", "-1000"],
        ["short", "applied", "-500"],
        ["short", "overpayment", "500"],
        ["twice", "late_payment", "2000"],
    ]
    assert [row for row in books["shares"] if not row[0].endswith("bounces")] == [
        ["card", "2000"],
        ["gateway", "2000"],
        ["moved to", "2000"],
        ["short", "1500"],
        ["transfer", "2000"],
        ["twice", "2000"],
    ]


def test_messages_of_a_gateway_are_processed_once(tmp_path: Path) -> None:
    """R2, O1: killed while they come in and while they are worked on; the gateway sends what was not answered again."""
    found = played(tmp_path, "webhooks", OF_MESSAGES)
    wanted = found["wanted"]
    assert len(found["killed"]) == OF_MESSAGES
    assert max(found["killed"]) > found["statements"] * 2 / 3
    assert (found["wrong"], found["wanted"]["feed"]) == ([], [])
    assert wanted["faults"] == {}
    assert Counter(status for _, status, _ in wanted["books"]["events"]) == {"processed": 10}
    assert sorted(row[:2] for row in wanted["books"]["attempts"]) == [
        ["declined", "failed"],
        ["declined, then paid", "succeeded"],
        ["elsewhere", "open"],
        ["paid", "succeeded"],
        ["paid, then told that it failed", "succeeded"],
    ]
    assert [row[1] for row in wanted["books"]["payments"]] == ["1200"] * 3
    assert wanted["books"]["unallocated"] == [["1200", "reference", "open"]]
    assert [row[:1] for row in new("mails", found)].count(["invoice_paid"]) == 3


def test_a_saved_card_is_charged_once_for_each_try(tmp_path: Path) -> None:
    """R18, O1: killed in the run and at any point of a charge, whose answer may be lost besides."""
    found = played(tmp_path, "charges", OF_MESSAGES)
    wanted = found["wanted"]
    assert len(found["killed"]) == OF_MESSAGES
    assert max(found["killed"]) > found["statements"] * 3 / 4
    assert (found["wrong"], found["wanted"]["feed"]) == ([], [])
    assert wanted["faults"] == {}
    assert wanted["books"]["charged"] == [
        ["asks its owner", 1200],
        ["asks its owner", 1200],
        ["declined", 1200],
        ["declined", 1200],
        ["lost", 1200],
        ["lost and stolen", 1200],
        ["pays", 2400],
        ["stolen", 1200],
    ]
    assert wanted["books"]["payments"] == [
        ["lost", "1200", "completed"],
        ["pays", "2400", "completed"],
    ]
    mails = Counter(row[0] for row in new("mails", found))
    assert (mails["payment_failed"], mails["payment_action_required"]) == (3, 2)


def test_a_service_has_one_account_at_its_panel(tmp_path: Path) -> None:
    """R20, O1: killed while accounts are made, switched off and on, and removed, with answers lost besides."""
    found = played(tmp_path, "accounts")
    wanted = found["wanted"]
    assert len(found["killed"]) == KILLS
    assert max(found["killed"]) > found["statements"] * 3 / 4
    assert (found["wrong"], found["wanted"]["feed"]) == ([], [])
    assert wanted["faults"] == {}
    states_here = {"made": "active", "off": "suspended", "on again": "active"}
    states_there = {"made": "on", "off": "off", "on again": "on", "removed": "gone"}
    lives = sorted(label for label, _ in wanted["books"]["services"])
    assert wanted["books"]["services"] == [
        [life, states_here.get(life.partition(",")[0], "terminated")] for life in lives
    ]
    assert wanted["books"]["accounts"] == [
        [life, states_there[life.partition(",")[0]]] for life in lives
    ]
    assert {status for _, status in wanted["books"]["jobs"]} == {"succeeded"}


def test_a_write_over_the_api_has_one_effect_and_one_answer(tmp_path: Path) -> None:
    """client-api-v2.md 3: killed at any statement of any write, and sent again with its key."""
    found = played(tmp_path, "writes", OF_MESSAGES)
    wanted = found["wanted"]
    assert len(found["killed"]) == OF_MESSAGES
    assert max(found["killed"]) > found["statements"] * 2 / 3
    assert (found["wrong"], found["wanted"]["feed"]) == ([], [])
    assert wanted["faults"] == {}
    assert len(wanted["books"]["answers"]) == 36
    assert len(wanted["books"]["orders"]) == 3
    acts = Counter(row[0] for row in wanted["books"]["committed"])
    assert acts == {"order.place": 3, "domain.renew": 2, "invoice.pay": 3, "service.keep": 1}


def test_writes_of_several_threads_have_one_effect_each(tmp_path: Path) -> None:
    """client-api-v2.md 3: each sent five times by four threads, whose process is killed at any statement of any."""
    found = played(tmp_path, "at_once", OF_MESSAGES)
    wanted = found["wanted"]
    assert len(found["killed"]) == OF_MESSAGES
    assert (found["wrong"], found["wanted"]["feed"]) == ([], [])
    assert wanted["faults"] == {}
    assert len(wanted["books"]["answers"]) == draws(25)


def test_an_event_arrives_whoever_is_killed(tmp_path: Path) -> None:
    """client-api-v2.md 7: killed while deliveries are made, sent and noted; a lease runs out, and others go on."""
    found = played(tmp_path, "deliveries")
    books = found["wanted"]["books"]
    assert len(found["killed"]) == KILLS
    assert max(found["killed"]) > found["statements"] / 2
    assert found["wrong"] == []
    assert Counter(path for path, _ in books["arrived"]) == {
        "/takes": 5,
        "/refuses": 5,
        "/other": 5,
    }
    assert {(*row[2:],) for row in books["deliveries"]} == {("None", "204")}


def new(part: str, found: dict[str, Any]) -> list[list[str]]:
    """What the day added to a part of the books."""
    left = Counter(map(tuple, found["wanted"]["books"][part]))
    left -= Counter(map(tuple, found["before"]["books"][part]))
    return sorted(map(list, left.elements()))


def states(seen: dict[str, Any]) -> dict[str, str]:
    """The state of each service by its client's name."""
    return {client: status for client, _, status, *_ in seen["books"]["services"]}
