"""``docs/api.md`` is true: its tables are those of the code, and its programs run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from commerce.api.core import errors
from commerce.api.docs.description import describe_api
from commerce.api.v1.resources import RESOURCES
from tests import databases
from tests.house.source import ROOT
from tests.server.running import environment, once, running_server

MANUAL = (ROOT / "docs" / "api.md").read_text("utf-8")
SCHEMAS = describe_api("/")["components"]["schemas"]
SHOWN = [name for name in SCHEMAS if not name.endswith(("Reply", "List"))]


@pytest.mark.parametrize("name", sorted(set(SHOWN) - {"Error", "InvalidData", "Meta"}))
def test_each_key_stands_in_its_table(name: str) -> None:
    for key, schema in SCHEMAS[name]["properties"].items():
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        kind = {"date": "date", "date-time": "instant"}.get(schema.get("format"), kinds[0])
        kind = {"array": "list"}.get(kind, kind) + (" or null" if "null" in kinds else "")
        choices = ", ".join(f"`{one}`" for one in schema.get("enum", []))
        text = f"{schema['description']} {choices}".strip()
        assert f"| `{key}` | {kind} | {text} |" in MANUAL


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.path)
def test_each_resource_has_its_section(resource: object) -> None:
    path = resource.path.removeprefix("/api/v1")  # type: ignore[attr-defined]
    _, _, section = MANUAL.partition(f"\n### `GET {path}`")
    section = section.partition("\n### ")[0]
    assert f"Scope `{resource.scope}`" in section  # type: ignore[attr-defined]
    choices = ", ".join(f"`{one}`" for one in resource.statuses)  # type: ignore[attr-defined]
    assert not choices or f"Filter `status`: {choices}." in section


def test_each_message_and_each_mapped_state_is_explained() -> None:
    for problem in (
        errors.https_required(),
        errors.not_found(),
        errors.method_not_allowed(),
        errors.unauthenticated(token_sent=True),
        errors.address_not_allowed(),
        errors.account_closed(),
        errors.missing_scope("services:read"),
        errors.too_many_requests(1),
        errors.server_error(),
        errors.unavailable(10),
    ):
        assert re.search(rf"\| {problem.status} \|.*`{re.escape(str(problem))}`", MANUAL)
    table = MANUAL.partition("## States inside and outside")[2].partition("\n## ")[0]
    for resource in RESOURCES:
        for outside, inside in resource.statuses.items():
            for one in set(inside) - {outside}:
                assert re.search(rf"\| \w+ `{one}`.*\| `{outside}`", table)


def test_its_links_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", MANUAL, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", MANUAL)) <= headings
    for name in re.findall(r"\]\(([^#)]+)\)", MANUAL):
        assert name.startswith("https://") or (ROOT / "docs" / name).is_file()


BEHIND = """
import sqlite3

with sqlite3.connect(os.environ["DATABASE"], isolation_level=None) as database:
    changed = next(iter(copy["services"]))
    database.execute("UPDATE hosting_service SET label = 'Renamed' WHERE id = ?", [changed])
    database.execute("UPDATE accounts_client SET revision = revision + 1")
stale = {path: dict(rows) for path, rows in copy.items()}
assert follow(copy, position) == position + 1
assert copy["services"][changed]["name"] == "Renamed" != stale["services"][changed]["name"]
for place in (position, 10**9):  # one that is kept, and one that is not
    after = {path: dict(rows) for path, rows in stale.items()}
    follow(after, place)
    assert after == copy
"""
"""What follows the programs: something changes behind their back."""


@once
def test_its_programs_run(tmp_path: Path) -> None:
    """Against a real server, which is also where the ``Date`` of a sync comes from."""
    program = "\n".join(re.findall(r"```python\n(.*?)```", MANUAL, re.DOTALL))
    program += f"\nprint(len(invoices), next_time, sorted(kept)[0])\n{BEHIND}"
    data = Path(shutil.copytree(databases.demo(), tmp_path / "data"))
    words = ("demo", "--no-worker")
    with running_server(data, *words, ready="Try the API", plain=False) as demo:
        (token,) = set(re.findall(r"opt_live_[0-9A-Za-z]{46}", demo.said()))
        own = {"BASE": f"https://localhost:{demo.port}", "TOKEN": token}
        own |= {"DATABASE": str(data / "commerce.sqlite3")}
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment(data) | own | {"CA_FILE": str(data / "tls" / "ca.pem")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        *services, last = done.stdout.splitlines()
        assert len(services) == 52
        assert re.match(r"38 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 https://localhost", last)
        refused = demo.ask("/api/v1/me")
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", refused.headers["date"])
