"""Our orders in OpenSRS's words: pure, as plain data."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from commerce.domains.registrars.contract import (
    Contact,
    Contacts,
    DomainName,
    DsRecord,
    RegistrarProblem,
)
from commerce.domains.registrars.opensrs.envelope import OpsData
from commerce.domains.registrars.operations import RegistrarError

_ROLES = {"owner": "registrant", "admin": "admin", "tech": "tech", "billing": "billing"}


class HolderProfile(NamedTuple):
    """How a holder would sign in at OpenSRS."""

    username: str
    password: str


def profile_of(name: str, private_key: str) -> HolderProfile:
    """Each name has a profile of its own, always the same, which nobody but us can open."""
    digest = hmac.new(private_key.encode(), name.encode(), hashlib.sha256).hexdigest()
    return HolderProfile(f"c{digest[:15]}", f"Aa1{digest[15:32]}")


def order_of(
    domain: DomainName,
    contacts: Contacts,
    extra_fields: Mapping[str, str] | None,
    profile: HolderProfile,
) -> OpsData:
    """What any order of a name says."""
    order: OpsData = {
        "domain": domain.name,
        "reg_username": profile.username,
        "reg_password": profile.password,
        "handle": "process",
        "auto_renew": "0",
        "custom_tech_contact": "1",
        "contact_set": contact_set(contacts, roles_of(domain.tld)),
    }
    _add_extra_fields(order, extra_fields or {})
    return order


def contact_set(contacts: Contacts, roles: Sequence[str]) -> OpsData:
    """Who stands behind a name."""
    return {role: _person(getattr(contacts, _ROLES[role])) for role in roles}


def roles_of(tld: str) -> list[str]:
    """Whom a name can have: those under .ca have nobody for bills."""
    return [role for role in _ROLES if (role, tld.rpartition(".")[2]) != ("billing", "ca")]


def _person(contact: Contact) -> OpsData:
    return {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "org_name": contact.company or f"{contact.first_name} {contact.last_name}",
        "address1": contact.address1,
        "address2": contact.address2,
        "city": contact.city,
        "state": contact.state,
        "postal_code": contact.postcode,
        "country": contact.country,
        "phone": contact.phone,
        "email": contact.email,
    }


def ds_rows(records: Sequence[DsRecord]) -> list[OpsData]:
    """Delegation signers."""
    return [
        {
            "key_tag": str(each.key_tag),
            "algorithm": str(each.algorithm),
            "digest_type": str(each.digest_type),
            "digest": each.digest,
        }
        for each in records
    ]


def nameserver_list(hosts: Sequence[str]) -> list[OpsData]:
    """Nameservers in their order."""
    return [{"sortorder": str(number), "name": host} for number, host in enumerate(hosts, 1)]


def _add_extra_fields(order: OpsData, extra_fields: Mapping[str, str]) -> None:
    """Put into an order what a registry asks for besides. What the order says itself stays.

    A name with dots leads into tables, as ``tld_data.nexus.category``.
    """
    for name, value in extra_fields.items():
        table = order
        *way, last = name.split(".")
        for step in way:
            table = table.setdefault(step, {})
            if not isinstance(table, dict):
                raise RegistrarError(
                    RegistrarProblem.REFUSED, f"OpenSRS has no place for the extra field {name}."
                )
        table.setdefault(last, value)
