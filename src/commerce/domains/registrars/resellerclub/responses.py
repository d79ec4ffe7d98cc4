"""What ResellerClub's orders say, in our words: pure, from the plain data of an answer."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from commerce.domains.registrars.contract import (
    Availability,
    Contact,
    Cost,
    DomainInfo,
    DsRecord,
    RegistrarState,
    VerificationInfo,
)
from commerce.domains.registrars.operations import minor_units
from commerce.domains.rules import VerificationState
from commerce.kit.remote.http import NOT_UNDERSTOOD
from commerce.presentation.idn import readable_name

type OrderData = Mapping[str, Any]

_STATES = {
    "Active": RegistrarState.ACTIVE,
    "Pending Delete Restorable": RegistrarState.REDEMPTION,
    "Deleted": RegistrarState.GONE,
    "Archived": RegistrarState.GONE,
}
_WANTS_CODE = r"auth(ori[sz]ation)?[- ]?code|domain secret"
_ENDED = r"reject|refus|denied|declin|fail|cancel|expired"
_TAKEN = ("regthroughus", "regthroughothers")
_ABSENT = "Not Applicable"


def domain_info(order: OrderData, today: date) -> DomainInfo:
    """An order of a domain; dates are those at the registry, in UTC."""
    return DomainInfo(
        state=state_of(order, today),
        remote_id=order_id(order),
        registration_date=_day(order.get("creationtime")),
        expiry=_day(order.get("endtime")),
        is_locked=is_locked(order),
        whois_privacy=whois_privacy(order),
        auto_renews=_flag(order.get("recurring")),
        nameservers=nameservers(order),
    )


def state_of(order: OrderData, today: date) -> RegistrarState:
    """How it stands there. An order in the making has an action that is under way."""
    status, expiry = str(order["currentstatus"]), _day(order.get("endtime"))
    if status == "InActive":
        return _state_of_action(order)
    is_past = expiry is not None and expiry < today
    if is_past and status in ("Active", "Suspended"):
        return RegistrarState.EXPIRED
    return _STATES.get(status, RegistrarState.UNKNOWN)


def _state_of_action(order: OrderData) -> RegistrarState:
    action = str(order.get("actiontype") or "").lower()
    told = f"{order.get('actionstatus') or ''} {order.get('actionstatusdesc') or ''}"
    has_ended = bool(re.search(_ENDED, told, re.IGNORECASE))
    if action.startswith("addnew") and not has_ended:
        return RegistrarState.PENDING
    if not action.startswith("addtransfer"):
        return RegistrarState.UNKNOWN
    if re.search(_WANTS_CODE, told, re.IGNORECASE):
        return RegistrarState.TRANSFER_WRONG_CODE
    return RegistrarState.TRANSFER_REFUSED if has_ended else RegistrarState.PENDING_TRANSFER


def is_being_restored(order: OrderData) -> bool:
    """Whether its restoration is queued."""
    return str(order.get("actiontype") or "").lower().startswith("restore")


def order_id(order: OrderData) -> str:
    """Its number there. Raises ``ValueError`` for what is none."""
    return str(int(order.get("orderid") or order["entityid"]))


def expiry_epoch(order: OrderData) -> tuple[date, str]:
    """Until when it is registered: the day, and the very second, which a renewal must name."""
    epoch = int(order["endtime"])
    return datetime.fromtimestamp(epoch, UTC).date(), str(epoch)


def _day(epoch: Any) -> date | None:
    return datetime.fromtimestamp(int(epoch), UTC).date() if epoch not in (None, "") else None


def is_locked(order: OrderData) -> bool | None:
    """Whether it cannot be transferred away."""
    locks = order.get("orderstatus")
    return "transferlock" in locks if isinstance(locks, list) else None


def whois_privacy(order: OrderData) -> bool | None:
    """Whether its holder is hidden."""
    return _flag(order.get("isprivacyprotected"))


def _flag(value: Any) -> bool | None:
    return {"true": True, "false": False}.get(str(value).lower())


_VERIFICATIONS = {
    "pending": VerificationState.PENDING,
    "suspended": VerificationState.SUSPENDED,
}
_DAYS_TO_VERIFY = timedelta(days=15)


def verification(order: OrderData) -> VerificationInfo:
    """Whether the holder confirmed their address; names that need none of it have no word for it, or another one."""
    told = str(order.get("raaVerificationStatus") or "").lower()
    began = _day(order.get("raaVerificationStartTime"))
    contact = order.get("registrantcontact")
    return VerificationInfo(
        state=_VERIFICATIONS.get(told, VerificationState.VERIFIED),
        last_day=began + _DAYS_TO_VERIFY if began else None,
        email=str(contact.get("emailaddr") or "") if isinstance(contact, dict) else "",
    )


def nameservers(order: OrderData) -> tuple[str, ...]:
    """Its nameservers in their order."""
    numbers = sorted(int(name[2:]) for name in order if re.fullmatch(r"ns\d{1,2}", name))
    return tuple(str(order[f"ns{number}"]).lower() for number in numbers)


def availability(answer: Mapping[str, Any], name: str) -> Availability | None:
    """What is said of one name, in either form; nothing if it is not told, or if its price is not understood."""
    told = answer.get(name) or answer.get(readable_name(name))
    status = str(told.get("status") or "").lower() if isinstance(told, dict) else ""
    if status in _TAKEN:
        return Availability(is_available=False)
    if status != "available" or not isinstance(told, dict):
        return None
    costs = told.get("costHash")
    if not costs:
        return Availability(is_available=True)
    try:
        currency = str(costs["sellingCurrencySymbol"])
        cost = Cost(minor_units(str(costs["create"]), currency), currency)
    except NOT_UNDERSTOOD:
        return None
    return Availability(is_available=True, is_premium=True, cost=cost)


def ds_records(order: OrderData) -> set[DsRecord]:
    """The delegation signers that it has."""
    found: Sequence[Mapping[str, Any]] = order.get("dnssec") or []
    return {
        DsRecord(
            key_tag=int(each["keytag"]),
            algorithm=int(each["algorithm"]),
            digest_type=int(each["digesttype"]),
            digest=str(each["digest"]).upper(),
        )
        for each in found
    }


def contact_fields(contact: Contact) -> dict[str, str]:
    """A contact as it is sent: the country code apart from the number; a company must be named."""
    code, _dot, number = contact.phone.removeprefix("+").partition(".")
    fields = {
        "name": f"{contact.first_name} {contact.last_name}",
        "company": contact.company or _ABSENT,
        "email": contact.email,
        "address-line-1": contact.address1,
        "address-line-2": contact.address2,
        "city": contact.city,
        "state": contact.state,
        "country": contact.country,
        "zipcode": contact.postcode,
        "phone-cc": code,
        "phone": number,
    }
    return {name: value for name, value in fields.items() if value}


_TOLD_AS = {
    "name": "name",
    "company": "company",
    "email": "emailaddr",
    "address-line-1": "address1",
    "address-line-2": "address2",
    "city": "city",
    "state": "state",
    "country": "country",
    "zipcode": "zip",
    "phone-cc": "telnocc",
    "phone": "telno",
}
"""What the answer of a search calls the fields of a contact, after ``contact.``."""


def matching_contact(answer: Mapping[str, Any], fields: Mapping[str, str]) -> str | None:
    """The id of a contact among those found that says the very same."""
    listed = answer.get("result")
    rows = listed if isinstance(listed, list) else list(answer.values())
    for row in rows:
        if isinstance(row, dict) and all(
            str(row.get(f"contact.{told}") or "") == fields.get(sent, "")
            for sent, told in _TOLD_AS.items()
        ):
            return str(int(row["entity.entityid"]))
    return None
