"""What OpenSRS's answers say, in our words: pure, from plain data."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from commerce.domains.registrars.contract import (
    Availability,
    DomainInfo,
    RegistrarResult,
    RegistrarState,
    VerificationInfo,
)
from commerce.domains.registrars.opensrs.envelope import OpsData
from commerce.domains.registrars.operations import is_about_code
from commerce.domains.rules import VerificationState

REDEMPTION = timedelta(days=31)
"""How long after its deletion a name may still be redeemed."""
_NO_DATE = "0000"
_UNDER_WAY = frozenset("pending waiting pending_fax ca_owner_approval processing".split())
_DONE, _STOPPED = "completed", "cancelled"
_ENDED = frozenset(f"declined deleted {_STOPPED}".split())
_FREE, _TAKEN = "available", "taken"
_TRANSFER_UNDER_WAY = frozenset("pending_owner pending_admin pending_registry".split())
_YES_NO = {"1": True, "0": False, "y": True, "n": False}
_PRIVACY = {"enabled": True, "enabling": True, "disabled": False, "disabling": False}


def instant(text: Any) -> datetime | None:
    """An instant, which it writes without a zone; None if it is empty or all zeros. Raises
    ``ValueError``.
    """
    is_told = bool(text) and not str(text).startswith(_NO_DATE)
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC) if is_told else None


def expiry_of(all_info: OpsData) -> datetime | None:
    """When the name ends at OpenSRS. The registry's own date may be a year later while it waits for the renewal."""
    return instant(all_info.get("expiredate")) or instant(all_info.get("registry_expiredate"))


_VERIFICATIONS = {
    "pending": VerificationState.PENDING,
    "verifying": VerificationState.PENDING,
    "suspended": VerificationState.SUSPENDED,
}


def verification(told: OpsData) -> VerificationInfo:
    """Whether the holder confirmed their address. One who was never asked, or whom OpenSRS looks at itself, has nothing
    to do.
    """
    status = str(told.get("registrant_verification_status") or "").lower()
    until = instant(told.get("verification_deadline"))
    return VerificationInfo(
        state=_VERIFICATIONS.get(status, VerificationState.VERIFIED),
        last_day=until.date() if until else None,
    )


def domain_info(
    all_info: OpsData, status: OpsData, privacy: OpsData, now: datetime, remote_id: str = ""
) -> DomainInfo:
    """A name that the account has."""
    expiry, created = expiry_of(all_info), instant(all_info.get("registry_createdate"))
    is_over = expiry is not None and expiry < now
    rows = all_info.get("nameserver_list") or []
    hosts = sorted(rows, key=lambda row: int(row.get("sortorder") or 0))
    return DomainInfo(
        state=RegistrarState.EXPIRED if is_over else RegistrarState.ACTIVE,
        remote_id=remote_id,
        registration_date=created.date() if created else None,
        expiry=expiry.date() if expiry else None,
        is_locked=_YES_NO.get(str(status.get("lock_state")).lower()),
        auto_renews=_YES_NO.get(str(all_info.get("auto_renew")).lower()),
        whois_privacy=_PRIVACY.get(str(privacy.get("state")).lower()),
        nameservers=tuple(str(row["name"]).lower() for row in hosts if row.get("name")),
    )


def newest_order(rows: Sequence[OpsData]) -> OpsData | None:
    """The last order that brought, or should bring, the name into the account."""
    ours = [row for row in rows if row["type"] in ("new", "premium", "transfer")]
    return max(ours, key=lambda row: int(row["id"]), default=None)


def state_of_order(order: OpsData) -> RegistrarState | None:
    """How a name stands that the account does not have, by its order; nothing if it never had it."""
    is_transfer, status = order["type"] == "transfer", str(order["status"])
    if status in _UNDER_WAY:
        return RegistrarState.PENDING_TRANSFER if is_transfer else RegistrarState.PENDING
    if status in _ENDED:
        return RegistrarState.TRANSFER_REFUSED if is_transfer else None
    return RegistrarState.GONE if status == _DONE else RegistrarState.UNKNOWN


def state_of_transfer(told: OpsData) -> RegistrarState | None:
    """How its last transfer to us stands, by the answer to a look at it; nothing if that does not tell."""
    status = str(told.get("status") or "")
    if is_about_code(str(told.get("reason") or "")) and status != _DONE:
        return RegistrarState.TRANSFER_WRONG_CODE
    if status in _TRANSFER_UNDER_WAY:
        return RegistrarState.PENDING_TRANSFER
    return RegistrarState.TRANSFER_REFUSED if status == _STOPPED else None


def is_about_nameserver(reason: str) -> bool:
    """Whether a registry refuses a nameserver, as one that it does not know."""
    return re.search(r"name ?server", reason, re.IGNORECASE) is not None


def is_redeemable(rows: Sequence[OpsData], name: str, today: date) -> bool:
    """Whether the name was deleted there so lately that it may come back."""
    deleted = (int(row["delete_date_epoch"]) for row in rows if row["name"] == name)
    return any(datetime.fromtimestamp(each, UTC).date() + REDEMPTION >= today for each in deleted)


def availabilities(told: OpsData, label: str) -> Mapping[str, RegistrarResult[Availability]]:
    """What a search says of names under several TLDs; what it could not tell is left out."""
    found: dict[str, RegistrarResult[Availability]] = {}
    for row in told["lookup"]["items"]:
        name, status = str(row["domain"]).lower(), row["status"]
        if status in (_FREE, _TAKEN) and name.startswith(f"{label}."):
            answer = Availability(is_available=status == _FREE)
            found[name.removeprefix(f"{label}.")] = RegistrarResult(answer)
    return found
