"""Contacts as customers of Openprovider: one that says the very same is used again, since nothing else removes them."""

import re
from typing import Any
from urllib.parse import quote

from commerce.domains.registrars.contract import Contact, Contacts
from commerce.domains.registrars.openprovider.client import (
    OpenproviderClient,
    OpenproviderData,
    OpenproviderError,
)

HOLDER = "owner"

PAGE, MOST_PAGES = 100, 20
_NUMBER_LAST = re.compile(r"(?P<street>.*\S)\s+(?P<number>\d[\w/-]*)")
_NUMBER_FIRST = re.compile(r"(?P<number>\d[\w/-]*),?\s+(?P<street>\S.*)")
_ROLES = {HOLDER: "registrant", "admin": "admin", "tech": "tech", "billing": "billing"}
_MORE = {"with_additional_data": "true"}
"""Without it customers are told without what registries ask for."""
_AREA = 3
"""Digits that are sent as the area code, as Openprovider's own modules do: it joins them again."""


class CustomerHandles:
    """The handles of contacts, each looked up or made once."""

    def __init__(self, client: OpenproviderClient) -> None:
        self._client = client
        self._found: dict[Contact, str] = {}

    def of(self, contact: Contact, more: OpenproviderData | None = None) -> str:
        """The handle of the customer that has this contact's data, and ``more`` of them that a registry asks for."""
        if contact not in self._found:
            wanted = customer_of(contact) | (more or {})
            found = self._search(wanted, _MORE if more else {})
            self._found[contact] = found or self._make(wanted)
        return self._found[contact]

    def _search(self, wanted: OpenproviderData, told: dict[str, str]) -> str:
        """Page by page, since an agency has many with one address."""
        for page in range(MOST_PAGES):
            query = {
                "email_pattern": wanted["email"],
                "last_name_pattern": wanted["name"]["last_name"],
                "limit": str(PAGE),
                "offset": str(page * PAGE),
                **told,
            }
            rows = self._client.ask("GET", "/customers", query=query).get("results") or []
            for row in rows:
                if row.get("handle") and _says(row, wanted):
                    return str(row["handle"])
            if len(rows) < PAGE:
                break
        return ""

    def _make(self, wanted: OpenproviderData) -> str:
        return str(self._client.ask("POST", "/customers", wanted)["handle"])


def handles_of(
    client: OpenproviderClient, ending: str, contacts: Contacts, more: OpenproviderData
) -> dict[str, str]:
    """Those of the roles that names under this ending have; ``more`` is told of the holder."""
    try:
        about = client.ask("GET", f"/tlds/{ending}")
    except OpenproviderError:
        about = {}  # its test system does not have them all
    handles = CustomerHandles(client)
    return {
        f"{role}_handle": handles.of(getattr(contacts, ours), more if role == HOLDER else None)
        for role, ours in _ROLES.items()
        if role == HOLDER or about.get(f"{role}_handle_supported", True)
    }


def kept_of_holder(
    client: OpenproviderClient, row: OpenproviderData, contact: Contact
) -> OpenproviderData:
    """What registries know of the present holder of a name, if this contact is that person or company: another one
    has other numbers.
    """
    handle = row.get(f"{HOLDER}_handle")
    if not handle:
        return {}
    try:
        told = client.ask("GET", f"/customers/{quote(str(handle), safe='')}", query=_MORE)
    except OpenproviderError:
        return {}
    wanted = customer_of(contact)
    if not all(_says(told.get(part), wanted[part]) for part in ("company_name", "name")):
        return {}
    ending = row["domain"]["extension"]
    found: OpenproviderData = {
        "vat": told.get("vat"),
        "additional_data": _texts(told.get("additional_data")),
        "extension_additional_data": [
            {"name": ending, "data": _texts(one["data"])}
            for one in told.get("extension_additional_data") or []
            if one["name"] == ending
        ],
    }
    return {name: value for name, value in found.items() if value}


def _texts(told: OpenproviderData | None) -> dict[str, str]:
    """Without what is empty, and without files."""
    return {key: value for key, value in (told or {}).items() if value and isinstance(value, str)}


def customer_of(contact: Contact) -> OpenproviderData:
    """A contact as Openprovider takes it, with the house number apart from the street."""
    country_code, _dot, digits = contact.phone.partition(".")
    area, rest = (digits[:_AREA], digits[_AREA:]) if len(digits) > _AREA else ("", digits)
    match = _NUMBER_LAST.fullmatch(contact.address1) or _NUMBER_FIRST.fullmatch(contact.address1)
    street, number = (match["street"], match["number"]) if match else (contact.address1, "-")
    return {
        "company_name": contact.company,
        "name": {"first_name": contact.first_name, "last_name": contact.last_name},
        "address": {
            "street": street,
            "number": number,
            "suffix": contact.address2,
            "zipcode": contact.postcode,
            "city": contact.city,
            "state": contact.state,
            "country": contact.country,
        },
        "phone": {"country_code": country_code, "area_code": area, "subscriber_number": rest},
        "email": contact.email,
    }


def _says(told: Any, wanted: Any) -> bool:
    """Whether what is told has all that is wanted; an empty text may be missing."""
    if isinstance(wanted, dict):
        return isinstance(told, dict) and all(
            _says(told.get(name), value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(told, list) and all(
            any(_says(one, each) for one in told) for each in wanted
        )
    return str(told or "") == str(wanted)
