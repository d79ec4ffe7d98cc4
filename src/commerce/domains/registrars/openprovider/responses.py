"""What Openprovider's answers say, in our words: pure, from plain data."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from commerce.domains.registrars.contract import (
    Availability,
    Cost,
    DomainInfo,
    DomainName,
    RegistrarResult,
    RegistrarState,
    TldCost,
    VerificationInfo,
)
from commerce.domains.registrars.openprovider.client import OpenproviderData
from commerce.domains.registrars.operations import is_about_code, minor_units
from commerce.domains.rules import VerificationState

ZONE = ZoneInfo("Europe/Amsterdam")
"""Of all its times."""
REGISTRATION, TRANSFER = "commerce:registration", "commerce:transfer"
"""Our comments on an order, since nothing else tells the one from the other while it is under way."""
UNDER_WAY = ("REQ", "PEN", "SCH")
_NO_DATE = "0000"
_FREE, _TAKEN = "free", "active"
_ENDED = ("FAI", "DEL", "TRAN")


def instant(text: Any) -> datetime | None:
    """An instant; None if it is empty or all zeros. Raises ``ValueError``."""
    is_told = bool(text) and not str(text).startswith(_NO_DATE)
    return datetime.fromisoformat(str(text)).replace(tzinfo=ZONE) if is_told else None


def expiry_of(row: OpenproviderData) -> date | None:
    """Until when a name is paid there, which may be before its end at the registry."""
    found = _end_of(row)
    return found.date() if found else None


def _end_of(row: OpenproviderData) -> datetime | None:
    return instant(row.get("renewal_date")) or instant(row.get("expiration_date"))


def row_of(rows: Sequence[OpenproviderData], domain: DomainName) -> OpenproviderData | None:
    """The name among what was found, however often it was ordered: the one that lives, otherwise the last."""
    ours = [
        row
        for row in rows
        if f"{row['domain']['name']}.{row['domain']['extension']}".lower() == domain.name
    ]
    return max(ours, key=lambda row: (row["status"] not in _ENDED, int(row["id"])), default=None)


def domain_info(row: OpenproviderData, now: datetime) -> DomainInfo | None:
    """A name as Openprovider has it; nothing of a registration that failed."""
    state = state_of(row, now)
    if state is None:
        return None
    began = instant(row.get("active_date")) or instant(row.get("creation_date"))
    rows = sorted(row.get("name_servers") or [], key=lambda each: int(each.get("seq_nr") or 0))
    return DomainInfo(
        state=state,
        remote_id=str(int(row["id"])),
        registration_date=began.date() if began else None,
        expiry=expiry_of(row),
        is_locked=_flag(row.get("is_locked")),
        whois_privacy=_flag(row.get("is_private_whois_enabled")),
        auto_renews={"on": True, "off": False}.get(str(row.get("autorenew"))),
        nameservers=tuple(
            str(host).lower() for each in rows if (host := each.get("name") or each.get("ip"))
        ),
    )


def state_of(row: OpenproviderData, now: datetime) -> RegistrarState | None:
    """How a name stands; nothing if its registration failed."""
    status, expiry = str(row["status"]), _end_of(row)
    match status:
        case "ACT":
            is_over = expiry is not None and expiry < now
            return RegistrarState.EXPIRED if is_over else RegistrarState.ACTIVE
        case "REQ" | "PEN" | "SCH" | "FAI":
            return _state_of_order(row, status)
        case "DEL":
            return _deleted(row, now)
    simple = {"RRQ": RegistrarState.REDEMPTION, "TRAN": RegistrarState.GONE}
    return simple.get(status, RegistrarState.UNKNOWN)


def is_transfer(row: OpenproviderData) -> bool:
    """Whether we asked for its transfer."""
    return str(row.get("comments") or "").startswith(TRANSFER)


def _state_of_order(row: OpenproviderData, status: str) -> RegistrarState | None:
    if status == "FAI":
        return RegistrarState.TRANSFER_REFUSED if is_transfer(row) else None
    if instant(row.get("active_date")):
        return RegistrarState.ACTIVE  # something of a name that is there is being changed
    is_moving = status == "SCH" or is_transfer(row)
    return RegistrarState.PENDING_TRANSFER if is_moving else RegistrarState.PENDING


def _deleted(row: OpenproviderData, now: datetime) -> RegistrarState:
    """A name that has run out: for some time it comes back for its renewal, then for a fee besides."""
    for name, state in (
        ("soft_quarantine_expiry_date", RegistrarState.EXPIRED),
        ("hard_quarantine_expiry_date", RegistrarState.REDEMPTION),
        ("restorable_until", RegistrarState.REDEMPTION),
    ):
        until = instant(row.get(name))
        if until is not None and until > now:
            return state
    return RegistrarState.GONE


def has_wrong_code(row: OpenproviderData) -> bool:
    """Whether the last thing that happened to a transfer is that its code was not accepted."""
    rows = sorted(row.get("history") or [], key=lambda each: str(each.get("timestamp") or ""))
    last = rows[-1] if rows else {}
    return is_about_code(f"{last.get('subject') or ''} {last.get('contents') or ''}")


def verification(row: OpenproviderData) -> VerificationInfo:
    """Whether the holder confirmed their address: a word that says neither is told as one who did not."""
    until, is_done = (
        instant(row.get("expiration_date")),
        str(row.get("status")).lower() == "verified",
    )
    state = VerificationState.VERIFIED if is_done else VerificationState.PENDING
    return VerificationInfo(
        state=VerificationState.SUSPENDED if row.get("is_suspended") is True else state,
        last_day=until.date() if until else None,
        email=str(row.get("email") or ""),
    )


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def availabilities(
    rows: Sequence[OpenproviderData], label: str
) -> dict[str, RegistrarResult[Availability]]:
    """What is said of names, by TLD; what it could not tell is left out."""
    found: dict[str, RegistrarResult[Availability]] = {}
    for row in rows:
        name, status = str(row["domain"]).lower(), row["status"]
        if status in (_FREE, _TAKEN) and name.startswith(f"{label}."):
            found[name.removeprefix(f"{label}.")] = RegistrarResult(_availability(row))
    return found


def _availability(row: OpenproviderData) -> Availability:
    if row["status"] != _FREE:
        return Availability(is_available=False)
    premium = row.get("premium") or {}
    if row.get("is_premium") or premium:
        price = (premium.get("price") or {}).get("create")
        cost = _cost({"price": price, "currency": premium.get("currency")})
        return Availability(is_available=True, is_premium=True, cost=cost)
    cost = _cost((row.get("price") or {}).get("reseller"))
    return Availability(is_available=True, cost=cost)


def _cost(told: Mapping[str, Any] | None) -> Cost | None:
    """An amount in the account's currency; nothing where none is told. Raises ``ValueError``."""
    if not told or told.get("price") is None or not told.get("currency"):
        return None
    currency = str(told["currency"])
    return Cost(minor_units(str(told["price"]), currency), currency)


def balance_of(reseller: OpenproviderData) -> Cost:
    """What is left to spend."""
    currency = str((reseller.get("settings") or {}).get("currency") or "EUR")
    reserved = minor_units(str(reseller.get("reserved_balance") or 0), currency)
    return Cost(minor_units(str(reseller["balance"]), currency) - reserved, currency)


def tld_cost(row: OpenproviderData) -> TldCost | None:
    """What an ending costs; nothing where no price of a registration is told."""
    prices = row.get("prices") or {}

    def of(name: str) -> Cost | None:
        return _cost((prices.get(name) or {}).get("reseller"))

    register = of("reseller_price") or of("create_price")
    if register is None:
        return None
    others = {
        what: cost.amount
        for what in ("renew", "transfer", "restore")
        if (cost := of(f"{what}_price")) and cost.currency_code == register.currency_code
    }
    return TldCost(
        tld=str(row["name"]).lower(),
        currency_code=register.currency_code,
        register=register.amount,
        **others,
    )
