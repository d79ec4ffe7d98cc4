"""The customers of a reseller at Openprovider: found, told, made, and asked for what a registry wants to know."""

import re
from collections.abc import Mapping
from typing import Any

from tests.doubles.openprovider.words import ApiRefusal, Data

MORE = ("additional_data", "extension_additional_data", "vat")
"""What is told of them only to who asks for it."""
WANTED_OF_OWNERS: Mapping[str, tuple[str, tuple[set[str], ...]]] = {
    "us": ("extension_additional_data", ({"nexus_category", "applicant_purpose"},)),
    "se": ("additional_data", ({"social_security_number"}, {"company_registration_number"})),
}
"""By ending: where a holder has what the registry wants, and its names, of persons and of companies."""


def listed(customers: Mapping[str, Data], query: Mapping[str, str]) -> Data:
    rows = [
        {"id": number, "reseller_id": 12, **told(handle, row, query)}
        for number, (handle, row) in enumerate(customers.items())
        if row["email"] == query["email_pattern"]
        and row["name"]["last_name"] == query["last_name_pattern"]
    ]
    first, number = int(query["offset"]), int(query["limit"])
    return {"results": rows[first : first + number], "total": len(rows)}


def told(handle: str, row: Data, query: Mapping[str, str]) -> Data:
    if query.get("with_additional_data") == "true":
        blank = {"additional_data": {"birth_city": ""}, "extension_additional_data": [], "vat": ""}
        return {"handle": handle, **blank, **row}
    return {"handle": handle, **{name: value for name, value in row.items() if name not in MORE}}


def checked(sent: Data) -> Data:
    """A customer as it is kept."""
    for part, names in {
        "name": "first_name last_name",
        "address": "street number zipcode city country",
        "phone": "country_code subscriber_number",
    }.items():
        if missing := [name for name in names.split() if not sent[part][name]]:
            raise ApiRefusal(110, f"Missing: {missing}")
    if not re.fullmatch(r"\+\d{1,3}", sent["phone"]["country_code"]):
        raise ApiRefusal(111, "Invalid phone number")
    return {**sent, "name": {**sent["name"], "prefix": None}}


def check_owner(owner: Data, ending: str) -> None:
    """Whether the registry of an ending knows enough of a holder."""
    place, wanted = WANTED_OF_OWNERS.get(ending, ("", (set[str](),)))
    of_ending: Any = owner.get(place) or {}
    if isinstance(of_ending, list):
        of_ending = next((one["data"] for one in of_ending if one["name"] == ending), {})
    if not any(names <= of_ending.keys() for names in wanted):
        raise ApiRefusal(1927, "Customer required additional data parameter is missing")
