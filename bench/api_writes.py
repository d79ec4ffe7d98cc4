"""``python -m bench.api_writes [--rounds N] [--record]``: what writes of version 2 cost (client-api-v2.md 11).

One process, without a network: each request goes through the WSGI application as the server calls it, on PostgreSQL
with the demo company. Each is a new write: keys are never repeated. Processor time is Python's and PostgreSQL's.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from bench import contestants, machine, report
from bench.pages import log_progress

PAGE = contestants.ROOT / "docs" / "performance.md"
WRITES = 40
"""Writes of each kind in each round."""
MUCH = 10**9
"""A limit, and a balance, that no run comes near."""


@dataclass
class MeasuredWrite:
    """A kind of write: its requests, one after another, and the milliseconds of one in each round."""

    name: str
    most_ms: float
    requests: Iterator[tuple[str, str, dict[str, Any]]]
    python: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)

    @property
    def total(self) -> float:
        return median(a + b for a, b in zip(self.python, self.postgres, strict=True))


class ApiProgram:
    """Calls the API with one token, over HTTPS."""

    def __init__(self, application: Callable[..., Any], token: str) -> None:
        self.application, self.token, self.keys = application, token, count()

    def send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The ``data`` of the answer. Raises ``RuntimeError`` for any other status than 200 and 201."""
        status: list[str] = []
        sent = json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": f"Bearer {self.token}",
            "HTTP_IDEMPOTENCY_KEY": f"bench {next(self.keys)}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(sent)),
            "wsgi.url_scheme": "https",
            "wsgi.input": BytesIO(sent),
            "wsgi.errors": sys.stderr,
        }
        answer = b"".join(self.application(environ, lambda code, _headers: status.append(code)))
        if status[0][:3] not in ("200", "201"):
            raise RuntimeError(f"{method} {path} answered {status[0]}: {answer.decode()}")
        data: dict[str, Any] = json.loads(answer)["data"]
        return data


def prepare(stores: machine.StoreServers, folder: Path) -> tuple[ApiProgram, list[MeasuredWrite]]:
    """The demo company on PostgreSQL; a program of its first client that may buy, and the writes."""
    os.environ |= contestants.environment(stores)
    os.environ |= {
        "COMMERCE_DATA_DIR": str(folder / "data"),
        "COMMERCE_URL": "https://localhost",
        "COMMERCE_API_WRITE_RATE": "1000000/60s",
    }
    import django

    django.setup()
    from django.core.management import call_command

    from commerce.accounts.actions.api_writes.spending import set_spending_limit
    from commerce.accounts.actions.tokens import create_token
    from commerce.accounts.models import SCOPES, Client, User
    from commerce.billing.credit.actions import add_credit
    from commerce.config.wsgi import application
    from commerce.demo.build import build_demo
    from commerce.kit import clock
    from commerce.kit.context import SYSTEM, Context

    log_progress("migrating")
    call_command("migrate", verbosity=0, skip_checks=True)
    log_progress("making the demo company")
    build_demo(at=clock.now())
    client, ctx = Client.objects.get(company="Acme Hosting Ltd"), Context(clock.now(), SYSTEM)
    maker = User.objects.get(email="alice@example.com")
    token, plain = create_token(client=client, maker=maker, name="bench", scopes=[*SCOPES], ctx=ctx)
    set_spending_limit(token=token, per_purchase=MUCH, per_30_days=MUCH, ctx=ctx)
    add_credit(client=client, currency_code=client.currency_code, amount=MUCH, ctx=ctx)
    program = ApiProgram(application, plain)
    return program, [
        MeasuredWrite("`PATCH /domains/{id}`, auto-renew off and on", 6, _switches(client.pk)),
        MeasuredWrite("`POST /orders`, one product, paid by credit", 40, _orders(program)),
    ]


def _switches(client_id: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    from commerce.domains.models import Domain

    domain = Domain.objects.filter(client_id=client_id, status="active", auto_renew=True)[0]
    for number in count():
        yield "PATCH", f"/api/v2/domains/{domain.pk}", {"auto_renew": number % 2 == 1}


def _orders(program: ApiProgram) -> Iterator[tuple[str, str, dict[str, Any]]]:
    from commerce.catalog.models import Product

    for product in Product.objects.filter(status="active", require_domain=False).order_by("pk"):
        items = [{"product_id": product.pk, "billing_cycle": "monthly"}]
        try:
            quoted = program.send("POST", "/api/v2/quotes", {"items": items})
        except RuntimeError:
            continue
        body = {"items": items, "payment": "credit", "expected_total": quoted["due_today"]}
        while True:
            yield "POST", "/api/v2/orders", body
    raise RuntimeError("No product can be ordered by the month without a choice.")


def measure(
    program: ApiProgram, writes: Sequence[MeasuredWrite], postgres: int, rounds: int
) -> None:
    """Each kind in turn, round by round; a first round warms up and does not count."""
    for number in range(rounds + 1):
        log_progress(f"round {number} of {rounds}")
        for write in writes:
            requests = [next(write.requests) for _ in range(WRITES)]
            before, used = machine.cpu_ms(postgres), time.process_time()
            for request in requests:
                program.send(*request)
            python = (time.process_time() - used) * 1000
            if number:
                write.python.append(python / WRITES)
                write.postgres.append((machine.cpu_ms(postgres) - before) / WRITES)


def table(writes: Sequence[MeasuredWrite]) -> str:
    """As Markdown."""
    lines: list[Sequence[str]] = [("Write", "Python", "PG", "sum", "reach", "verdict")]
    for write in writes:
        parts = (f"{median(each):.1f}" for each in (write.python, write.postgres))
        verdict = "met" if write.total <= write.most_ms else "NOT met"
        lines.append((write.name, *parts, f"{write.total:.1f}", f"≤ {write.most_ms} ms", verdict))
    return report.markdown(lines)


def main() -> None:
    """Measure, print, and with ``--record`` put the table into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.api_writes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--record", action="store_true", help="into docs/performance.md")
    asked = parser.parse_args()
    machine.require_programs(without="wrk")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commerce-")))
        folder.chmod(0o755)
        stores = stack.enter_context(machine.running_stores(folder))
        program, writes = prepare(stores, folder)
        measure(program, writes, stores.pids["postgres"], asked.rounds)
    text = f"{machine.machine_sentence()}; milliseconds of processor time for one write.\n\n"
    text += table(writes)
    print(f"\n{text}")
    if asked.record:
        report.record_in_page(PAGE, text, mark="writes")


if __name__ == "__main__":
    main()
