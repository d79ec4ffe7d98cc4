"""Namecheap in the contract test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from commerce.domains.registrars.contract import Registrar, RegistrarProblem, RegistrarState
from commerce.domains.registrars.namecheap.adapter import NamecheapRegistrar
from tests.domains.registrars.sides import HOSTILE_XML, HttpSide, RegistrarSide
from tests.doubles.namecheap.server import (
    API_KEY,
    API_USER,
    CLIENT_IP,
    NamecheapDouble,
    answered,
    failed,
)


class NamecheapSide(HttpSide):
    slug = "namecheap"
    secrets = (API_KEY,)
    tells = frozenset(RegistrarState) - {RegistrarState.REDEMPTION}
    hostile = (
        *HOSTILE_XML,
        answered("domains.getInfo", "").body,
        answered("domains.getInfo", "<DomainGetInfoResult DomainName='alice.com'/>").body,
        failed("", "").body,
        b"<ApiResponse Status='ERROR'/>",
        b"<ApiResponse Status='MAYBE'><CommandResponse/></ApiResponse>",
    )
    calls = {
        "check_one": "domains.check",
        "register": "domains.create",
        "renew": "domains.renew",
        "transfer": "domains.transfer.create",
        "info": "domains.getInfo",
        "set_nameservers": "domains.dns.setCustom",
        "set_lock": "domains.setRegistrarLock",
        "set_privacy": "whoisguard.enable",
        "test": "users.getBalances",
        "set_contacts": "domains.setContacts",
        "restore": "domains.reactivate",
        "price_list": "users.getPricing",
    }
    refusals = {
        problem: (200, failed(number, "Not done").body)
        for problem, number in {
            RegistrarProblem.RETRY: "5050900",
            RegistrarProblem.REFUSED: "2528166",
            RegistrarProblem.TAKEN: "3019166",
            RegistrarProblem.NOT_FOUND: "2016166",
            RegistrarProblem.AUTH: "1011150",
        }.items()
    }

    def registrar(self, *, seconds: float = 5, wrong_key: bool = False) -> Registrar:
        here: dict[str, Any] = {
            "live_address": "http://127.0.0.1:9/never",
            "test_address": f"{self.server.origin}/xml.response",
            "call_seconds": seconds,
        }
        adapter = type("NamecheapHere", (NamecheapRegistrar,), here)
        key = "other-key" if wrong_key else API_KEY
        settings = {"api_user": API_USER, "api_key": key, "client_ip": CLIENT_IP, "sandbox": True}
        made: Registrar = adapter(settings)
        return made


@contextmanager
def namecheap_side() -> Iterator[RegistrarSide]:
    double = NamecheapDouble()
    try:
        yield NamecheapSide(double.server, double.account)
    finally:
        double.server.end()
