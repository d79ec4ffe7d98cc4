"""Whether the registry will take who shall hold a name, and what it asks for besides (domains.md 2 and 3)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from commerce.domains.registrars.contract import Contact, Contacts
from commerce.kit.errors import BusinessError

MAX_LENGTHS = {
    "first_name": 100,
    "last_name": 100,
    "company": 200,
    "email": 254,
    "phone": 30,
    "address1": 200,
    "address2": 200,
    "city": 100,
    "state": 100,
    "postcode": 20,
    "country": 2,
}
OPTIONAL_FIELDS = {"company", "address2", "state"}
"""The state too: not each country has one, and the registry says so where it must be given."""

EPP_PHONE = re.compile(r"\+\d{1,3}\.\d{2,24}")


def check_registrant(registrant: Mapping[str, str]) -> None:
    """Raise ``BusinessError`` unless this can hold a name."""
    if missing_registrant_fields(registrant):
        raise BusinessError("domain.no_registrant", field="registrant")


def missing_registrant_fields(registrant: Mapping[str, str]) -> list[str]:
    """The fields that are missing, too long, or not as a registry takes them; none if this can hold a name."""
    found = []
    for name, most in MAX_LENGTHS.items():
        value = registrant.get(name, "").strip()
        good = len(value) <= most and (bool(value) or name in OPTIONAL_FIELDS)
        if not good or (name == "phone" and not EPP_PHONE.fullmatch(value)):
            found.append(name)
    return found


def check_extra_fields(fields: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> None:
    """Raise ``BusinessError`` for a field that the registry needs and that is empty or too long."""
    for field in fields:
        value = values.get(field["name"], "").strip()
        if len(value) > 255 or (field.get("required") and not value):
            label = field.get("label") or field["name"]
            raise BusinessError("domain.extra_field_missing", label=label, field="extra_fields")


def contacts_from(registrant: Mapping[str, str]) -> Contacts:
    """One person for all four roles, as typed at order; what is not known is empty, and its registry says so."""
    holder = Contact(**{name: registrant.get(name, "") for name in MAX_LENGTHS})
    return Contacts(registrant=holder, admin=holder, tech=holder, billing=holder)
