"""The script of `docs/staff-api.md` that was one for WHMCS, run by PHP as it stands there."""

import re
import shutil
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from commerce.hosting.models import Service
from tests import make
from tests.house.source import ROOT
from tests.make.api import call_api
from tests.make.staff import make_staff, make_staff_token

pytestmark = pytest.mark.django_db


class _Entry(BaseHTTPRequestHandler):
    """Hands what it is asked to the server's entry, as a proxy with a certificate does."""

    def _ask(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        named = ("Authorization", "Idempotency-Key", "Content-Type")
        headers = {name: self.headers[name] for name in named if name in self.headers}
        body = sent if self.command == "POST" else None
        answer = call_api(self.path, method=self.command, headers=headers, body=body)
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = _ask  # noqa: N815 - names of the standard library

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base has it
        """Nothing."""


def run_script(script: Path, token: str) -> str:
    """What PHP prints; what it asks is answered here, in the transaction of the test."""
    with HTTPServer(("127.0.0.1", 0), _Entry) as server:
        server.timeout = 0.2
        where = {"TOKEN": token, "COMMERCE_URL": f"http://127.0.0.1:{server.server_port}"}
        with subprocess.Popen(
            ["php", str(script)],
            env=where,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as ran:
            while ran.poll() is None:
                server.handle_request()
            assert ran.stdout is not None
            return ran.stdout.read()


@pytest.mark.skipif(shutil.which("php") is None, reason="there is no PHP")
def test_the_script_does_what_the_old_one_did(tmp_path: Path) -> None:
    client = make.make_client()
    for _ in range(2):
        make.make_service(client)
    make.make_invoice(client, status="overdue")
    guide = (ROOT / "docs" / "staff-api.md").read_text("utf-8")
    found = re.search(r"```php\n(function staff_api.*?)```", guide, re.DOTALL)
    assert found
    script = tmp_path / "script.php"
    code = found[1].replace("$client = 12;", f"$client = {client.pk};")
    script.write_text(f"<?php\n{code}", "utf-8")
    staff = make_staff("admin")
    printed = run_script(script, make_staff_token(staff)[1])
    assert printed.splitlines() == ["The service is being suspended."] * 2, printed
    assert {*Service.objects.values_list("status", flat=True)} == {"suspended"}
    assert run_script(script, make_staff_token(staff, name="again")[1]) == ""
    Service.objects.update(status="active")
    narrow = make_staff_token(staff, name="narrow", permissions=["invoices.view", "services.view"])[
        1
    ]
    assert "right.missing: " in run_script(script, narrow)
