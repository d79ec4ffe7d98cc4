"""The two parts of a client's page: what they owe and have at the left, who they are and what was done at the right."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from commerce.accounts.actions.annotations.notes import add_note
from commerce.accounts.actions.members import send_member_reset
from commerce.accounts.labels import ROLE_LABELS
from commerce.accounts.models import Client, ClientNote, Membership
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.models import AuditEntry
from commerce.backoffice.base.access import may, staff_context
from commerce.backoffice.base.action_pages import build_form
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import Text, page_of
from commerce.backoffice.lists.columns import columns_of
from commerce.backoffice.lists.entry_columns import person_of
from commerce.backoffice.system.mail_words import EVENT_LABELS
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.billing.records import INVOICE_FIELDS
from commerce.domains.models import Domain
from commerce.domains.records.domains import DOMAIN_FIELDS
from commerce.domains.rules import LIVE_DOMAIN_STATUSES
from commerce.hosting.account_requests import give_panel_link, sign_in_blocked_reason
from commerce.hosting.models import Service
from commerce.hosting.records.sold_services import SERVICE_FIELDS
from commerce.hosting.rules import LIVE_SERVICE_STATUSES, ServiceStatus
from commerce.kit.context import Context
from commerce.mail.models import OutgoingMail
from commerce.presentation.audit_actions import action_label
from commerce.presentation.formats import format_day, format_instant
from commerce.presentation.labels import status_labels
from commerce.presentation.markdown import markdown

OWED_ROWS, SERVICE_ROWS, DOMAIN_ROWS = 3, 5, 3
MEMBER_ROWS, NOTE_ROWS, TIMELINE_ROWS = 3, 3, 10
ROWS_OF_A_NOTE, FEWEST_ROWS = 3, 4
READ_FOR_TIMELINE = 300
"""Entries of the audit log among which those of people are looked for: a run may have written the newest hundred."""

_RESET = act_button(send_member_reset)
_PANEL = act_button(give_panel_link)
_NOTE = act_button(add_note)
_DUE = F("next_due_date").asc(nulls_last=True)
_URGENCY = Case(
    When(status=ServiceStatus.SUSPENDED, then=Value(0)),
    When(status=ServiceStatus.ACTIVE, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A line of a table: its values, its page, and what can be done with it at once."""

    values: list[Any]
    url: str
    act_url: str = ""


@dataclass(frozen=True, slots=True)
class ShownTable:
    """The first rows of a kind; ``counts`` says how many there are by state, ``tab`` has all."""

    heads: list[Text]
    rows: list[ShownRow]
    tab: str
    counts: list[str]
    has_more: bool


def owed_table(request: HttpRequest, owed: list[Invoice]) -> ShownTable:
    """Open invoices, the oldest first, each with the way to record its payment."""
    columns = columns_of(INVOICE_FIELDS, "number status due_date amount_due")
    pays = may(request, StaffPermission.INVOICES_RECORD_PAYMENT)
    rows = [
        ShownRow([one(row) for one in columns], page_of(row), payment_url(row) if pays else "")
        for row in owed[:OWED_ROWS]
    ]
    heads = [one.short_description for one in columns]
    counts = _in_words("invoice", Counter(one.status for one in owed))
    return ShownTable(heads, rows, "billing", counts, len(owed) > OWED_ROWS)


def payment_url(invoice: Invoice) -> str:
    """The form that records its payment."""
    return reverse("admin:billing_invoice_record_payment", args=[invoice.pk])


def open_invoices(client: Client) -> list[Invoice]:
    """What the client owes, the oldest first."""
    rows = Invoice.objects.for_client(client).filter(status__in=OPEN_INVOICE_STATUSES)
    return list(rows.defer("seller", "buyer", "tax_evidence").order_by("due_date", "pk")[:1000])


def services_table(request: HttpRequest, client: Client) -> ShownTable:
    """Live services, those that are off first, each with the way into its panel."""
    columns = columns_of(SERVICE_FIELDS, "label domain status next_due_date amount")
    of_client = Service.objects.for_client(client)
    live = of_client.filter(status__in=LIVE_SERVICE_STATUSES).select_related("product", "server")
    found = list(live.order_by(_URGENCY, _DUE, "pk")[: SERVICE_ROWS + 1])
    opens, ctx = may(request, _PANEL.permission), staff_context(request)
    rows = [
        ShownRow(
            [one(row) for one in columns],
            page_of(row),
            _panel_url(row) if opens and sign_in_blocked_reason(row, ctx) is None else "",
        )
        for row in found[:SERVICE_ROWS]
    ]
    heads = [one.short_description for one in columns]
    more = len(found) > SERVICE_ROWS
    return ShownTable(heads, rows, "services", _counts("service", of_client), more)


