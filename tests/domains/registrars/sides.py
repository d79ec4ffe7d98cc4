"""What stands behind each registrar, as the contract test plays it: names there, what is queued, what goes wrong."""

from collections.abc import Mapping
from typing import ClassVar, Protocol

from commerce.domains.registrars.contract import (
    Contact,
    Contacts,
    DomainName,
    Registrar,
    RegistrarProblem,
    RegistrarState,
    RegistrationOrder,
)
from tests.doubles.registrars.account import RegistrarAccount
from tests.doubles.registrars.http_server import HttpFault, RegistrarServer

PERSON = Contact(
    first_name="Zoë",
    last_name="Müller",
    company="Müller & Söhne GmbH",
    email="zoe@example.com",
    phone="+49.30123456",
    address1="Straße des 17. Juni 135",
    city="Berlin",
    postcode="10623",
    country="DE",
)
CONTACTS = Contacts(registrant=PERSON, admin=PERSON, tech=PERSON, billing=PERSON)
HOSTS = ("ns1.example.net", "ns2.example.net")
ORDER = RegistrationOrder(contacts=CONTACTS, years=2, nameservers=HOSTS)


def domain(name: str, remote_id: str = "") -> DomainName:
    """A name with the ending that our table has for it."""
    tld = next((tld for tld in ("co.uk", "com.au") if name.endswith(f".{tld}")), "")
    return DomainName(name, tld or name.rpartition(".")[2], remote_id)


class RegistrarSide(Protocol):
    """The other end of one adapter.

    ``fails`` says how the next call goes wrong that does the named operation of the contract: ``dead`` (nothing is
    done, no answer), ``lost``, ``hangs`` or ``garbage`` (it is done; the line ends, nothing comes, nonsense comes),
    ``error`` (not now), ``huge`` (an answer without end). ``refuses`` has it answered with a problem of the contract.
    """

    slug: str
    account: RegistrarAccount
    secrets: tuple[str, ...]
    tells: frozenset[RegistrarState]
    """The states that it has words for."""
    problems: frozenset[RegistrarProblem]
    """Those of the contract that it can answer at once."""
    hostile: tuple[bytes, ...]
    """Answers of its protocol that are none of what was asked for."""

    def registrar(self, *, seconds: float = 5, wrong_key: bool = False) -> Registrar:
        """The adapter, with a time limit for each operation."""

    def fails(self, operation: str, kind: str) -> None: ...

    def refuses(self, operation: str, problem: RegistrarProblem) -> None: ...

    def says(self, body: bytes) -> None:
        """Each call from now on is answered with these bytes."""

    def echoes(self) -> None:
        """Each call from now on is refused, with all that it sent in the message."""

    def sent(self) -> list[str]:
        """The addresses that were asked, as any log of theirs would have them."""


class HttpSide:
    """The side of a registrar behind ``RegistrarServer``."""

    slug: str
    secrets: tuple[str, ...]
    tells = frozenset(RegistrarState)
    hostile: tuple[bytes, ...]
    calls: ClassVar[Mapping[str, str]]
    """The call of the double that does an operation."""
    refusals: ClassVar[Mapping[RegistrarProblem, tuple[int, bytes]]]

    def __init__(self, server: RegistrarServer, account: RegistrarAccount) -> None:
        self.server, self.account = server, account
        self.problems = frozenset(self.refusals)

    def fails(self, operation: str, kind: str) -> None:
        self.server.faults.append(HttpFault(self.calls[operation], kind))

    def refuses(self, operation: str, problem: RegistrarProblem) -> None:
        status, body = self.refusals[problem]
        self.server.faults.append(HttpFault(self.calls[operation], "says", body, status))

    def says(self, body: bytes) -> None:
        self.server.faults.append(HttpFault("", "says", body, times=-1))

    def echoes(self) -> None:
        self.server.faults.append(HttpFault("", "refused", times=-1))

    def sent(self) -> list[str]:
        return [f"{each.path} {each.query}" for each in self.server.requests]


HOSTILE_JSON = (
    b"",
    b"null",
    b"[]",
    b"7",
    b"-1",
    b"true",
    b'"Success"',
    b"{}",
    b'{"status": "Success"}',
    b'{"status": {"a": []}, "message": [1]}',
    b"[" * 100_000,
    b'{"entityid": "x", "orderid": [], "currentstatus": 7, "domainname": null}',
    b'{"endtime": 1e400, "sellingcurrencysymbol": "USD", "sellingcurrencybalance": "NaN"}',
    b"\xff\xfe\x00",
    "{}".encode("utf-16"),
)

HOSTILE_XML = (
    b"",
    b"{}",
    b"<html><body>Welcome</body></html>",
    b"<ApiResponse/>",
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb">'
    + b"".join(b'<!ENTITY c%d "%s">' % (n, b"&b;" * 50) for n in range(9))
    + b"]><ApiResponse Status='OK'>&c8;</ApiResponse>",
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    b"<a>" * 20_000 + b"</a>" * 20_000,
    b"\xff\xfe<\x00a\x00/\x00>\x00",
    b"<a>\x00</a>",
)
"""Answers that are no XML, that grow or fetch when they are read, or are of something else."""
