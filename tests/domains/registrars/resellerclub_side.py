"""ResellerClub in the contract test."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from commerce.domains.registrars.contract import Registrar, RegistrarProblem
from commerce.domains.registrars.resellerclub.adapter import ResellerClubRegistrar
from tests.domains.registrars.sides import HOSTILE_JSON, HttpSide, RegistrarSide
from tests.doubles.resellerclub.server import API_KEY, AUTH_USERID, ResellerClubDouble


class ResellerClubSide(HttpSide):
    slug = "resellerclub"
    secrets = (API_KEY,)
    hostile = HOSTILE_JSON
    calls = {
        "check_one": "GET domains/available",
        "register": "POST domains/register",
        "renew": "POST domains/renew",
        "transfer": "POST domains/transfer",
        "info": "GET domains/details-by-name",
        "set_nameservers": "POST domains/modify-ns",
        "get_code": "GET domains/details-by-name",
        "set_lock": "POST domains/enable-theft-protection",
        "set_privacy": "POST domains/modify-privacy-protection",
        "test": "GET billing/reseller-balance",
        "set_contacts": "POST domains/modify-contact",
        "restore": "POST domains/restore",
        "cancel_transfer": "POST domains/cancel-transfer",
        "set_ds_records": "POST domains/add-dnssec",
        "verification": "GET domains/details-by-name",
        "resend_verification": "POST domains/raa/resend-verification",
    }
    refusals = {
        problem: (500, json.dumps({"status": "ERROR", "message": text}).encode())
        for problem, text in {
            RegistrarProblem.RETRY: "Order Locked In Processing",
            RegistrarProblem.REFUSED: "The order cannot be placed",
            RegistrarProblem.TAKEN: "Domain name alice.com is already registered",
            RegistrarProblem.NOT_FOUND: "No Entity found for Entityid: 7",
            RegistrarProblem.AUTH: "User authentication failed",
            RegistrarProblem.WRONG_CODE: "Invalid Domain Secret",
        }.items()
    }

    def registrar(self, *, seconds: float = 5, wrong_key: bool = False) -> Registrar:
        here: dict[str, Any] = {
            "live_address": "http://127.0.0.1:9/never",
            "live_check_address": "http://127.0.0.1:9/never",
            "test_address": f"{self.server.origin}/api",
            "call_seconds": seconds,
        }
        adapter = type("ResellerClubHere", (ResellerClubRegistrar,), here)
        key = "other-key" if wrong_key else API_KEY
        made: Registrar = adapter({"auth_userid": AUTH_USERID, "api_key": key, "sandbox": True})
        return made


@contextmanager
def resellerclub_side() -> Iterator[RegistrarSide]:
    double = ResellerClubDouble()
    try:
        yield ResellerClubSide(double.server, double.account)
    finally:
        double.server.end()