def _panel_url(service: Service) -> str:
    return reverse("admin:hosting_service_open_panel", args=[service.pk])


def domains_table(client: Client) -> ShownTable:
    """Live domains, the next to expire first."""
    columns = columns_of(DOMAIN_FIELDS, "display_name status expiry_date auto_renew")
    of_client = Domain.objects.for_client(client)
    live = of_client.filter(status__in=LIVE_DOMAIN_STATUSES).order_by("expiry_date", "pk")
    found = list(live[: DOMAIN_ROWS + 1])
    rows = [ShownRow([one(row) for one in columns], page_of(row)) for row in found[:DOMAIN_ROWS]]
    heads = [one.short_description for one in columns]
    more = len(found) > DOMAIN_ROWS
    return ShownTable(heads, rows, "domains", _counts("domain", of_client), more)


def _counts(kind: str, rows: Any) -> list[str]:
    return _in_words(kind, dict(rows.order_by().values_list("status").annotate(Count("pk"))))


def _in_words(kind: str, counted: Mapping[str, int]) -> list[str]:
    """How many there are in each state."""
    words = status_labels(kind)
    return [f"{words[state]} {counted[state]}" for state in words if state in counted]


def members_part(request: HttpRequest, client: Client) -> dict[str, Any]:
    """Who signs in for the client, each with the link that sends a new password."""
    rows = Membership.objects.for_client(client).select_related("user").order_by("created_at", "pk")
    found, ctx = list(rows[: MEMBER_ROWS + 1]), staff_context(request)
    shown = [
        {
            "name": row.user.get_full_name() or row.user.email,
            "email": row.user.email,
            "role": ROLE_LABELS[row.role],
            "url": page_of(row),
            "reset_url": _reset_url(row, ctx) if may(request, _RESET.permission) else "",
        }
        for row in found[:MEMBER_ROWS]
    ]
    return {"rows": shown, "has_more": len(found) > MEMBER_ROWS}


def _reset_url(member: Membership, ctx: Context) -> str:
    if _RESET.reason_against(member, ctx):
        return ""
    return reverse("admin:accounts_membership_send_reset", args=[member.pk])


def last_mail(client: Client) -> dict[str, Any] | None:
    """The newest email to the client, with its page."""
    mail = OutgoingMail.objects.for_client(client).defer("values").newest_first().first()
    if mail is None:
        return None
    day = format_day(mail.created_at.astimezone(timezone.get_current_timezone()))
    words = mail.subject or EVENT_LABELS.get(mail.event, mail.event)
    return {"words": words, "day": day, "url": page_of(mail)}


def notes_part(request: HttpRequest, client: Client) -> dict[str, Any]:
    """What staff wrote down, pinned notes first, and the form for another."""
    found = list(ClientNote.objects.for_client(client)[: NOTE_ROWS + 1])
    rows = [
        {"text": _note(one), "author": one.author_name, "at": one.created_at, "url": page_of(one)}
        for one in found[:NOTE_ROWS]
    ]
    return {
        "rows": rows,
        "has_more": len(found) > NOTE_ROWS,
        "form": build_form(request, _NOTE, client),
        "form_url": reverse("admin:accounts_client_note", args=[client.pk]),
    }


def _note(note: ClientNote) -> SafeString:
    return markdown(note.body)


def timeline(client: Client, notes: int) -> list[dict[str, Any]]:
    """The last things that people did, the newest first; what ran by itself stands on the tab of all activity. Each of
    the ``notes`` above them takes the place of some.
    """
    most = max(TIMELINE_ROWS - ROWS_OF_A_NOTE * notes, FEWEST_ROWS)
    newest = AuditEntry.objects.filter(client_id=client.pk).newest_first()
    read = newest.values_list("pk", "actor_kind")[:READ_FOR_TIMELINE]
    keys = [pk for pk, kind in read if kind != "system"][:most]
    entries = AuditEntry.objects.filter(pk__in=keys).newest_first()
    return [_line(one) for one in entries] if keys else []


def _line(entry: AuditEntry) -> dict[str, Any]:
    return {
        "what": action_label(entry.action),
        "name": entry.record_name if entry.record_kind != "client" else "",
        "person": person_of(entry),
        "day": format_day(entry.at.astimezone(timezone.get_current_timezone())),
        "at": format_instant(entry.at),
    }


def address_lines(client: Client) -> Iterable[str]:
    """Where the client is, without the country."""
    town = " ".join(filter(None, (client.postcode, client.city)))
    return filter(None, (client.address1, client.address2, town, client.state))
