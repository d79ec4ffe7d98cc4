"""Answers of others are read in one place (``kit/remote``), which bounds them: nobody calls beside it."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import PACKAGE, calls, method_name, modules, nodes, parse_source

LIBRARIES = frozenset(
    """
    aiohttp asyncio.open_connection dns.query dns.resolver ftplib http.client httpcore httpx imaplib poplib requests
    smtplib socket ssl telnetlib urllib.request urllib3 websockets xmlrpc
    """.split()
)
"""What speaks to others over the network."""

BESIDE: dict[str, dict[str, str]] = {
    "cli/system/demo.py": {"socket": "a free port of this machine"},
    "demo/stripe_double/webhooks.py": {
        "ssl": "a double: it calls us",
        "urllib.request": "a double: it calls us",
    },
    "dns/delegation_lookup.py": {
        "dns.query": "DNS: a message is 64 KiB, and each question has seconds",
        "dns.resolver": "DNS: a message is 64 KiB, and each question has seconds",
    },
    "dns/servers/powerdns/adapter.py": {
        "dns.query": "DNS: a message is 64 KiB, and each question has seconds"
    },
    "domains/registrars/openprovider/delegation.py": {
        "dns.resolver": "DNS: a message is 64 KiB, and each question has seconds"
    },
    "domains/registrars/epp/connection.py": {
        "socket": "EPP: frames are bounded, read by the parser of kit/remote, and over in time",
        "ssl": "EPP: frames are bounded, read by the parser of kit/remote, and over in time",
    },
    "hosting/modules/connection.py": {"ssl": "the type of what kit/remote gives it"},
    "kit/valkey_client.py": {
        "socket": "the store of counters, which is the operator's own",
        "ssl": "the store of counters, which is the operator's own",
    },
    "mail/mail_server.py": {"smtplib": "the mail server, which is the operator's own"},
    "server/certificates.py": {"ssl": "our own certificate"},
    "hosting/modules/directadmin/module.py": {"socket": "the address of a name, nobody is called"},
    "server/connections.py": {"socket": "who calls us"},
    "server/heartbeat.py": {"socket": "our own port", "ssl": "our own port"},
    "server/metrics_port.py": {"socket": "who calls us"},
    "server/supervisor.py": {
        "http.client": "our own port",
        "socket": "our own port",
        "ssl": "our own port",
    },
}
"""Who may use one of them, and why what comes back is bounded, or is nobody else's."""

JUST_NAMES = {"mail/delivery.py": "smtplib", "backoffice/settings/service_tests.py": "smtplib"}
"""Only kinds of errors are imported."""


def used_libraries(tree: ast.Module) -> Iterator[str]:
    """Those that a module imports, also within a function."""
    for node in nodes(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{each.name}" for each in node.names]
        for name in names:
            yield from (each for each in LIBRARIES if f"{name}.".startswith(f"{each}."))


def test_nobody_calls_others_beside_the_one_reader() -> None:
    found: dict[str, set[str]] = {}
    for path in modules(PACKAGE):
        name = path.relative_to(PACKAGE).as_posix()
        used = set(used_libraries(parse_source(path))) - {JUST_NAMES.get(name)}
        if used and not name.startswith("kit/remote/"):
            found[name] = used
    assert found == {name: set(reasons) for name, reasons in BESIDE.items()}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("import httpx", {"httpx"}),
        ("def f():\n    from urllib.request import urlopen", {"urllib.request"}),
        ("from urllib import request", {"urllib.request"}),
        ("import urllib3.util", {"urllib3"}),
        ("from http import client", {"http.client"}),
        ("import requests as r", {"requests"}),
        ("from urllib.parse import quote\nimport sslmate, http.cookies", set()),
    ],
)
def test_the_rule_sees_what_it_forbids(text: str, seen: set[str]) -> None:
    assert set(used_libraries(ast.parse(text))) == seen


def test_json_of_an_answer_is_read_within_bounds() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}:{call.lineno}"
        for path in modules(PACKAGE)
        for call in calls(parse_source(path))
        if method_name(call) in ("loads", "fromstring")
        and call.args
        and isinstance(call.args[0], ast.Attribute)
        and call.args[0].attr == "body"
        and getattr(call.args[0].value, "id", "") != "event"  # it is verified, and small
    ]
    assert wrong == []


def test_each_call_to_the_reader_asks_it_for_the_answer() -> None:
    """``HttpAnswer`` is made by it alone."""
    made = [
        path.relative_to(PACKAGE).as_posix()
        for path in modules(PACKAGE)
        for call in calls(parse_source(path))
        if getattr(call.func, "id", "") == "HttpAnswer"
    ]
    assert sorted(made) == ["kit/remote/guarded.py", "kit/remote/http.py"]
