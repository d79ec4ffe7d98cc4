"""The customer and the contacts that ResellerClub wants before a name: those that are there are used again."""

import secrets
import string

from commerce.domains.registrars.contract import Contact, Contacts, RegistrarProblem
from commerce.domains.registrars.operations import RegistrarError
from commerce.domains.registrars.resellerclub.client import (
    Fields,
    ResellerClubClient,
    attributes,
)
from commerce.domains.registrars.resellerclub.responses import contact_fields, matching_contact

CONTACT_TYPES = {
    ending: f"{ending.capitalize()}Contact"
    for ending in "at ca cn co coop de es eu nl ru uk".split()
}
"""Registries with contacts of a kind of their own, by the last part of the ending."""
_NO_ADMIN = frozenset("eu nz ru uk".split())
_NO_BILLING = _NO_ADMIN | frozenset("at berlin ca london nl".split())
NONE = "-1"


def customer_of(client: ResellerClubClient, holder: Contact) -> str:
    """The customer with the holder's e-mail address; made if there is none. Nobody ever signs in as one: the password
    is not kept.
    """
    try:
        found = client.read("customers/details", ("username", holder.email))
        return str(int(found["customerid"]))
    except RegistrarError as error:
        if error.problem != RegistrarProblem.NOT_FOUND:
            raise
    fields = contact_fields(holder)
    del fields["email"]
    made = client.change(
        "customers/v2/signup",
        ("username", holder.email),
        ("passwd", _password()),
        *({"state": "Not Applicable"} | fields).items(),
        ("lang-pref", "en"),
        ("accept-policy", "true"),  # our own terms, which the holder accepted, pass it on
        ("marketing-email-consent", "false"),
    )
    return str(int(made))


def contact_ids(
    client: ResellerClubClient,
    customer: str,
    contacts: Contacts,
    tld: str,
    extra_fields: Fields = (),
) -> list[tuple[str, str]]:
    """The contacts of a name, as its commands take them."""
    ending = tld.rpartition(".")[2]
    known: dict[Contact, str] = {}

    def number(contact: Contact) -> str:
        if contact not in known:
            known[contact] = _contact(client, customer, contact, ending, extra_fields)
        return known[contact]

    return [
        ("reg-contact-id", number(contacts.registrant)),
        ("admin-contact-id", NONE if ending in _NO_ADMIN else number(contacts.admin)),
        ("tech-contact-id", NONE if ending in _NO_ADMIN else number(contacts.tech)),
        ("billing-contact-id", NONE if ending in _NO_BILLING else number(contacts.billing)),
    ]


def _contact(
    client: ResellerClubClient, customer: str, contact: Contact, ending: str, extra_fields: Fields
) -> str:
    """One with answers to a registry's questions is always made: no search tells what those are."""
    kind, fields = CONTACT_TYPES.get(ending, "Contact"), contact_fields(contact)
    own = (("customer-id", customer), ("type", kind))
    details = attributes(extra_fields) if ending in CONTACT_TYPES else []
    if not details:
        asked = (("email", contact.email), ("no-of-records", "100"), ("page-no", "1"))
        found = client.read("contacts/search", *own, *asked)
        if number := matching_contact(found, fields):
            return number
    return str(int(client.change("contacts/add", *own, *fields.items(), *details)))


def _password() -> str:
    """15 characters of all four kinds."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!@#$%*")
    letters = [secrets.choice(kind) for kind in kinds]
    letters += [secrets.choice("".join(kinds)) for _ in range(11)]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
