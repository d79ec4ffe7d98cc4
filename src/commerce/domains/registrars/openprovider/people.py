"""Contacts as customers of Openprovider: one that says the very same is used again, since nothing else removes them."""

import re
from typing import Any

from commerce.domains.registrars.contract import Contact
from commerce.domains.registrars.openprovider.client import OpenproviderClient, OpenproviderData

PAGE, MOST_PAGES = 100, 20
_NUMBER_LAST = re.compile(r"(?P<street>.*\S)\s+(?P<number>\d[\w/-]*)")
_NUMBER_FIRST = re.compile(r"(?P<number>\d[\w/-]*),?\s+(?P<street>\S.*)")
_AREA = 3
"""Digits that are sent as the area code, as Openprovider's own modules do: it joins them again."""


class CustomerHandles:
    """The handles of contacts, each looked up or made once."""

    def __init__(self, client: OpenproviderClient) -> None:
        self._client = client
        self._found: dict[Contact, str] = {}

    def of(self, contact: Contact) -> str:
        """The handle of the customer that has this contact's data."""
        if contact not in self._found:
            wanted = customer_of(contact)
            self._found[contact] = self._search(wanted) or self._make(wanted)
        return self._found[contact]

    def _search(self, wanted: OpenproviderData) -> str:
        """Page by page, since an agency has many with one address."""
        for page in range(MOST_PAGES):
            query = {
                "email_pattern": wanted["email"],
                "last_name_pattern": wanted["name"]["last_name"],
                "limit": str(PAGE),
                "offset": str(page * PAGE),
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
    return str(told or "") == str(wanted)
