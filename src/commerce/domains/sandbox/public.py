"""What the sandbox's registry shows everybody of a name: its RDAP document, and its delegation in the DNS."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from commerce.domains.registrars.contract import DomainName, DsRecord, RegistrarState
from commerce.domains.rules import tld_of
from commerce.domains.sandbox import sample_names
from commerce.domains.sandbox.store import SandboxName, business_today, open_books

OURS = "Sandbox"
_LOCK = "client transfer prohibited"


def rdap_document(name: str) -> dict[str, Any] | None:
    """The document in the form of RFC 9083; none of a name that nobody has."""
    domain = DomainName(name, tld_of(name, sample_names.COSTS))
    today = business_today()
    with open_books(today) as books:
        found = books.find(domain.name)
    if found and found.state(today) in (
        RegistrarState.ACTIVE,
        RegistrarState.EXPIRED,
        RegistrarState.REDEMPTION,
    ):
        return _ours(found, today)
    on_its_way = found is not None and found.state(today) == RegistrarState.PENDING_TRANSFER
    if not (on_its_way or sample_names.is_taken(domain)):
        return None
    locks = [_LOCK] if sample_names.is_locked_there(domain) else []
    return _document(
        domain.name,
        registrar=sample_names.ELSEWHERE,
        statuses=["pending transfer"] if on_its_way else locks or ["active"],
        registered=sample_names.registered_there(domain, today),
        expires=sample_names.expiry_there(domain, today),
        nameservers=sample_names.NAMESERVERS_THERE,
    )


def delegated(name: str) -> tuple[Sequence[str], Sequence[DsRecord]]:
    """The name servers and delegation signers in the zone of its TLD; none of a name in redemption."""
    domain = DomainName(name, tld_of(name, sample_names.COSTS))
    today = business_today()
    with open_books(today) as books:
        found = books.find(domain.name)
    if found and found.state(today) in (RegistrarState.ACTIVE, RegistrarState.EXPIRED):
        return found.nameservers, [DsRecord(**each) for each in found.ds_records]
    if found and found.state(today) in (RegistrarState.PENDING, RegistrarState.REDEMPTION):
        return [], []
    return (sample_names.NAMESERVERS_THERE if found or sample_names.is_taken(domain) else []), []


def _ours(found: SandboxName, today: date) -> dict[str, Any]:
    states = {
        RegistrarState.EXPIRED: ["auto renew period"],
        RegistrarState.REDEMPTION: ["redemption period"],
    }
    return _document(
        found.name,
        registrar=OURS,
        statuses=[*states.get(found.state(today), []), *([_LOCK] if found.is_locked else [])],
        registered=found.registered,
        expires=found.expires,
        nameservers=found.nameservers,
    )


def _document(
    name: str,
    *,
    registrar: str,
    statuses: list[str],
    registered: date,
    expires: date,
    nameservers: list[str],
) -> dict[str, Any]:
    return {
        "rdapConformance": ["rdap_level_0"],
        "objectClassName": "domain",
        "ldhName": name,
        "status": statuses,
        "entities": [
            {
                "objectClassName": "entity",
                "roles": ["registrar"],
                "vcardArray": [
                    "vcard",
                    [["version", {}, "text", "4.0"], ["fn", {}, "text", registrar]],
                ],
            }
        ],
        "events": [
            {"eventAction": "registration", "eventDate": f"{registered}T00:00:00Z"},
            {"eventAction": "expiration", "eventDate": f"{expires}T00:00:00Z"},
        ],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": host} for host in nameservers],
    }
