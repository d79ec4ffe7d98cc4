"""`commerce audit list`: the audit log, filtered by person, action, record, client and span of days."""

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.audit.actions import write_audit_entry
from commerce.audit.models import AuditEntry
from commerce.cli.root import commerce
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.site_settings.actions import set_setting
from tests import make

pytestmark = pytest.mark.django_db
GRACE = Actor("staff", 3, "Grace", "203.0.113.9", "abc123")


def run(*words: str) -> Result:
    return CliRunner().invoke(commerce, ["audit", "list", *words])


def names(*words: str) -> list[str]:
    return [one["record"]["name"] for one in json.loads(run("--json", *words).stdout)]


@pytest.fixture(autouse=True)
def _entries() -> None:
    entries: tuple[tuple[str, Actor, dict[str, Any]], ...] = (
        ("first", SYSTEM, {}),
        ("second", GRACE, {"action": "service.suspended", "reason": "abuse"}),
        ("third", SYSTEM, {"record": ("service", 13)}),
    )
    for days, (name, actor, over) in enumerate(entries):
        values = {"record": ("service", 12), "action": "invoice.overdue"} | over
        write_audit_entry(
            ctx=Context(make.AT + timedelta(days=days), actor),
            name=name,
            before={"status": "active"},
            after={"status": "late"},
            **values,
        )


def test_each_filter_finds_its_entries_newest_first() -> None:
    assert names() == ["third", "second", "first"]
    assert names("--who", "grace") == names("--who", "staff") == ["second"]
    assert names("--action", "invoice") == ["third", "first"]
    assert names("--action", "service.suspended") == ["second"]
    assert names("--action", "serv") == []
    assert names("--record", "service:12") == ["second", "first"]
    assert names("--record", "service") == ["third", "second", "first"]
    day = f"{make.AT.date() + timedelta(days=1)}"
    assert names("--from", day, "--to", day) == ["second"]
    assert names("--limit", "1") == ["third"]
    client = make.make_client()
    assert "client.created" in run("--client", str(client.pk)).stdout
    assert "second" not in run("--client", str(client.pk)).stdout


def test_days_are_those_of_the_business_zone() -> None:
    set_setting(key="billing.time_zone", value="Pacific/Kiritimati", ctx=Context(make.AT, SYSTEM))
    late = make.AT.replace(hour=23) + timedelta(days=30)
    write_audit_entry(
        ctx=Context(late, SYSTEM), action="thing.done", record=("thing", 1), name="tomorrow there"
    )
    there = f"{late.date() + timedelta(days=1)}"
    assert names("--from", there, "--to", there) == ["tomorrow there"]


def test_a_line_says_who_changed_what_and_why() -> None:
    line = run("--who", "grace").stdout.strip()
    at = f"{make.AT + timedelta(days=1):%Y-%m-%d %H:%M:%S}Z"
    assert line == (
        f"{at}  service.suspended  service:12 second  by Grace  from 203.0.113.9"
        "  status: active → late  (abuse)"
    )
    assert run("--who", "nobody").stderr == "No entries found.\n"
    assert run("--record", "service:x").exit_code == 2
    [row] = json.loads(run("--json", "--who", "grace").stdout)
    assert row["id"] == AuditEntry.objects.get(actor_name="Grace").pk
    assert (row["request_id"], row["before"], row["reason"]) == (
        "abc123", {"status": "active"}, "abuse",
    )  # fmt: skip
