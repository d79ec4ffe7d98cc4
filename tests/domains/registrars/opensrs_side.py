"""OpenSRS behind its adapter, as the contract test plays it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.opensrs.adapter import OpenSrsRegistrar
from tests.domains.registrars.sides import HttpSide
from tests.doubles.opensrs.messages import FOOT, HEAD, written_message
from tests.doubles.opensrs.server import PRIVATE_KEY, USERNAME, OpenSrsDouble

BOMB = (
    b'<!DOCTYPE OPS_envelope [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<OPS_envelope><body><data_block>&b;</data_block></body></OPS_envelope>"
)
FILE = (
    b'<!DOCTYPE OPS_envelope [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b"<OPS_envelope><body><data_block>&a;</data_block></body></OPS_envelope>"
)


def envelope(inside: str) -> bytes:
    return f"{HEAD}{inside}{FOOT}".encode()


class OpenSrsSide(HttpSide):
    slug = "opensrs"
    secrets = (PRIVATE_KEY,)
    hostile = (
        b"",
        b"<html><body>504<br></body></html>",
        BOMB,
        FILE,
        envelope(""),
        envelope("<dt_scalar>7</dt_scalar>"),
        envelope("<dt_array><item>7</item></dt_array>"),
        envelope("<dt_assoc><item>7</item></dt_assoc>"),
        envelope("<dt_assoc>" + "<item key='a'><dt_assoc>" * 5_000),
        written_message(200, ""),
        written_message(200, "", {"belongs_to_rsp": {"a": "b"}, "balance": "1e9", "price": []}),
        written_message(200, "", {"belongs_to_rsp": "1", "expiredate": "tomorrow"}),
        written_message(210, "", {"price": "NaN"}),
        written_message(200, "", {"orders": "none", "belongs_to_rsp": "0"}),
        written_message(200, "", {"orders": [{"id": "x", "type": "new"}], "belongs_to_rsp": "0"}),
        written_message(200, "").replace(b"<item key='response_code'>200", b"<item key='code'>2"),
        written_message(200, "").replace(b'"is_success">1', b'"is_success">yes'),
        written_message(200, "").decode().encode("utf-16"),
    )
    calls = {
        "check_one": "LOOKUP",
        "register": "SW_REGISTER",
        "renew": "RENEW",
        "transfer": "SW_REGISTER",
        "info": "BELONGS_TO_RSP",
        "set_nameservers": "ADVANCED_UPDATE_NAMESERVERS",
        "get_code": "GET domain_auth_info",
        "set_lock": "MODIFY",
        "set_privacy": "MODIFY",
        "test": "GET_BALANCE",
        "set_contacts": "UPDATE_CONTACTS",
        "restore": "REDEEM",
        "cancel_transfer": "CANCEL_TRANSFER",
        "set_ds_records": "SET_DNSSEC_INFO",
        "verification": "GET_REGISTRANT_VERIFICATION_STATUS",
        "resend_verification": "SEND_REGISTRANT_VERIFICATION_EMAIL",
    }
    refusals = {
        problem: (200, written_message(code, text))
        for problem, code, text in (
            (RegistrarProblem.RETRY, 437, "Another request is waiting on this domain"),
            (RegistrarProblem.REFUSED, 465, "Invalid data"),
            (RegistrarProblem.TAKEN, 485, "Domain taken"),
            (RegistrarProblem.NOT_FOUND, 480, "Domain is not owned by user"),
            (RegistrarProblem.AUTH, 400, "Access denied: invalid IP address"),
            (RegistrarProblem.WRONG_CODE, 465, "Invalid auth code"),
        )
    }

    def registrar(self, *, seconds: float = 5, wrong_key: bool = False) -> OpenSrsRegistrar:
        here: dict[str, Any] = {
            "live_address": "http://127.0.0.1:9/never",
            "test_address": self.server.origin,
            "call_seconds": seconds,
        }
        adapter = type("OpenSrsHere", (OpenSrsRegistrar,), here)
        key = "other-key" if wrong_key else PRIVATE_KEY
        made: OpenSrsRegistrar = adapter(
            {"username": USERNAME, "private_key": key, "sandbox": True}
        )
        return made


@contextmanager
def opensrs_side() -> Iterator[OpenSrsSide]:
    double = OpenSrsDouble()
    try:
        yield OpenSrsSide(double.server, double.account)
    finally:
        double.server.end()
