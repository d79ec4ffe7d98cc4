"""States of domains, the form of a name, and the day on which a term ends (domains.md 1 and 4, invariants.md 3)."""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from commerce.kit import periods
from commerce.kit.errors import BusinessError


class DomainStatus(StrEnum):
    """Where a domain stands."""

    PENDING = "pending"
    PENDING_TRANSFER = "pending_transfer"
    ACTIVE = "active"
    EXPIRED = "expired"
    REDEMPTION = "redemption"
    TRANSFERRED_AWAY = "transferred_away"
    CANCELLED = "cancelled"
    FRAUD = "fraud"


DOMAIN_MOVES = {
    DomainStatus.PENDING: frozenset(
        {
            DomainStatus.ACTIVE,
            DomainStatus.PENDING_TRANSFER,
            DomainStatus.CANCELLED,
            DomainStatus.FRAUD,
        }
    ),
    DomainStatus.PENDING_TRANSFER: frozenset(
        {DomainStatus.ACTIVE, DomainStatus.CANCELLED, DomainStatus.FRAUD}
    ),
    DomainStatus.ACTIVE: frozenset(
        {
            DomainStatus.EXPIRED,
            DomainStatus.REDEMPTION,
            DomainStatus.TRANSFERRED_AWAY,
            DomainStatus.CANCELLED,
        }
    ),
    DomainStatus.EXPIRED: frozenset(
        {
            DomainStatus.ACTIVE,
            DomainStatus.REDEMPTION,
            DomainStatus.TRANSFERRED_AWAY,
            DomainStatus.CANCELLED,
        }
    ),
    DomainStatus.REDEMPTION: frozenset(
        {DomainStatus.ACTIVE, DomainStatus.CANCELLED, DomainStatus.TRANSFERRED_AWAY}
    ),
    DomainStatus.FRAUD: frozenset({DomainStatus.PENDING, DomainStatus.CANCELLED}),
    DomainStatus.TRANSFERRED_AWAY: frozenset({DomainStatus.ACTIVE}),
}

DOMAIN_OVERRIDE_MOVES = {
    state: frozenset(DomainStatus) - {DomainStatus.PENDING, state} for state in DomainStatus
}
"""What staff may set by hand, with a reason; the only way out of a final state."""

REGISTERED_DOMAIN_STATUSES = (DomainStatus.ACTIVE, DomainStatus.EXPIRED, DomainStatus.REDEMPTION)
"""States in which a name is registered for its client, and has its dates."""

RENEWABLE_DOMAIN_STATUSES = (DomainStatus.ACTIVE, DomainStatus.EXPIRED)
"""States in which a name can be renewed, and has a price for it."""


class TransferHold(StrEnum):
    """Why a transfer to us isn't simply under way."""

    CODE_MISSING = "code_missing"
    CODE_WRONG = "code_wrong"
    BEING_CANCELLED = "being_cancelled"


class VerificationState(StrEnum):
    """Whether the holder of a name has confirmed their address at its registrar (ICANN wants it within 15 days)."""

    VERIFIED = "verified"
    PENDING = "pending"
    SUSPENDED = "suspended"
    """It was not done in time: the name does not work until it is."""


class MessageKind(StrEnum):
    """What a message of a registry is about."""

    TRANSFER_AWAY = "transfer_away"
    """Another registrar asks for a name of ours, or has got it."""
    DELETION = "deletion"
    LOW_BALANCE = "low_balance"
    OTHER = "other"


class TransferProblem(StrEnum):
    """Why a transfer to us ended."""

    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"


class ChangeKind(StrEnum):
    """What can be changed at the registrar of a name."""

    NAMESERVERS = "nameservers"
    LOCK = "lock"
    PRIVACY = "privacy"
    CONTACTS = "contacts"
    RESTORE = "restore"


class ChangeStatus(StrEnum):
    """Where such a change stands."""

    REQUESTED = "requested"
    DONE = "done"
    FAILED = "failed"


class ChangeProblem(StrEnum):
    """Why such a change failed."""

    ENDED = "ended"
    """The name was not active any more."""
    REFUSED = "refused"
    DROPPED = "dropped"
    """Staff gave it up."""


