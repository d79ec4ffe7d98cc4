"""Contacts as a registry keeps them: objects, named by what they hold.

One with the same data is the same object, so asking again makes no second one; changed data is another object, and the
names that had the first one keep it (RFC 5733).
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from epptools import Client, Response
from epptools import namespaces as ns
from epptools.exceptions import CommandException, ObjectExistsError

from commerce.domains.registrars.ascii_forms import ascii_form
from commerce.domains.registrars.contract import Contact, Contacts, RegistrarProblem
from commerce.domains.registrars.operations import RegistrarError

PREFIX = "CM"
ROLES = ("admin", "tech", "billing")
HIDDEN = ("name", "org", "addr")


def keeps_contacts(client: Client) -> bool:
    """Whether this registry has contacts at all: some leave them to the registrars."""
    return client.greeting is not None and ns.CONTACT in client.greeting.service_obj_uris()


def contact_id(client_id: str, contact: Contact, *, is_hidden: bool) -> str:
    """The name of the object that holds this, at most 16 characters."""
    held = asdict(contact) | {"first_name": whole_name(contact), "last_name": ""}
    told = json.dumps([client_id, held, is_hidden], sort_keys=True)
    digest = hashlib.sha256(told.encode()).digest()
    return PREFIX + base64.b32encode(digest).decode()[:14]


def whole_name(contact: Contact) -> str:
    """First and last name, which a registry does not tell apart."""
    return f"{contact.first_name} {contact.last_name}".strip()


def make_contacts(
    client: Client, client_id: str, contacts: Contacts, *, is_hidden: bool, code: str
) -> dict[str, str]:
    """The objects of all four, by role; those that there are not yet are made."""
    made: dict[str, str] = {}
    for role in ("registrant", *ROLES):
        contact: Contact = getattr(contacts, role)
        handle = contact_id(client_id, contact, is_hidden=is_hidden)
        if handle not in made.values():
            _make(client, handle, contact, is_hidden=is_hidden, code=code)
        made[role] = handle
    return made


def _make(client: Client, name: str, contact: Contact, *, is_hidden: bool, code: str) -> None:
    told = {
        "name": whole_name(contact),
        "org": contact.company or None,
        "street": [line for line in (contact.address1, contact.address2) if line],
        "city": contact.city,
        "sp": contact.state or None,
        "pc": contact.postcode or None,
        "cc": contact.country,
    }
    forms = _postal_forms(told)
    with suppress(ObjectExistsError):
        client.contact.create(
            name,
            postal_infos=forms,
            voice=contact.phone or None,
            email=contact.email,
            auth_info=code,
            disclose=_hiding([form["type"] for form in forms]) if is_hidden else None,
        )


def _postal_forms(told: dict[str, Any]) -> list[dict[str, Any]]:
    """A contact in ASCII, which each registry takes, and before it, if that is another, as it is written: some take
    only the one, some want to see the other (RFC 5733). One whose letters have none in ASCII has no such form.
    """
    plain = {part: _in_ascii(value) for part, value in told.items()}
    if plain == told:
        return [told | {"type": "int"}]
    local = told | {"type": "loc"}
    return [local] if None in _flat(plain, told) else [plain | {"type": "int"}, local]


def _flat(plain: dict[str, Any], told: dict[str, Any]) -> list[Any]:
    """What came of each text that there is."""
    found: list[Any] = []
    for part, value in told.items():
        if value:
            found += plain[part] if isinstance(value, list) else [plain[part]]
    return found


def _in_ascii(value: Any) -> Any:
    """A text, or each of several, in ASCII letters; None for one that cannot be."""
    if isinstance(value, list):
        return [_in_ascii(one) for one in value]
    return value and ascii_form(value)


def _hiding(forms: list[str]) -> dict[str, Any]:
    return {"flag": False, **dict.fromkeys(HIDDEN, forms), "voice": True, "email": True}


def read_contact(answer: Response) -> Contact:
    """What an object holds. Raises ``RegistrarError`` if the registry does not tell it all."""
    forms = answer.postal_info()
    told = forms.get("loc") or forms.get("int") or {}  # the other may be made of it
    street = [*_list(told.get("street")), "", ""]
    if not told.get("name") or not answer.email():
        raise RegistrarError(
            RegistrarProblem.REFUSED, "The registry does not tell who the contact is."
        )
    return Contact(
        first_name=str(told["name"]),
        last_name="",
        company=str(told.get("org") or ""),
        email=answer.email() or "",
        phone=answer.voice() or "",
        address1=street[0],
        address2=street[1],
        city=str(told.get("city") or ""),
        state=str(told.get("sp") or ""),
        postcode=str(told.get("pc") or ""),
        country=str(told.get("cc") or ""),
    )


def _list(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def is_hidden(answer: Response) -> bool | None:
    """Whether what a contact holds is not shown to all; ``None`` where that is left to the registry."""
    told = answer.disclose()
    return None if told is None else bool(not told["flag"] and told["elements"])


def objects_of(answer: Response) -> dict[str, str]:
    """The contact objects of a name, by role; the first of several."""
    found = {"registrant": answer.registrant() or ""}
    found |= {role: handles[0] for role, handles in answer.contacts().items() if handles}
    return {role: handle for role, handle in found.items() if handle}


def put_contacts(client: Client, name: str, had: Response, wanted: Mapping[str, str]) -> None:
    """Give the name these objects instead of those that it had; what nobody uses any more is deleted."""
    held = had.contacts()
    adds = {role: wanted[role] for role in ROLES if held.get(role) != [wanted[role]]}
    removes = {role: [one for one in held.get(role, []) if one != wanted[role]] for role in adds}
    adds = {role: one for role, one in adds.items() if one not in held.get(role, [])}
    removes = {role: handles for role, handles in removes.items() if handles}
    new_holder = wanted["registrant"] if wanted["registrant"] != had.registrant() else None
    if not (adds or removes or new_holder):
        return
    client.domain.update(
        name,
        add={"contacts": adds} if adds else None,
        rem={"contacts": removes} if removes else None,
        chg={"registrant": new_holder} if new_holder else None,
    )
    for handle in set(had.all_contacts()) - set(wanted.values()):
        if handle.startswith(PREFIX):
            # One that other names still have stays.
            with suppress(CommandException):
                client.contact.delete(handle)
