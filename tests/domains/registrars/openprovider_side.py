"""Openprovider behind its adapter, as the contract test plays it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.openprovider.adapter import OpenproviderRegistrar
from tests.domains.registrars.sides import HOSTILE_JSON, HOSTS, HttpSide
from tests.doubles.openprovider.server import PASSWORD, USERNAME, OpenproviderDouble
from tests.doubles.registrars.http_server import HttpFault

AWAY = "alice.com"
"""Whose nameservers DNS knows, besides the names of the contract test."""


def answer(code: int, data: Any = None, desc: str = "") -> bytes:
    return json.dumps({"code": code, "desc": desc, "data": data}).encode()


class OpenproviderSide(HttpSide):
    slug = "openprovider"
    secrets = (PASSWORD,)
    hostile = (
        *HOSTILE_JSON,
        answer(0, {"token": ["x"]}),
        answer(0, {"token": "a\nb"}),
        b'{"code": "0", "data": {}}',
        b'{"code": true, "data": {}}',
        b'{"code": 0, "data": [], "maintenance": true}',
        answer(0, {"token": "t", "results": "none", "balance": [], "handle": 7}),
        answer(0, {"token": "t", "results": [{"id": "x", "domain": 7, "status": None}]}),
        answer(14, {}, "upstream connect error"),
    )
    calls = {
        "check_one": "POST /domains/check",
        "register": "POST /domains",
        "renew": "POST /domains/{id}/renew",
        "transfer": "POST /domains/transfer",
        "info": "GET /domains",
        "set_nameservers": "PUT /domains/{id}",
        "get_code": "GET /domains/{id}/authcode",
        "set_lock": "PUT /domains/{id}",
        "set_privacy": "PUT /domains/{id}",
        "test": "GET /resellers",
        "set_contacts": "PUT /domains/{id}",
        "restore": "POST /domains/{id}/restore",
        "price_list": "GET /tlds",
        "verification": "GET /customers/verifications/emails/domains",
        "resend_verification": "POST /customers/verifications/emails/restart",
    }
    refusals = {
        RegistrarProblem.RETRY: (503, b"upstream connect error"),
        RegistrarProblem.REFUSED: (500, answer(399, desc="Invalid data")),
        RegistrarProblem.NOT_FOUND: (200, answer(0, {"results": None, "total": 0})),
        RegistrarProblem.AUTH: (403, b""),
        RegistrarProblem.WRONG_CODE: (500, answer(380, desc="The auth code is not valid")),
    }

    def __init__(self, double: OpenproviderDouble) -> None:
        super().__init__(double.server, double.account)
        self.double = double
        self.problems = frozenset({*self.refusals, RegistrarProblem.TAKEN})
        for name in (AWAY, "bob.co.uk", "xn--mller-kva.com"):
            double.resolver.names[name] = list(HOSTS)

    def refuses(self, operation: str, problem: RegistrarProblem) -> None:
        """No answer says that a name is taken, and none to a renewal that it is not ours: another call does."""
        if problem == RegistrarProblem.TAKEN:
            self.account.elsewhere[AWAY] = "code"
        elif problem == RegistrarProblem.NOT_FOUND:
            status, body = self.refusals[problem]
            self.server.faults.append(HttpFault("GET /domains", "says", body, status))
        else:
            super().refuses(operation, problem)

    def registrar(self, *, seconds: float = 5, wrong_key: bool = False) -> OpenproviderRegistrar:
        here: dict[str, Any] = {
            "live_address": "http://127.0.0.1:9/never",
            "test_address": f"{self.server.origin}/v1beta",
            "resolver_at": self.double.resolver.address,
            "call_seconds": seconds,
        }
        adapter = type("OpenproviderHere", (OpenproviderRegistrar,), here)
        password = "other" if wrong_key else PASSWORD
        made: OpenproviderRegistrar = adapter(
            {"username": USERNAME, "password": password, "sandbox": True}
        )
        return made


@contextmanager
def openprovider_side() -> Iterator[OpenproviderSide]:
    double = OpenproviderDouble()
    try:
        yield OpenproviderSide(double)
    finally:
        double.end()
