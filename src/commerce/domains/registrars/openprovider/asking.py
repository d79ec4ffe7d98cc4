"""What Openprovider is asked with, in its words: pure, as plain data."""

from collections.abc import Mapping, Sequence

from commerce.domains.registrars.contract import DomainName, RegistrarProblem
from commerce.domains.registrars.openprovider.client import OpenproviderData
from commerce.domains.registrars.operations import RegistrarError

CUSTOMER = "customer."
"""Begins the names of extra fields that are told of the holder; the others are told of the name."""
ONLY_ASKED = "owner_type"
"""An extra field by which others are asked for; it has no place at Openprovider."""


def path(row: OpenproviderData) -> str:
    """Where a name that it has is changed."""
    return f"/domains/{int(row['id'])}"


def name(domain: DomainName) -> dict[str, str]:
    """A name, its ending apart."""
    return {"name": domain.label, "extension": domain.tld}


def hosts(names: Sequence[str]) -> list[OpenproviderData]:
    """Nameservers in their order."""
    return [{"name": each, "seq_nr": number} for number, each in enumerate(names, 1)]


def again(row: OpenproviderData, domain: DomainName, code: str) -> OpenproviderData:
    """A transfer that stopped, with another code."""
    return {"id": int(row["id"]), "domain": name(domain), "auth_code": code}


def of_name(extra_fields: Mapping[str, str]) -> OpenproviderData:
    """What a registry asks for besides that is told of the name."""
    return {
        field: value
        for field, value in extra_fields.items()
        if field != ONLY_ASKED and not field.startswith(CUSTOMER)
    }


def of_holder(extra_fields: Mapping[str, str], ending: str) -> OpenproviderData:
    """The same of the holder, as a part of a customer."""
    found: OpenproviderData = {}
    for field, value in extra_fields.items():
        if not field.startswith(CUSTOMER):
            continue
        place, _dot, key = field.removeprefix(CUSTOMER).partition(".")
        match place, bool(key):
            case "additional_data", True:
                found.setdefault(place, {})[key] = value
            case "extension_additional_data", True:
                found.setdefault(place, [{"name": ending, "data": {}}])[0]["data"][key] = value
            case "vat", False:
                found[place] = value
            case _:
                reason = f"Openprovider has no place for the extra field {field}."
                raise RegistrarError(RegistrarProblem.REFUSED, reason)
    return found
