"""What Namecheap's elements say, in our words: pure, from the XML of a response."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from commerce.domains.registrars.contract import (
    Availability,
    Contact,
    Contacts,
    Cost,
    DomainInfo,
    RegistrarProblem,
    RegistrarResult,
    RegistrarState,
    TldCost,
)
from commerce.domains.registrars.operations import minor_units

PREMIUM_CURRENCY = "USD"
"""Of premium prices, which name none."""
ROLES = {"registrant": "Registrant", "admin": "Admin", "tech": "Tech", "billing": "AuxBilling"}
ACTIONS = {
    "REGISTER": "register",
    "RENEW": "renew",
    "TRANSFER": "transfer",
    "REACTIVATE": "restore",
}
"""What it calls what we have prices for."""
_CODE_IS_WRONG = frozenset({"18", "32"})
"""Transfers that ended for want of the right code."""
_APPEARS_WITHIN = timedelta(days=3)
"""How long a name that was transferred may take until it stands among ours."""


def day_of(text: str) -> date:
    """A date as month, day and year, with or without a time of day. Raises ``ValueError``."""
    return datetime.strptime(text.split(maxsplit=1)[0], "%m/%d/%Y").date()  # noqa: DTZ007 - a date


def domain_info(result: Any, today: date, *, is_locked: bool | None) -> DomainInfo:
    """A domain of the account."""
    details = result.find("{*}DomainDetails")
    expiry = day_of(details.findtext("{*}ExpiredDate"))
    privacy = result.find("{*}Whoisguard")
    hosts = result.findall("{*}DnsDetails/{*}Nameserver")
    return DomainInfo(
        state=_state(result.get("Status"), expiry, today),
        remote_id=str(int(result.get("ID"))),
        registration_date=day_of(details.findtext("{*}CreatedDate")),
        expiry=expiry,
        is_locked=is_locked,
        whois_privacy=None if privacy is None else flag(privacy.get("Enabled")),
        nameservers=tuple((host.text or "").strip().lower() for host in hosts),
    )


def free_privacy(listed: Any, today: date) -> str:
    """The number of a privacy service that no name has, and whose time is not over; empty if there is none."""
    for row in listed.findall("{*}Whoisguard"):
        expires = row.get("Expires") or ""
        if not row.get("DomainName") and (not expires or day_of(expires) >= today):
            return str(int(row.get("ID")))
    return ""


def _state(status: str, expiry: date, today: date) -> RegistrarState:
    """It has no word for redemption; a locked one is locked by Namecheap."""
    told = status.lower()
    if told == "expired" or (told == "ok" and expiry < today):
        return RegistrarState.EXPIRED
    return RegistrarState.ACTIVE if told == "ok" else RegistrarState.UNKNOWN


def flag(value: str | None) -> bool | None:
    """``true`` or ``false``, in any letters; anything else is not told."""
    return {"true": True, "false": False}.get((value or "").lower())


def transfer_info(rows: Iterable[Any], name: str, today: date) -> DomainInfo | None:
    """The last transfer of a name to the account; nothing if there is none, or if it ended well long ago."""
    own = [row for row in rows if str(row.get("Domainname")).lower() == name]
    if not own:
        return None
    last = max(own, key=lambda row: int(row.get("ID")))
    status, code = str(last.get("Status")).upper(), str(last.get("StatusID"))
    state = RegistrarState.PENDING_TRANSFER
    if status == "WAITINGFOREPP" or code in _CODE_IS_WRONG:
        state = RegistrarState.TRANSFER_WRONG_CODE
    elif status.startswith("CANCEL"):
        state = RegistrarState.TRANSFER_REFUSED
    elif status == "COMPLETED" and today - day_of(last.get("StatusDate")) > _APPEARS_WITHIN:
        return None
    return DomainInfo(state=state, remote_id=str(int(last.get("ID"))))


def availability(result: Any) -> RegistrarResult[Availability]:
    """What is said of one name."""
    if str(result.get("ErrorNo") or "0") != "0":
        reason = result.get("Description") or "The name could not be checked."
        return RegistrarResult(None, RegistrarProblem.RETRY, reason)
    is_available = flag(result.get("Available"))
    if is_available is None:
        raise ValueError("neither available nor taken")
    if not flag(result.get("IsPremiumName")):
        return RegistrarResult(Availability(is_available=is_available))
    amount = minor_units(result.get("PremiumRegistrationPrice"), PREMIUM_CURRENCY)
    cost = Cost(amount, PREMIUM_CURRENCY)
    return RegistrarResult(Availability(is_available=is_available, is_premium=True, cost=cost))


def contact_fields(contacts: Contacts) -> dict[str, str]:
    """All four contacts as they are sent; a state must be named."""
    return {
        f"{prefix}{name}": value
        for role, prefix in ROLES.items()
        for name, value in _fields_of(getattr(contacts, role)).items()
        if value
    }


def _fields_of(contact: Contact) -> dict[str, str]:
    return {
        "FirstName": contact.first_name,
        "LastName": contact.last_name,
        "OrganizationName": contact.company,
        "Address1": contact.address1,
        "Address2": contact.address2,
        "City": contact.city,
        "StateProvince": contact.state or "NA",
        "PostalCode": contact.postcode,
        "Country": contact.country,
        "Phone": contact.phone,
        "EmailAddress": contact.email,
    }


def yearly_costs(response: Any) -> dict[str, tuple[int, str]]:
    """What one year costs us, by TLD; one without a price for a year is left out."""
    found = {}
    for product in response.iter("{*}Product"):
        for price in product.findall("{*}Price"):
            if (price.get("Duration"), price.get("DurationType")) == ("1", "YEAR"):
                currency = price.get("Currency")
                amount = minor_units(price.get("YourPrice") or price.get("Price"), currency)
                found[product.get("Name").lower()] = (amount, currency)
    return found


def tld_costs(actions: Mapping[str, Mapping[str, tuple[int, str]]]) -> list[TldCost]:
    """The costs of each TLD, from those of each action; in the currency in which it is registered."""
    return [
        TldCost(
            tld=tld,
            currency_code=currency,
            **{
                name: costs[tld][0]
                for name, costs in actions.items()
                if tld in costs and costs[tld][1] == currency
            },
        )
        for tld, (_amount, currency) in sorted(actions["register"].items())
    ]
