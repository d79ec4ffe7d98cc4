"""Audit entries in plain words, for the client whom they concern (accounts.md 8). Staff-only ones never come here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts import labels
from commerce.accounts.models import Client, CustomField
from commerce.audit.models import AuditEntry
from commerce.billing.models import Invoice
from commerce.presentation.labels import Text

RECORD_LABELS: dict[str, Text] = {
    "client": _lazy("Account"),
    "user": _lazy("User"),
    "membership": _lazy("Member"),
    "invitation": _lazy("Invitation"),
    "api_token": _lazy("API token"),
    "apitoken": _lazy("API token"),
    "service": _lazy("Service"),
    "invoice": _lazy("Invoice"),
    "order": _lazy("Order"),
    "domain": _lazy("Domain"),
    "payment": _lazy("Payment"),
}
ACTION_LABELS: dict[str, Text] = {
    "created": _lazy("created"),
    "updated": _lazy("changed"),
    "removed": _lazy("removed"),
    "active": _lazy("active"),
    "suspended": _lazy("suspended"),
    "cancelled": _lazy("cancelled"),
    "terminated": _lazy("terminated"),
    "closed": _lazy("closed"),
    "revoked": _lazy("revoked"),
    "expired": _lazy("expired"),
    "accepted": _lazy("accepted"),
    "declined": _lazy("declined"),
    "withdrawn": _lazy("withdrawn"),
    "issued": _lazy("issued"),
    "paid": _lazy("paid"),
    "unpaid": _lazy("open again"),
    "overdue": _lazy("overdue"),
    "refunded": _lazy("refunded"),
    "completed": _lazy("completed"),
    "fraud": _lazy("under review"),
    "disputed": _lazy("disputed with the bank"),
    "settled": _lazy("amount due changed"),
    "sent": _lazy("sent to the registry"),
    "redemption": _lazy("in redemption"),
    "pending_transfer": _lazy("transfer begun"),
    "transferred_away": _lazy("transferred away"),
    "renewed": _lazy("renewed"),
    "renamed": _lazy("renamed"),
    "placed": _lazy("placed"),
    "changed": _lazy("changed"),
    "fields_changed": _lazy("details changed"),
    "cancellation_scheduled": _lazy("cancellation scheduled"),
    "auto_renew_set": _lazy("auto-renew changed"),
    "lock_set": _lazy("lock changed"),
    "privacy_set": _lazy("privacy changed"),
    "exported": _lazy("invoices downloaded"),
    "registrar_chosen": _lazy("registrar chosen"),
    "nameservers_set": _lazy("nameservers changed"),
    "nameservers_chosen": _lazy("nameservers chosen"),
    "server_chosen": _lazy("server chosen"),
    "reminded": _lazy("reminder sent"),
    "reversed": _lazy("open again, payment taken back"),
    "refund_failed": _lazy("refund failed"),
    "hold_set": _lazy("reminders paused"),
    "hold_lifted": _lazy("reminders go on"),
    "suspension_held": _lazy("suspension paused"),
    "terms_accepted": _lazy("terms accepted"),
    "plan_changed": _lazy("plan changed"),
    "price_changed": _lazy("price changed"),
    "kept_suspended": _lazy("suspension goes on"),
    "cancellation_withdrawn": _lazy("cancellation taken back"),
    "overridden": _lazy("state set by hand"),
    "edited": _lazy("due date or price changed"),
    "account_set": _lazy("account on the server changed"),
    "mails_chosen": _lazy("choice of mails changed"),
}
FIELD_LABELS: dict[str, Text] = {
    "first_name": _lazy("First name"),
    "last_name": _lazy("Last name"),
    "company": _lazy("Company"),
    "email": _lazy("Billing e-mail"),
    "pending_email": _lazy("Billing email to confirm"),
    "phone": _lazy("Phone"),
    "address1": _lazy("Address"),
    "address2": _lazy("Address, second line"),
    "city": _lazy("City"),
    "state": _lazy("State or region"),
    "postcode": _lazy("Postcode"),
    "country": _lazy("Country"),
    "currency_code": _lazy("Currency"),
    "tax_id": _lazy("Tax number"),
    "locale": _lazy("Language"),
    "role": _lazy("Role"),
}
"""Fields whose values a client may read in the history: only what the pages show them anyway."""


CUSTOM_FIELDS_ACTION = "client.fields_changed"
"""The action whose fields are custom ones, by their names."""

RIGHT_BY_ACTION_PREFIX: dict[str, str] = {
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
class FieldChange:
    """One field with what it held before and after."""

    field: Text
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One audit entry as its client reads it."""

    what: str
    name: str
    who: str
    at: datetime
    changes: list[FieldChange]


