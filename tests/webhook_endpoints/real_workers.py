"""An installation with endpoints, real workers, and receivers that take what comes, refuse it, dawdle or are dead.

It has a database of its own, SQLite unless it is given one.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from standardwebhooks.webhooks import Webhook

from tests.doubles.webhook_receiver import (
    HOST,
    ReceivedPost,
    WebhookReceiver,
    certificate_files,
    webhook_receiver,
)

ROOT = Path(__file__).parents[2]
CLIENTS, FOR_EACH = 5, 10
SLOW_SECONDS = 3.0
LOAD = """
import json, sys, time
from commerce.config.console import load_django; load_django()
from commerce.accounts.models import Client
from commerce.kit import clock
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from django.core.management import call_command
from django.db import transaction
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.people import make_client
from tests.make.webhook_endpoints import make_endpoint, make_events
given = json.loads(sys.argv[1])
"""
BEGIN = """
call_command('migrate', verbosity=0)
set_setting(key="api.webhook_networks", value="127.0.0.0/8", ctx=Context(clock.now(), SYSTEM))
made = []
with transaction.atomic():
    for addresses in given:
        client = make_client()
        made += [(address, make_endpoint(client, address)[1]) for address in addresses]
print(json.dumps(made))
"""
HAPPEN = """
made = []
for round in range(given["rounds"]):
    for client in Client.objects.order_by("pk"):
        with transaction.atomic():
            made += [one.public_id for one in make_events(client, given["count"], at=clock.now())]
        made[-1:] = [[made[-1], time.time()]] if given["pause"] else made[-1:]
        time.sleep(given["pause"])
print(json.dumps(made))
"""


class ArrivedPost(NamedTuple):
    """What came to a receiver, as it is told apart."""

    path: str
    event_id: str


class RealWorkers:
    """The installation; ``secrets`` by path of those that take what comes, and of those that refuse or dawdle."""

    def __init__(self, folder: Path, receiver: WebhookReceiver, database: str = "") -> None:
        self.folder, self.receiver = folder, receiver
        kept = {name: one for name, one in os.environ.items() if not name.startswith("COMMERCE_")}
        self.variables = kept | {
            "COMMERCE_DATA_DIR": str(folder),
            "COMMERCE_DATABASE_URL": database,
            "SSL_CERT_FILE": str(certificate_files()[2]),
            "PYTHONPATH": str(ROOT),
        }
        self.secrets: dict[str, str] = {}
        self._started: list[subprocess.Popen[bytes]] = []

    def python(self, code: str, given: Any = None) -> Any:
        """What a program prints that has the installation loaded."""
        ran = subprocess.run(
            [sys.executable, "-P", "-c", LOAD + code, json.dumps(given)],
            env=self.variables,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
        return json.loads(ran.stdout or b"null")

    def begin(self, bad: Mapping[int, str]) -> None:
        """Make the clients and their endpoints; ``bad``: addresses of some that do not take what comes at once."""
        there = self.receiver.url.removesuffix("/hook")
        addresses = [
            bad.get(number, f"{there}/takes/{number}") for number in range(CLIENTS * FOR_EACH)
        ]
        by_client = [addresses[first::CLIENTS] for first in range(CLIENTS)]
        made = self.python(BEGIN, by_client)
        self.secrets = {
            address.removeprefix(there): secret
            for address, secret in made
            if address.startswith(there)
        }

    def happen(self, count: int, *, rounds: int = 1, pause: float = 0) -> list[Any]:
        """So many events of each client in each round; their ids, the last with its time if there is a pause."""
        given = {"count": count, "rounds": rounds, "pause": pause}
        made: list[Any] = self.python(HAPPEN, given)
        return made

    def worker(self) -> "subprocess.Popen[bytes]":
        """A worker that works until it is ended."""
        command = [sys.executable, "-P", "-c", "from commerce.cli import main; main()", "worker"]
        self._started.append(
            subprocess.Popen(command, env=self.variables, cwd=ROOT, stdout=subprocess.DEVNULL)
        )
        return self._started[-1]

    def end(self) -> None:
        """Kill what still works."""
        for one in self._started:
            if one.poll() is None:
                one.send_signal(signal.SIGKILL)
            one.wait()

    def arrived(self) -> set[ArrivedPost]:
        """What came to those who take it, once or more often."""
        return {
            ArrivedPost(one.path, one.headers["webhook-id"])
            for one in list(self.receiver.received)
            if one.path.startswith("/takes/")
        }

    def wait_for(self, number: int, seconds: float = 120) -> None:
        """Until so many have arrived at those who take them."""
        ends = time.monotonic() + seconds
        while (found := len(self.arrived())) < number:
            assert time.monotonic() < ends, (found, number)
            time.sleep(0.1)

    def verify_all(self) -> int:
        """How many posts the library for receivers verifies; it raises for one that is not ours."""
        posts = [one for one in self.receiver.received if one.path in self.secrets]
        for one in posts:
            Webhook(self.secrets[one.path]).verify(one.body, one.headers)
        return len(posts)


def dead_and_slow(mute_port: int, receiver: WebhookReceiver) -> dict[int, str]:
    """Addresses of five who do not take what comes, or not soon."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        refused = nobody.getsockname()[1]
    there = receiver.url.removesuffix("/hook")
    return {
        3: f"https://{HOST}:{refused}/",
        14: f"https://{HOST}:{mute_port}/",
        25: f"{there}/fails",
        36: f"{there}/leads/away",
        47: f"{there}/dawdles",
    }


def _answer(post: ReceivedPost) -> tuple[int, dict[str, str], bytes]:
    if post.path == "/fails":
        return 500, {}, b"no"
    if post.path == "/leads/away":
        return 302, {"Location": "/takes/0"}, b""
    if post.path == "/dawdles":
        time.sleep(SLOW_SECONDS)
    return 204, {}, b""


@contextmanager
def real_workers(folder: Path, database: str = "") -> Iterator[RealWorkers]:
    """Fifty endpoints of five clients, five of them dead or slow; no worker yet. All of it is ended in the end."""
    with ExitStack() as stack:
        receiver = stack.enter_context(webhook_receiver())
        mute = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        receiver.answers = _answer
        made = RealWorkers(folder, receiver, database)
        stack.callback(made.end)
        made.begin(dead_and_slow(mute.getsockname()[1], receiver))
        yield made


@contextmanager
def own_database(server: str, template: str = "template1") -> Iterator[str]:
    """The address of a database of a PostgreSQL that begins like another one, and is gone afterwards."""
    from secrets import token_hex
    from urllib.parse import urlsplit

    import psycopg

    name = f"webhooks_{token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
