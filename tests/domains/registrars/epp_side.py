"""The registry that stands behind the EPP adapter in the contract test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from commerce.domains.registrars.contract import Registrar, RegistrarProblem, RegistrarState
from commerce.domains.registrars.epp.adapter import EppRegistrar
from tests.domains.registrars.sides import HOSTS
from tests.doubles.epp.account import OURS, THEIRS, EppAccount, settings_for
from tests.doubles.epp.certificates import certificates
from tests.doubles.epp.registry import EppHost, EppRegistry
from tests.doubles.epp.server import EppFault, EppServer

TLDS = ("com", "net", "co.uk", "com.au")
TLS_SECONDS = 1.1
"""What a session takes before its first command, on a busy machine."""

COMMANDS = {
    "check_one": "domain:check",
    "register": "domain:create",
    "renew": "domain:renew",
    "transfer": "domain:transfer",
    "info": "domain:info",
    "get_code": "domain:info",
    "test": "login",
    "cancel_transfer": "domain:transfer",
    "read_messages": "poll",
}
"""The command that does an operation; of all others it is the update of the name."""

KINDS = {
    "dead": "silent",
    "lost": "lost",
    "hangs": "slow",
    "garbage": "nonsense",
    "error": "2400",
    "huge": "huge",
}
CODES = {
    RegistrarProblem.RETRY: "2400",
    RegistrarProblem.REFUSED: "2308",
    RegistrarProblem.TAKEN: "2302",
    RegistrarProblem.NOT_FOUND: "2303",
    RegistrarProblem.AUTH: "2501",
    RegistrarProblem.WRONG_CODE: "2202",
}
HOSTILE = (
    b"",
    b"<",
    b"\xff\xfe\x00",
    b"<epp/>",
    b'<!DOCTYPE epp [<!ENTITY a "b">]><epp>&a;</epp>',
    b"<epp><greeting/></epp>",
    b'<epp><response><result code="x"><msg/></result><resData><infData/></resData></response></epp>',
    b"<a>" * 50_000,
)


class EppSide:
    slug: ClassVar[str] = "epp"
    hostile = HOSTILE
    tells = frozenset(RegistrarState)
    problems = frozenset(CODES)

    def __init__(self, server: EppServer) -> None:
        self.server = server
        self.account = EppAccount(server.registry)
        key = certificates().client_key.read_text().splitlines()[1]
        self.secrets = (server.registry.passwords[OURS], key)

    def registrar(self, *, seconds: float = 5, wrong_key: bool = False) -> Registrar:
        adapter = type("EppHere", (EppRegistrar,), {"call_seconds": seconds + TLS_SECONDS})
        settings = settings_for(self.server)
        if wrong_key:
            settings["password"] = "another-word"
        made: Registrar = adapter(settings)
        return made

    def fails(self, operation: str, kind: str) -> None:
        command = COMMANDS.get(operation, "domain:update")
        self.server.faults.append(EppFault(command, KINDS[kind], seconds=3))

    def refuses(self, operation: str, problem: RegistrarProblem) -> None:
        command = COMMANDS.get(operation, "domain:update")
        self.server.faults.append(EppFault(command, CODES[problem]))

    def says(self, body: bytes) -> None:
        self.server.faults = [EppFault("", "says", body=body, times=-1)]

    def echoes(self) -> None:
        self.server.faults = [EppFault("", "echo", times=-1)]

    def sent(self) -> list[str]:
        return self.server.received


@contextmanager
def epp_side() -> Iterator[EppSide]:
    registry = EppRegistry(*TLDS, "unreachable")
    registry.silent_tlds = ("unreachable",)
    for number, host in enumerate(HOSTS, 1):
        registry.hosts[host] = EppHost(
            host, registry.roid(), THEIRS, registry.now(), [(f"192.0.2.{number}", "v4")]
        )
    with EppServer(registry, certificates()) as server:
        yield EppSide(server)
        assert server.refused == []
        assert server.own_mistakes == []
