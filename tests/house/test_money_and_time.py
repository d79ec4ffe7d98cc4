"""No float and no second rounding near money; one clock (invariants M1, M2, O6)."""

import ast
from pathlib import Path

import pytest

from tests.house.source import (
    PACKAGE,
    calls,
    files_named,
    function_name,
    method_name,
    modules,
    nodes,
    parse_source,
    source_position,
)

KIT = PACKAGE / "kit"
WORDS_OF_FLOATS = {"float", "FloatField", "DecimalField", "Avg", "round"}
WORDS_OF_ROUNDING = {"quantize", "floor", "ceil", "trunc"}
CLOCKS = {"now", "utcnow", "today", "localtime", "localdate"}
CLASSES_WITH_CLOCKS = {"datetime", "date", "timezone"}


NO_MONEY = {
    "api/core/handler.py": "how long a request took",
    "api/core/replies.py": "how well a client likes an encoding",
    "api/read/known_callers.py": "until when a token counts as known",
    "api/v1/invoices.py": "an example of a quantity in the description",
    "domains/availability.py": "how long answers are waited for, and kept",
    "domains/rdap/lookup.py": "seconds of a call",
    "domains/registrars/epp/connection.py": "seconds of a call",
    "domains/registrars/epp/session.py": "a pause before the next login",
    "demo/stripe_double/double.py": "how slow a call is",
    "demo/stripe_double/server.py": "pauses between looks whether it shall end",
    "demo/stripe_double/webhooks.py": "pauses before an event is sent again",
    "dns/delegation.py": "seconds of a look-up",
    "dns/delegation_lookup.py": "seconds of a question",
    "db/locks.py": "seconds of a rest",
    "db/reads.py": "seconds of a replica",
    "db/statement_timeouts.py": "seconds of a block",
    "db/database_clock.py": "how far two clocks are apart",
    "db/retry.py": "pauses before a deadlock is tried again",
    "jobs/time_limits.py": "until when a run may take",
    "runs/lock.py": "a pause before the lock is tried again",
    "runs/ranges.py": "pauses between looks at ranges, and how long one had no process",
    "billing/documents/pdf.py": "how bright a color is",
    "hosting/modules/connection.py": "seconds of a call",
    "hosting/modules/proxmox/client.py": "seconds of a call",
    "hosting/modules/proxmox/guests.py": "the size of a disk as the panel writes it",
    "hosting/modules/proxmox/usage.py": "bytes as the panel measures them",
    "mail/delivery.py": "how long a mail waits for the mail server",
    "kit/remote/certificates.py": "seconds of a call",
    "kit/remote/guarded.py": "seconds of a call",
    "kit/remote/http.py": "seconds of a call",
    "payments/gateways/mollie/adapter.py": "seconds of a call",
    "payments/gateways/mollie/client.py": "seconds of a call",
    "payments/gateways/paypal/api.py": "when a token ends",
    "payments/gateways/stripe/client.py": "seconds of a call",
    "kit/remote/time_limits.py": "seconds of a call",
    "server/asgi_bridge.py": "how long a file is kept",
    "server/listener.py": "pauses between looks at connections",
    "server/supervisor.py": "pauses between looks at processes",
    "server/inline_loop.py": "seconds that a request may take to arrive",
    "server/connections.py": "seconds of silence",
    "server/heartbeat.py": "seconds between its questions",
    "config/plain_reply.py": "when a request began",
    "server/metrics.py": "seconds, as monitoring systems read them",
    "jobs/handlers.py": "seconds before the next try",
    "jobs/worker.py": "seconds until the end",
    "webhook_endpoints/loop.py": "seconds between its looks",
    "webhook_endpoints/rules.py": "seconds before the next try",
    "webhook_endpoints/sending.py": "seconds of a visit",
    "kit/clock.py": "ticks of the machine",
    "kit/counter_store.py": "seconds of a call",
    "kit/process_metrics.py": "how long requests took",
    "kit/json_log.py": "how long a request took",
    "kit/valkey_client.py": "seconds of a call",
    "kit/shared_table.py": "seconds to wait for it",
    "kit/money.py": "the one function that rounds",
}
"""Modules that may have floats, or round, and what these are: never an amount."""


