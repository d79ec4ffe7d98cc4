"""What the name servers of a parent and those of a name answer, asked over DNS within some seconds (dns.md 3).

Everything here is network: call it outside of transactions.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from commerce.dns.rules import host_and_port
from commerce.dns.servers.keys import has_keys
from commerce.domains.registrars.contract import DsRecord
from commerce.kit.remote.time_limits import seconds_left
from commerce.site_settings.current import get_setting

SECONDS, QUESTION_SECONDS = 8.0, 2.0
PORT = 53
"""Where name servers are asked."""
MAX_SERVERS_ASKED = 4


class DelegationUnknownError(OSError):
    """The parent could not be asked, or not in time."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """What the parent has of a name: no name servers, if it does not have the name at all."""

    nameservers: tuple[str, ...] = ()
    ds_records: tuple[DsRecord, ...] = ()
    ds_ttl: int = 0
    serials: Mapping[str, int | None] = field(default_factory=dict)
    """What each of these name servers answers with; none where it does not."""


class DelegationLookup:
    """One look-up, which ends at an instant."""

    def __init__(self, ends_at: float) -> None:
        self._ends_at = min(ends_at, time.monotonic() + seconds_left())
        configured = str(get_setting("dns.resolver"))
        try:
            self._resolver = dns.resolver.Resolver(configure=not configured)
        except dns.exception.DNSException as error:
            raise DelegationUnknownError("this machine has no resolver") from error
        if configured:
            host, port = host_and_port(configured)
            self._resolver.nameservers, self._resolver.port = [host], port
        self._resolver.cache = None

    def delegation(self, name: str, *, with_serials: bool) -> Delegation:
        full = dns.name.from_text(name)
        servers = list(self._addresses(self._nameservers_of_parent(full)))
        hosts = self._delegated_to(full, servers)
        if hosts is None:
            return Delegation()
        ds_records, ds_ttl = self._ds_records(full, servers)
        serials = {host: self._serial(full, host) for host in hosts} if with_serials else {}
        return Delegation(hosts, ds_records, ds_ttl, serials)

    def _seconds(self) -> float:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise DelegationUnknownError("the time is over")
        return min(left, QUESTION_SECONDS)

    def _resolve(self, name: dns.name.Name | str, kind: str) -> list[Any]:
        try:
            answer = self._resolver.resolve(
                name, kind, lifetime=self._seconds(), raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise DelegationUnknownError(f"{name} {kind}: {type(error).__name__}") from error
        return list(answer.rrset or [])

    def _nameservers_of_parent(self, name: dns.name.Name) -> list[str]:
        """Those of the nearest zone above."""
        parent = name
        while parent != dns.name.root:
            parent = parent.parent()
            if found := [str(each.target) for each in self._resolve(parent, "NS")]:
                return found
        raise DelegationUnknownError("no zone above it was found")

    def _addresses(self, hosts: Sequence[str]) -> Iterator[str]:
        """One address of each host, of the first few."""
        problem: DelegationUnknownError | None = None
        found = 0
        for host in sorted(hosts)[:MAX_SERVERS_ASKED]:
            try:
                address = self.address(host)
            except DelegationUnknownError as error:
                problem = error
                continue
            if address:
                found += 1
                yield address
        if not found:
            raise problem or DelegationUnknownError("the parent's name servers have no address")

    def address(self, host: str) -> str | None:
        for kind in ("A", "AAAA"):
            if found := self._resolve(host, kind):
                return str(found[0].address)
        return None

    def _ask(self, name: dns.name.Name, kind: str, address: str) -> dns.message.Message:
        question = dns.message.make_query(name, kind, use_edns=0, payload=1232, want_dnssec=True)
        question.flags &= ~dns.flags.RD
        answer, _ = dns.query.udp_with_fallback(
            question, address, timeout=self._seconds(), port=PORT, ignore_unexpected=True
        )
        return answer

    def _ask_any(
        self, name: dns.name.Name, kind: str, addresses: Sequence[str]
    ) -> dns.message.Message:
        """The first answer that says something."""
        problem: Exception | None = None
        for address in addresses:
            try:
                answer = self._ask(name, kind, address)
            except (dns.exception.DNSException, OSError, EOFError) as error:
                problem = error
                continue
            if answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return answer
        raise DelegationUnknownError(f"no answer of the parent for {name}") from problem

    def _delegated_to(
        self, name: dns.name.Name, addresses: Sequence[str]
    ) -> tuple[str, ...] | None:
        answer = self._ask_any(name, "NS", addresses)
        for section in (answer.authority, answer.answer):
            for rrset in section:
                if rrset.rdtype == dns.rdatatype.NS and rrset.name == name:
                    return tuple(sorted(_host(each.target) for each in rrset))
        return None

    def _ds_records(
        self, name: dns.name.Name, addresses: Sequence[str]
    ) -> tuple[tuple[DsRecord, ...], int]:
        answer = self._ask_any(name, "DS", addresses)
        for rrset in answer.answer:
            if rrset.rdtype == dns.rdatatype.DS and rrset.name == name:
                return tuple(sorted(map(_ds_record, rrset), key=str)), rrset.ttl
        return (), 0

    def _serial(self, name: dns.name.Name, host: str) -> int | None:
        try:
            address = self.address(host)
            answer = self._ask(name, "SOA", address) if address else None
        except (dns.exception.DNSException, OSError, EOFError):
            return None
        for rrset in answer.answer if answer else ():
            if rrset.rdtype == dns.rdatatype.SOA and rrset.name == name:
                return int(rrset[0].serial)
        return None

    def has_keys(self, name: str, host: str, ds_records: Sequence[DsRecord]) -> bool:
        try:
            address = self.address(host)
            if not address:
                return False
            answer = self._ask(dns.name.from_text(name), "DNSKEY", address)
        except (dns.exception.DNSException, OSError, EOFError):
            return False
        return has_keys(answer, name, ds_records)


def address_of(host: str) -> str | None:
    """Where a host is; none where it has no address. Raises ``DelegationUnknownError``."""
    return DelegationLookup(time.monotonic() + SECONDS).address(host)


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _ds_record(rdata: Any) -> DsRecord:
    return DsRecord(
        key_tag=rdata.key_tag,
        algorithm=rdata.algorithm,
        digest_type=rdata.digest_type,
        digest=rdata.digest.hex().upper(),
    )