def latest_history(client: Client, rights: frozenset[str], number: int) -> list[HistoryEntry]:
    """The last entries that concern the client and that this member has the right to read."""
    shown = Q()
    for prefix, right in RIGHT_BY_ACTION_PREFIX.items():
        if right in rights:
            shown |= Q(action__startswith=prefix)
    # A draft does not exist for its client, nor that one was made; entries of older installations are not marked so.
    rows = AuditEntry.objects.for_client(client).filter(shown).exclude(action="invoice.drafted")
    entries = list(rows.newest_first()[:number])
    numbers, custom = _numbers(client, entries), _custom(entries)
    return [describe_audit_entry(entry, numbers, custom) for entry in entries]


def _numbers(client: Client, entries: Sequence[AuditEntry]) -> Mapping[int, str]:
    """Numbers of the invoices that these entries are about: some were drafts without one when it was written."""
    about = [e.record_id for e in entries if e.record_kind == "invoice" and e.record_id]
    if not about:
        return {}
    rows = Invoice.objects.for_client(client).filter(pk__in=about)
    return {pk: number or "" for pk, number in rows.values_list("pk", "number")}


def _custom(entries: Sequence[AuditEntry]) -> frozenset[str]:
    """Names of the custom fields that a client may read of; one that was made admin-only meanwhile is none (T9)."""
    if not any(entry.action == CUSTOM_FIELDS_ACTION for entry in entries):
        return frozenset()
    return frozenset(CustomField.objects.for_clients().values_list("name", flat=True))


def describe_audit_entry(
    entry: AuditEntry, numbers: Mapping[int, str], custom: frozenset[str]
) -> HistoryEntry:
    """``client.updated`` as "Account changed", with the fields that the client knows."""
    noun, _dot, verb = entry.action.partition(".")
    if entry.before.get("status") == "draft":
        verb = "issued"
    what = f"{RECORD_LABELS.get(noun, _plain(noun).capitalize())} {ACTION_LABELS.get(verb, _plain(verb))}"
    return HistoryEntry(what, _name(entry, numbers), _who(entry), entry.at, _changes(entry, custom))


def _name(entry: AuditEntry, numbers: Mapping[int, str]) -> str:
    if entry.record_kind == "invoice":
        return numbers.get(entry.record_id or 0, "")
    if entry.record_kind == "payment":  # a gateway's key and its reference
        gateway, blank, reference = entry.record_name.partition(" ")
        return f"{gateway.replace('_', ' ')}{blank}{reference}"
    return entry.record_name


def _who(entry: AuditEntry) -> str:
    """Members by their address; people of ours without their names."""
    if entry.actor_kind == "member":
        return entry.actor_name
    return {"staff": _("our staff"), "system": _("automatically")}.get(entry.actor_kind, "")


def _changes(entry: AuditEntry, custom: frozenset[str]) -> list[FieldChange]:
    if entry.action == CUSTOM_FIELDS_ACTION:
        return [_change(key, key, entry, _shown) for key in entry.after if key in custom]
    if entry.record_kind not in ("client", "membership", "user"):
        return []
    return [
        _change(key, FIELD_LABELS[key], entry, _role if key == "role" else _shown)
        for key in entry.after
        if key in FIELD_LABELS
    ]


def _change(key: str, label: Text, entry: AuditEntry, show: Callable[[Any], str]) -> FieldChange:
    return FieldChange(label, show(entry.before.get(key)), show(entry.after.get(key)))


def _role(stored: Any) -> str:
    return str(labels.ROLE_LABELS.get(stored, "–"))


def _shown(stored: Any) -> str:
    return str(stored) if stored else "–"


def _plain(key: str) -> str:
    return key.replace("_", " ")
