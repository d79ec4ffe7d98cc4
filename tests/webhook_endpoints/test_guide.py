"""The lines of `docs/api.md` by which receivers check signatures, each run as it stands there."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from commerce.webhook_endpoints.rules import generate_webhook_secret, signature_header
from tests.house.source import ROOT

GUIDE = (ROOT / "docs" / "api.md").read_text("utf-8").partition("### Receiving webhooks")[2]
SECRET, BODY = generate_webhook_secret(), '{"type":"invoice.paid","reference":"Ünï"}'

type Checker = Callable[[Mapping[str, str], str], bool]


def lines(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found[1]


def in_python(headers: Mapping[str, str], body: str) -> bool:
    space: dict[str, Any] = {}
    exec(lines("python"), space)  # noqa: S102 - our own guide
    return bool(space["is_genuine"](headers, body.encode(), SECRET))


def _run(program: str, path: Path, headers: Mapping[str, str], body: str) -> bool:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not here")
    given = json.dumps([headers, body, SECRET])
    ran = subprocess.run(
        [program, str(path)], input=given, capture_output=True, text=True, check=True, timeout=20
    )
    return ran.stdout == "yes"


@pytest.fixture(params=["python", "php", "javascript"])
def checks(request: pytest.FixtureRequest, tmp_path: Path) -> Checker:
    if request.param == "python":
        return in_python
    if request.param == "php":
        path = tmp_path / "check.php"
        call = "echo is_genuine(...json_decode(file_get_contents('php://stdin'), true)) ? 'yes' : 'no';"
        path.write_text(f"<?php\n{lines('php')}\n{call}", "utf-8")
        return lambda headers, body: _run("php", path, headers, body)
    path = tmp_path / "check.mjs"
    call = 'isGenuine(...JSON.parse(readFileSync(0, "utf8"))) ? "yes" : "no"'
    path.write_text(
        f'import {{ readFileSync }} from "node:fs";\n{lines("javascript")}\nprocess.stdout.write({call});',
        "utf-8",
    )
    return lambda headers, body: _run("node", path, headers, body)


def test_it_tells_true_from_false(checks: Checker) -> None:
    now = int(time.time())

    def signed(at: int, *secrets: str) -> dict[str, str]:
        signature = signature_header("evt_1_2", at, BODY.encode(), secrets or [SECRET])
        return {
            "webhook-id": "evt_1_2",
            "webhook-timestamp": str(at),
            "webhook-signature": signature,
        }

    other = generate_webhook_secret()
    assert checks(signed(now), BODY)
    assert checks(signed(now, other, SECRET), BODY)
    assert not checks(signed(now, other), BODY)
    assert not checks(signed(now), BODY + " ")
    assert not checks(signed(now - 400), BODY)
    assert not checks(signed(now) | {"webhook-id": "evt_1_3"}, BODY)
