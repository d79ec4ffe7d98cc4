"""``python -m bench.provisioning``: 2,000 accounts on 20 servers, all well, and then with two dead and a slow one.

The panels are real HTTPS servers that speak the protocol of Opterius; a real worker does the work on PostgreSQL. A
dead panel takes connections and says nothing, a slow one takes three seconds for each answer. Measured is how long it
takes until the accounts of the 17 other servers are there.
"""

import argparse
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any

import psycopg

from bench import contestants, data, machine, report
from bench.daily_run import log_progress
from commerce.hosting.modules.connection import fingerprint_of
from commerce.kit import clock
from commerce.server.certificates import local_certificate

SERVERS, EACH = 20, 100
DEAD, SLOW = (0, 1), (2,)
ANSWER_SECONDS, SLOW_SECONDS = 0.02, 3.0
WAIT_SECONDS = 600
PAGE = contestants.ROOT / "docs" / "performance.md"

FILL = """
import json, sys, django
django.setup()
from commerce.catalog.models import Product
from commerce.hosting.job_names import CREATE_ACCOUNT
from commerce.hosting.models import Server, Service
from commerce.jobs.queue import enqueue
from commerce.kit import clock
from commerce.site_settings.encryption import key_ring
ports, fingerprint, each = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3])
now = clock.now()
Product.objects.update(module="opterius", package="basic")
secrets = key_ring().encrypt(json.dumps({"api_token": "bench-token"}))
made = Server.objects.bulk_create(
    Server(name=f"panel{n}", hostname="127.0.0.1", port=port, module="opterius", changed_at=now,
           fingerprint=fingerprint, secrets=secrets)
    for n, port in enumerate(ports)
)
services = Service.objects.bulk_create(
    Service(client_id=10 + n, product_id=1, label=f"Service {n}", status="pending", provisioning_key=f"bench-{n}",
            domain=f"site{n}.example.com", server=made[n % len(made)], billing_cycle="monthly", amount=500,
            currency_id="USD", created_at=now, changed_at=now)
    for n in range(each * len(made))
)
for service in services:
    enqueue(("service", service.pk), CREATE_ACCOUNT, "bench", now, {})
"""


@dataclass
class Panel:
    """One panel: how it behaves, and when it made its last account."""

    seconds: float
    is_dead: bool = False
    accounts: dict[str, str] = field(default_factory=dict)
    last_at: float = 0


class PanelServer(ThreadingHTTPServer):
    """A panel by HTTPS on a port of its own."""

    daemon_threads = True

    def __init__(self, panel: Panel, certificate: ssl.SSLContext) -> None:
        self.panel, self.certificate = panel, certificate
        super().__init__(("127.0.0.1", 0), PanelRequest)

    def get_request(self) -> tuple[socket, Any]:
        plain, address = super().get_request()
        wrapped = self.certificate.wrap_socket(
            plain, server_side=True, do_handshake_on_connect=False
        )
        return wrapped, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that has gone away is none of our business."""


class PanelRequest(BaseHTTPRequestHandler):
    """``POST /api/accounts`` makes one, ``GET`` and ``POST`` below it say that it is there."""

    server: PanelServer
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        if self.server.panel.is_dead:
            time.sleep(WAIT_SECONDS)
        super().handle()

    def do_POST(self) -> None:
        panel = self.server.panel
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(panel.seconds)
        number = panel.accounts.setdefault(sent["external_id"], str(len(panel.accounts) + 1))
        panel.last_at = time.monotonic()
        self._say({"id": number, "username": sent["username"]})

    def _say(self, answer: Mapping[str, str]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing."""