def floats(node: ast.AST) -> list[ast.AST]:
    """Names and literals by which a float gets into a sum, or by which it is rounded.

    ``round`` because it rounds half to even.
    """
    return [
        inner
        for inner in nodes(node)
        if (isinstance(inner, ast.Name) and unsafe(inner.id))
        or (isinstance(inner, ast.Attribute) and inner.attr != "round" and unsafe(inner.attr))
        or (isinstance(inner, ast.alias) and unsafe(inner.name))
        or (isinstance(inner, ast.Constant) and isinstance(inner.value, float))
    ]


def unsafe(name: str) -> bool:
    return name in WORDS_OF_FLOATS | WORDS_OF_ROUNDING or name.startswith("ROUND_")


def clock_readings(node: ast.AST) -> list[ast.AST]:
    """Calls such as ``datetime.now(UTC)``, ``date.today()`` and ``timezone.now()``.

    The module ``time`` is for durations and log lines, which follow the machine and not the business.
    """
    return [
        call
        for call in calls(node)
        if method_name(call) in CLOCKS
        and isinstance(call.func, ast.Attribute)
        and last_name(call.func.value) in CLASSES_WITH_CLOCKS
    ]


def last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("price = float(total)", 1),
        ("amount = models.DecimalField(max_digits=9)", 1),
        ("tax = total * 0.2", 1),
        ("tax = round(total / 5)", 1),
        ("tax = value.quantize(Decimal(1), rounding=ROUND_DOWN)", 2),
        ("tax = math.floor(total / 5)", 1),
        ("from decimal import ROUND_HALF_UP", 1),
        ("tax = round_half_up(Fraction(total, 5))", 0),
    ],
)
def test_floats_are_found(code: str, count: int) -> None:
    assert len(floats(ast.parse(code))) == count


def test_no_float_comes_near_money() -> None:
    found = {path: floats(parse_source(path)) for path in modules(PACKAGE)}
    where = {str(path.relative_to(PACKAGE)) for path, nodes in found.items() if nodes}
    assert where - set(NO_MONEY) == set(), "amounts are whole minor units; kit.money rounds them"
    assert set(NO_MONEY) - where == set(), "an exception that is not needed any more"


def test_money_itself_has_no_float() -> None:
    path = KIT / "money.py"
    left = [
        source_position(path, node)
        for node in floats(parse_source(path))
        if not of_the_one_function(node)
    ]
    assert left == []


def of_the_one_function(node: ast.AST) -> bool:
    names = {getattr(node, key, "") for key in ("id", "attr", "name")}
    return bool(names & {"ROUND_HALF_UP", "quantize"})


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("datetime.now(UTC)", 1),
        ("datetime.datetime.now()", 1),
        ("date.today()", 1),
        ("timezone.now()", 1),
        ("clock.now()", 0),
        ("time.monotonic()", 0),
    ],
)
def test_clock_readings_are_found(code: str, count: int) -> None:
    assert len(clock_readings(ast.parse(code))) == count


def test_one_function_reads_the_clock() -> None:
    others = [path for path in modules(PACKAGE) if path != KIT / "clock.py"]
    assert [
        source_position(path, node)
        for path in others
        for node in clock_readings(parse_source(path))
    ] == []


@pytest.mark.parametrize(
    "path",
    files_named("models", "rules", "actions", "events", "emails"),
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_the_domain_is_told_the_time(path: Path) -> None:
    """Actions take ``at=`` or ``on=``; rules take values. Only doors, commands and the worker ask the clock."""
    asked = [source_position(path, call) for call in calls(parse_source(path)) if asks(call)]
    assert asked == []
    assert [
        source_position(path, node) for node in nodes(parse_source(path)) if takes(node, "time")
    ] == []


def takes(node: ast.AST, module: str) -> bool:
    return isinstance(node, ast.Import) and module in {alias.name for alias in node.names}


def asks(call: ast.Call) -> bool:
    return function_name(call) == "now" or (
        method_name(call) == "now"
        and isinstance(call.func, ast.Attribute)
        and last_name(call.func.value) == "clock"
    )
