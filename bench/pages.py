"""``python -m bench.pages [--rounds N] [--record]``: what pages cost beside a bare Django view with the same queries.

One process, without a network: each request goes through the WSGI application as the server calls it, a page and its
peer in turn. Processor time is Python's and PostgreSQL's together.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench import contestants, machine, report

PAGE = contestants.ROOT / "docs" / "performance.md"
REQUESTS = 20
"""Requests of a page, and of its peer, in each round."""
MOST_TIMES, MOST_MS = 2.5, 60
_BEGAN = time.monotonic()


class PageFigures(NamedTuple):
    """A page: statements, its reply's bytes plain and compressed, and milliseconds of each round."""

    name: str
    statements: int
    size: int
    python: list[float]
    postgres: list[float]
    peer: list[float]

    @property
    def total(self) -> float:
        return median(a + b for a, b in zip(self.python, self.postgres, strict=True))

    @property
    def ratio(self) -> float:
        sums = zip(self.python, self.postgres, self.peer, strict=True)
        return median((python + postgres) / peer for python, postgres, peer in sums)


def log_progress(text: str) -> None:
    """A line of progress, with the seconds since the start."""
    print(f"{time.monotonic() - _BEGAN:5.0f} s  {text}", file=sys.stderr, flush=True)


class PageCaller:
    """Asks a WSGI application for pages as one browser, over HTTPS."""

    def __init__(self, application: Callable[..., Any], cookies: str = "") -> None:
        self.application, self.cookies = application, cookies

    def get(self, path: str) -> bytes:
        """The body of a page. Raises ``RuntimeError`` for any other status than 200."""
        status: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self.cookies,
            "HTTP_ACCEPT_ENCODING": "gzip",
            "HTTP_ACCEPT_LANGUAGE": "en",
            "wsgi.url_scheme": "https",
            "wsgi.input": BytesIO(),
            "wsgi.errors": sys.stderr,
        }
        reply = self.application(environ, lambda code, _headers: status.append(code))
        body = b"".join(reply)
        reply.close()
        if status[0] != "200 OK":
            raise RuntimeError(f"{path} answered {status[0]}")
        return body


def prepare(stores: machine.StoreServers, folder: Path) -> dict[str, str]:
    """An installation with the demo company and very much of it; the pages by name."""
    os.environ |= contestants.environment(stores)
    os.environ |= {"COMMERCE_DATA_DIR": str(folder / "data"), "COMMERCE_URL": "https://localhost"}
    import django

    django.setup()
    from django.core.management import call_command

    from bench.page_data import fill_cart, fill_pages
    from commerce.accounts.models import Client
    from commerce.billing.invoices.models import Invoice
    from commerce.demo.build import build_demo
    from commerce.kit import clock

    log_progress("migrating")
    call_command("migrate", verbosity=0, skip_checks=True)
    log_progress("making the demo company")
    build_demo(at=clock.now())
    acme = Client.objects.get(company="Acme Hosting Ltd")
    log_progress("50,000 invoices and services")
    fill_pages(acme.pk)
    fill_cart(acme)
    invoice = Invoice.objects.for_client(acme).order_by("pk")[0]
    return {
        "dashboard": "/client/dashboard",
        "invoice list": "/client/invoices",
        "invoice list, page 1,000": "/client/invoices?page=1000",
        "invoice": f"/client/invoices/{invoice.pk}",
        "services list": "/client/services",
        "store": "/store",
        "cart": "/cart",
        "checkout": "/checkout",
    }


def sign_in() -> str:
    """The cookies of a browser in which Alice is signed in."""
    from django.test import Client as TestClient

    from commerce.accounts.models import User

    web = TestClient(headers={"host": "localhost"})
    web.force_login(User.objects.get(email="alice@example.com"))
    for path in ("/client/dashboard", "/store", "/cart"):
        web.get(path, secure=True)
    return "; ".join(f"{name}={cookie.value}" for name, cookie in web.cookies.items())


def measure(paths: Mapping[str, str], postgres: int, rounds: int) -> list[PageFigures]:
    """Each page and its peer in turn, round by round."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    from bench.page_peer import QueryRecording, add_peer
    from commerce.config.wsgi import application

    with override_settings(MIDDLEWARE=["bench.page_peer.use_peer_urls"]):
        bare = PageCaller(WSGIHandler())
    ours = PageCaller(application, sign_in())
    found, peers = [], {}
    for name, path in paths.items():
        ours.get(path)
        recording, again = QueryRecording(), QueryRecording()
        with recording.recording():
            size = len(ours.get(path))
        peers[name] = add_peer(name.replace(" ", "-").replace(",", ""), recording)
        with again.recording():
            bare.get(peers[name])
        if again.statements != recording.statements:
            raise RuntimeError(
                f"{name}: {recording.statements} statements, its peer {again.statements}"
            )
        found.append(PageFigures(name, recording.statements, size, [], [], []))
    for number in range(rounds):
        log_progress(f"round {number + 1} of {rounds}")
        for page in found:
            python, database = cost(ours, paths[page.name], postgres)
            page.python.append(python)
            page.postgres.append(database)
            page.peer.append(sum(cost(bare, peers[page.name], postgres)))
    return found


def cost(caller: PageCaller, path: str, postgres: int) -> tuple[float, float]:
    """Milliseconds of Python's and of PostgreSQL's processor time for one request."""
    caller.get(path)
    before, used = machine.cpu_ms(postgres), time.process_time()
    for _ in range(REQUESTS):
        caller.get(path)
    python = (time.process_time() - used) * 1000
    return python / REQUESTS, (machine.cpu_ms(postgres) - before) / REQUESTS


def table(found: Sequence[PageFigures]) -> str:
    """As Markdown."""
    head = ("Page", "queries", "Python", "PG", "sum", "bare view", "ratio", "sent", "verdict")
    lines: list[Sequence[str]] = [head]
    for page in found:
        met = page.ratio <= MOST_TIMES and page.total <= MOST_MS
        lines.append(
            (
                page.name,
                str(page.statements),
                *(f"{median(each):.1f}" for each in (page.python, page.postgres)),
                f"{page.total:.1f}",
                f"{median(page.peer):.1f}",
                f"{page.ratio:.2f} ×",
                f"{page.size / 1024:.1f} KiB",
                "met" if met else "NOT met",
            )
        )
    return report.markdown(lines)


def heading() -> str:
    """Where it was measured, in a sentence."""
    unit = "milliseconds of processor time for a request"
    return f"{machine.machine_sentence()}; {unit}. To reach: ≤ {MOST_TIMES} ×, ≤ {MOST_MS} ms."


def main() -> None:
    """Measure, print, and with ``--record`` put the table into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--record", action="store_true", help="into docs/performance.md")
    asked = parser.parse_args()
    machine.require_programs(without="wrk")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commerce-")))
        folder.chmod(0o755)
        stores = stack.enter_context(machine.running_stores(folder))
        found = measure(prepare(stores, folder), stores.pids["postgres"], asked.rounds)
    text = f"{heading()}\n\n{table(found)}"
    print(f"\n{text}")
    if asked.record:
        report.record_in_page(PAGE, text, mark="pages")


if __name__ == "__main__":
    main()