@contextmanager
def running_panels(*, all_well: bool) -> Iterator[tuple[list[Panel], list[int], str]]:
    """The panels, their ports, and the fingerprint of the certificate that all of them show."""
    with tempfile.TemporaryDirectory() as folder:
        own = local_certificate(Path(folder), host="127.0.0.1", at=clock.now())
        certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.load_cert_chain(own.chain, own.key)
        fingerprint = fingerprint_of(own.chain.read_text())
    panels = [
        Panel(
            SLOW_SECONDS if n in SLOW and not all_well else ANSWER_SECONDS,
            is_dead=n in DEAD and not all_well,
        )
        for n in range(SERVERS)
    ]
    running = [PanelServer(panel, certificate) for panel in panels]
    for each in running:
        threading.Thread(target=each.serve_forever, daemon=True).start()
    try:
        yield panels, [each.server_port for each in running], fingerprint
    finally:
        for each in running:
            each.shutdown()
            each.server_close()


def measure(*, all_well: bool) -> float:
    """Seconds until all accounts of the 17 servers are there that are well in both runs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commerce-")))
        folder.chmod(0o755)
        stores = stack.enter_context(machine.running_stores(folder))
        panels, ports, fingerprint = stack.enter_context(running_panels(all_well=all_well))
        variables = contestants.environment(stores) | {"COMMERCE_DATA_DIR": str(folder / "data")}
        variables |= {"COMMERCE_COUNTERS": stores.valkey, "HOME": os.environ.get("HOME", "/")}

        def django(*command: str) -> None:
            subprocess.run(
                [sys.executable, *command], env=variables, cwd=contestants.ROOT, check=True
            )

        django("-m", "django", "migrate", "--verbosity", "0", "--skip-checks")
        size = data.DataSize(clients=10 + SERVERS * EACH, callers=3, services=0)
        left_out = ("hosting_server", "accounts_apitoken", "hosting_service")
        with psycopg.connect(stores.postgres, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            for table in data.tables(size):
                if table[0] not in left_out:
                    data.copy_table(connection, table)
            connection.execute("VACUUM ANALYZE")
        django("-c", FILL, json.dumps(ports), fingerprint, str(EACH))
        log_progress("all well" if all_well else "two dead, one slow")
        program = "from commerce.cli import main; main()"
        working = subprocess.Popen(
            [sys.executable, "-P", "-c", program, "worker"],
            env=variables,
            cwd=contestants.ROOT,
            stdout=subprocess.DEVNULL,
        )
        began = time.monotonic()
        try:
            _wait(stores.postgres, began)
        finally:
            working.terminate()
            working.wait()
        others = [panel for n, panel in enumerate(panels) if n not in (*DEAD, *SLOW)]
        if any(len(panel.accounts) != EACH for panel in others):
            sys.exit("A server has not as many accounts as services.")
        return max(panel.last_at for panel in others) - began


def _wait(url: str, began: float) -> None:
    """Until the services of the others are active."""
    names = [f"panel{n}" for n in range(SERVERS) if n not in (*DEAD, *SLOW)]
    left = (
        "SELECT count(*) FROM hosting_service JOIN hosting_server ON server_id = hosting_server.id"
        " WHERE status = 'pending' AND name = ANY(%s)"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(left, [names]).fetchone() != (0,):
            if time.monotonic() - began > WAIT_SECONDS:
                sys.exit("The accounts were not made in time.")
            time.sleep(0.2)


def main() -> None:
    """Measure both, print them, and with ``--record`` put them into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.provisioning", description=__doc__)
    parser.add_argument("--record", action="store_true", help="into docs/performance.md")
    asked = parser.parse_args()
    machine.require_programs(without="wrk")
    well, ill = measure(all_well=True), measure(all_well=False)
    rows = [
        ("Servers", "accounts of the 17 others", "for each account", "ratio"),
        ("20 well", f"{well:.1f} s", f"{well / (SERVERS - 3) / EACH * 1000:.0f} ms", "1.00"),
        (
            *("17 well, 2 dead, 1 slow", f"{ill:.1f} s"),
            *(f"{ill / (SERVERS - 3) / EACH * 1000:.0f} ms", f"{ill / well:.2f}"),
        ),
    ]
    text = f"{machine.machine_sentence()}.\n\n{report.markdown(rows)}"
    print(f"\n{text}")
    if asked.record:
        report.record_in_page(PAGE, text, mark="provisioning")


if __name__ == "__main__":
    main()
