"""What a registry tells of a name, as a registrar tells it."""

from datetime import date

from epptools import Response

from commerce.domains.registrars.contract import (
    Availability,
    Cost,
    DomainInfo,
    DsRecord,
    RegistrarState,
)
from commerce.domains.registrars.operations import minor_units

LOCKS = ("clientTransferProhibited", "serverTransferProhibited")


def sponsor_of(answer: Response) -> str:
    """Whose name it is. Raises ``ValueError`` for an answer that does not tell."""
    sponsor = answer.sponsor()
    if not sponsor:
        raise ValueError("an answer without a sponsor")
    return sponsor


def own_name(answer: Response, today: date, *, whois_privacy: bool | None) -> DomainInfo:
    """A name that we sponsor."""
    expiry = day_of(answer.expiry_date())
    return DomainInfo(
        state=_state(answer, expiry, today),
        remote_id=answer.roid() or "",
        registration_date=day_of(answer.created_date()),
        expiry=expiry,
        is_locked=any(lock in answer.statuses() for lock in LOCKS),
        whois_privacy=whois_privacy,
        nameservers=tuple(answer.nameservers()),
    )


def _state(answer: Response, expiry: date | None, today: date) -> RegistrarState:
    """A name that somebody else asks for is still ours, and one whose deletion nobody can stop has no word."""
    statuses, periods = answer.statuses(), answer.rgp_status()
    if "redemptionPeriod" in periods or "pendingRestore" in periods:
        return RegistrarState.REDEMPTION
    if "pendingDelete" in statuses:
        return RegistrarState.UNKNOWN
    if "pendingCreate" in statuses:
        return RegistrarState.PENDING
    if expiry is not None and expiry < today:
        return RegistrarState.EXPIRED
    return RegistrarState.ACTIVE


def day_of(moment: str | None) -> date | None:
    """The day as the registry writes it, which is the one that it wants to hear again. Raises ``ValueError``."""
    return date.fromisoformat(moment[:10]) if moment else None


def availability_of(answer: Response, name: str) -> Availability | None:
    """Whether a name is free; with its price, if that is its own. ``None`` if the answer does not tell."""
    is_free = answer.is_available(name)
    if is_free is None:
        return None
    if not answer.is_premium(name):
        return Availability(is_free)
    fee, currency = answer.fee_for(name, "create"), str(answer.fees().get("_currency") or "")
    cost = Cost(minor_units(fee, currency), currency) if fee and currency else None
    return Availability(is_free, True, cost)


def signers_of(answer: Response) -> set[DsRecord]:
    """The delegation signers that the registry has."""
    return {
        DsRecord(
            key_tag=int(str(one["keyTag"])),
            algorithm=int(str(one["alg"])),
            digest_type=int(str(one["digestType"])),
            digest=str(one["digest"]).upper(),
        )
        for one in answer.ds_records()
    }