class PricedOperation(StrEnum):
    """What has a price, at a registrar and here."""

    REGISTER = "register"
    RENEW = "renew"
    TRANSFER = "transfer"
    RESTORE = "restore"


CHANGE_MOVES = {ChangeStatus.REQUESTED: frozenset({ChangeStatus.DONE, ChangeStatus.FAILED})}

LIVE_DOMAIN_STATUSES = (
    DomainStatus.PENDING,
    DomainStatus.PENDING_TRANSFER,
    DomainStatus.ACTIVE,
    DomainStatus.EXPIRED,
    DomainStatus.REDEMPTION,
)
"""States in which a name can be here only once."""

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")


def normalize_name(typed: str, *, field: str | None = None) -> str:
    """A host or domain name in ASCII form, lower-case and without final dot; raises ``BusinessError`` if it is none."""
    name = typed.strip().lower().removesuffix(".")
    labels = name.split(".")
    wrong = len(name) > 253 or len(labels) < 2 or not all(_LABEL.match(label) for label in labels)
    if wrong or labels[-1].isdecimal():  # an address such as 127.0.0.1: no TLD is a number
        raise BusinessError("domain.name_not_valid", name=typed.strip(), field=field)
    return name


def is_domain_name(text: str) -> bool:
    """Whether it is a name as it is stored, under some TLD."""
    try:
        return normalize_name(text) == text
    except BusinessError:
        return False


def normalize_tld(typed: str) -> str:
    """A TLD as our table has it: in lower case, without a dot before it."""
    return typed.strip().lower().lstrip(".")


def is_tld(text: str) -> bool:
    """Whether names can be sold under it: one or more labels in ASCII form, without a dot at either end."""
    return len(text) <= 63 and all(_LABEL.match(label) for label in text.split("."))


def possible_tlds(name: str) -> list[str]:
    """What may be the TLD of a name, the longest first: ``co.uk`` and ``uk`` of ``shop.co.uk``."""
    labels = name.split(".")
    return [".".join(labels[n:]) for n in range(1, len(labels))]


def tld_of(name: str, known_tlds: Collection[str] = ()) -> str:
    """The longest TLD of our table that the name ends with; of a name that is under none, all after its first dot."""
    found = possible_tlds(name)
    return next((ending for ending in found if ending in known_tlds), found[0])


def end_of_term(start: date, years: int) -> date:
    """The day on which a term of whole years ends; 29 February clamps to 28."""
    return periods.add_months(start, 12 * years)


MOST_YEARS_AHEAD = 10
"""No registry registers a name for longer."""

EXPIRY_SLACK = timedelta(days=30)
"""Two expiry dates as near as this are of the same term; with more between them, they are of different years."""

BRAKE_NAMES, BRAKE_BASIS_POINTS = 3, 200
"""More names than so many, and than this share of a registrar's, are not lost on its word alone."""
BRAKE_DAYS = 7
"""Names that ended of late count as missing: each registered name is asked about once in so many days."""


def are_too_many(missing: int, names: int, *, had_more: bool = False) -> bool:
    """Whether so many of a registrar's names are missing that its account is in doubt, and not the names.

    All are too many, unless there is only one. ``had_more``: one is what is left of several.
    """
    if missing == names:
        return missing > (0 if had_more else 1)
    return missing > BRAKE_NAMES and missing * 10_000 > names * BRAKE_BASIS_POINTS


_DAILY_BEFORE_EXPIRY, _MOST_DAYS = timedelta(days=60), 7


def days_to_next_sync(status: str, expiry: date | None, today: date) -> int:
    """After how many days the registrar is asked again: daily what expires soon or is on its way, else weekly."""
    if status not in (DomainStatus.ACTIVE, DomainStatus.EXPIRED, DomainStatus.REDEMPTION):
        return 1
    if expiry is None:
        return 1
    return max(1, min(_MOST_DAYS, (expiry - _DAILY_BEFORE_EXPIRY - today).days))


def sync_time(at: datetime, days: int, key: int) -> datetime:
    """The instant so many days later at which a name has its turn: spread over the day by its key."""
    day = at.astimezone(UTC).date() + timedelta(days=days)
    return datetime.combine(day, time(), UTC) + timedelta(seconds=key * 7919 % 86_400)
