"""What a registry shows of a name that shall be transferred, told before money is taken; nothing of it is kept."""

from dataclasses import dataclass
from datetime import date

from commerce.domains.rdap.lookup import RdapUnknown, look_up

FACTS_SECONDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFacts:
    """Where a name is, and what is in the way of its transfer today."""

    registrar: str
    expiry: date | None
    is_locked: bool
    possible_from: date | None
    """The first day on which its registry lets it go, if that is yet to come."""
    is_expired: bool


def transfer_facts(name: str, today: date) -> TransferFacts | None:
    """What its registry tells of a name in ASCII form; ``None`` if it tells nothing now. Not inside a transaction."""
    try:
        found = look_up(name, seconds=FACTS_SECONDS)
    except (RdapUnknown, OSError):
        return None
    if found is None:
        return None
    start = found.transferable_from
    return TransferFacts(
        registrar=found.registrar,
        expiry=found.expiry,
        is_locked=found.is_locked,
        possible_from=start if start and start > today else None,
        is_expired=found.expiry is not None and found.expiry < today,
    )
