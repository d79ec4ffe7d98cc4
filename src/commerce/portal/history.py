"""Audit entries in plain words, for the client whom they concern (accounts.md 8). Staff-only ones never come here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from commerce.accounts import words
from commerce.accounts.models import Client, CustomField
from commerce.audit.models import Entry
from commerce.billing.models import Invoice
from commerce.portal.formats import Words

NOUNS: dict[str, Words] = {
    "client": later("Account"),
    "user": later("User"),
    "membership": later("Member"),
    "invitation": later("Invitation"),
    "api_token": later("API token"),
    "apitoken": later("API token"),
    "service": later("Service"),
    "invoice": later("Invoice"),
    "order": later("Order"),
    "domain": later("Domain"),
    "payment": later("Payment"),
}
VERBS: dict[str, Words] = {
    "created": later("created"),
    "updated": later("changed"),
    "removed": later("removed"),
    "active": later("active"),
    "suspended": later("suspended"),
    "cancelled": later("cancelled"),
    "terminated": later("terminated"),
    "closed": later("closed"),
    "revoked": later("revoked"),
    "expired": later("expired"),
    "accepted": later("accepted"),
    "declined": later("declined"),
    "withdrawn": later("withdrawn"),
    "issued": later("issued"),
    "paid": later("paid"),
    "unpaid": later("open again"),
    "overdue": later("overdue"),
    "refunded": later("refunded"),
    "completed": later("completed"),
    "fraud": later("under review"),
    "disputed": later("disputed with the bank"),
    "settled": later("amount due changed"),
    "sent": later("sent to the registry"),
    "redemption": later("in redemption"),
    "pending_transfer": later("transfer begun"),
    "transferred_away": later("transferred away"),
    "renewed": later("renewed"),
    "renamed": later("renamed"),
    "placed": later("placed"),
    "changed": later("changed"),
    "fields_changed": later("details changed"),
    "cancellation_scheduled": later("cancellation scheduled"),
    "auto_renew_set": later("auto-renew changed"),
    "lock_set": later("lock changed"),
    "privacy_set": later("privacy changed"),
    "exported": later("invoices downloaded"),
    "registrar_chosen": later("registrar chosen"),
    "nameservers_set": later("nameservers changed"),
    "nameservers_chosen": later("nameservers chosen"),
    "server_chosen": later("server chosen"),
    "reminded": later("reminder sent"),
    "reversed": later("open again, payment taken back"),
    "refund_failed": later("refund failed"),
    "hold_set": later("reminders paused"),
    "hold_lifted": later("reminders go on"),
    "suspension_held": later("suspension paused"),
    "terms_accepted": later("terms accepted"),
    "plan_changed": later("plan changed"),
    "price_changed": later("price changed"),
    "kept_suspended": later("suspension goes on"),
    "cancellation_withdrawn": later("cancellation taken back"),
    "overridden": later("state set by hand"),
    "edited": later("due date or price changed"),
    "account_set": later("account on the server changed"),
    "mails_chosen": later("choice of mails changed"),
}
FIELDS: dict[str, Words] = {
    "first_name": later("First name"),
    "last_name": later("Last name"),
    "company": later("Company"),
    "email": later("Billing e-mail"),
    "wanted_email": later("Billing email to confirm"),
    "phone": later("Phone"),
    "address1": later("Address"),
    "address2": later("Address, second line"),
    "city": later("City"),
    "state": later("State or region"),
    "postcode": later("Postcode"),
    "country": later("Country"),
    "currency_code": later("Currency"),
    "tax_id": later("Tax number"),
    "locale": later("Language"),
    "role": later("Role"),
}
"""Fields whose values a client may read in his history: only what he sees on his pages anyway."""


CUSTOM = "client.fields_changed"
"""The action whose fields are custom ones, by their names."""

SHOWN_WITH: dict[str, str] = {
    "client.": "profile.view",
    "service.": "services.view",
    "invoice.": "invoices.view",
    "payment.": "invoices.view",
    "order.": "orders.view",
    "domain.": "domains.view",
    "membership.": "members.manage",
    "invitation.": "members.manage",
    "apitoken.": "tokens.manage",
}
"""Which right a member needs to read of which records in the history; of anything else it says nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field with what it held before and after."""

    field: Words
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Told:
    """One audit entry as its client reads it."""

    what: str
    name: str
    who: str
    at: datetime
    changes: list[Change]


def latest(client: Client, rights: frozenset[str], number: int) -> list[Told]:
    """The last entries that concern the client and that this member has the right to read."""
    shown = Q()
    for prefix, right in SHOWN_WITH.items():
        if right in rights:
            shown |= Q(action__startswith=prefix)
    # A draft does not exist for its client, nor that one was made; entries of older installations are not marked so.
    rows = Entry.objects.for_client(client).filter(shown).exclude(action="invoice.drafted")
    entries = list(rows.newest_first()[:number])
    numbers, custom = _numbers(client, entries), _custom(entries)
    return [told(entry, numbers, custom) for entry in entries]


def _numbers(client: Client, entries: Sequence[Entry]) -> Mapping[int, str]:
    """Numbers of the invoices that these entries are about: some were drafts without one when it was written."""
    about = [e.record_id for e in entries if e.record_kind == "invoice" and e.record_id]
    if not about:
        return {}
    rows = Invoice.objects.for_client(client).filter(pk__in=about)
    return {pk: number or "" for pk, number in rows.values_list("pk", "number")}


def _custom(entries: Sequence[Entry]) -> frozenset[str]:
    """Names of the custom fields that a client may read of; one that was made admin-only meanwhile is none (T9)."""
    if not any(entry.action == CUSTOM for entry in entries):
        return frozenset()
    return frozenset(CustomField.objects.for_clients().values_list("name", flat=True))


def told(entry: Entry, numbers: Mapping[int, str], custom: frozenset[str]) -> Told:
    """``client.updated`` as "Account changed", with the fields that the client knows."""
    noun, _dot, verb = entry.action.partition(".")
    if entry.before.get("status") == "draft":
        verb = "issued"
    what = f"{NOUNS.get(noun, _plain(noun).capitalize())} {VERBS.get(verb, _plain(verb))}"
    return Told(what, _name(entry, numbers), _who(entry), entry.at, _changes(entry, custom))


def _name(entry: Entry, numbers: Mapping[int, str]) -> str:
    if entry.record_kind == "invoice":
        return numbers.get(entry.record_id or 0, "")
    if entry.record_kind == "payment":  # a gateway's key and its reference
        gateway, blank, reference = entry.record_name.partition(" ")
        return f"{gateway.replace('_', ' ')}{blank}{reference}"
    return entry.record_name


def _who(entry: Entry) -> str:
    """Members by their address; people of ours without their names."""
    if entry.actor_kind == "member":
        return entry.actor_name
    return {"staff": _("our staff"), "system": _("automatically")}.get(entry.actor_kind, "")


def _changes(entry: Entry, custom: frozenset[str]) -> list[Change]:
    if entry.action == CUSTOM:
        return [_change(key, key, entry, _shown) for key in entry.after if key in custom]
    if entry.record_kind not in ("client", "membership", "user"):
        return []
    return [
        _change(key, FIELDS[key], entry, _role if key == "role" else _shown)
        for key in entry.after
        if key in FIELDS
    ]


def _change(key: str, label: Words, entry: Entry, show: Callable[[Any], str]) -> Change:
    return Change(label, show(entry.before.get(key)), show(entry.after.get(key)))


def _role(stored: Any) -> str:
    return str(words.ROLES.get(stored, "–"))


def _shown(stored: Any) -> str:
    return str(stored) if stored else "–"


def _plain(key: str) -> str:
    return key.replace("_", " ")
