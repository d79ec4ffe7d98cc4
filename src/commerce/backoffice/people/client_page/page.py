"""What a client's page shows in which tab, on one screen (workplace.md)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commerce.accounts.models import Client, ClientTag
from commerce.accounts.records.clients import CLIENT_FIELDS
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may
from commerce.backoffice.base.pages import Access, Needed, Page, PageRule, Text
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import ShownAction
from commerce.backoffice.lists.columns import columns_of
from commerce.backoffice.lists.export import note_export
from commerce.backoffice.people import client_panels as panels
from commerce.backoffice.people.client_page import overview
from commerce.backoffice.people.client_page.figures import client_figures
from commerce.backoffice.people.client_page.ledger import client_ledgers
from commerce.backoffice.people.client_page.warnings import client_warnings
from commerce.billing.documents.statement_pdf import statement_pdf
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.presentation.countries import country_name
from commerce.presentation.formats import count_text
from commerce.site_settings.current import business_date

TAB_ROWS = 50


@dataclass(frozen=True, slots=True)
class ClientTab:
    """A part of the page: what belongs to the client in it, and who sees it."""

    name: str
    label: Text
    needed: Needed
    panels: Sequence[Panel] = ()
    counted: type[Model] | None = None
    """Whose records its label counts."""


def _long(*some: Panel) -> tuple[Panel, ...]:
    return tuple(replace(one, limit=max(one.limit, TAB_ROWS)) for one in some)


_P = StaffPermission
(_STATUS,) = columns_of(CLIENT_FIELDS, "status")
TABS = (
    ClientTab("overview", _("Overview"), Access.ANY_STAFF),
    ClientTab(
        "services",
        _("Services"),
        frozenset({_P.SERVICES_VIEW, _P.ORDERS_VIEW}),
        _long(panels.SERVICES, panels.ORDERS),
        Service,
    ),
    ClientTab("domains", _("Domains"), _P.DOMAINS_VIEW, _long(panels.DOMAINS), Domain),
    ClientTab(
        "billing",
        _("Billing"),
        frozenset({_P.INVOICES_VIEW, _P.PAYMENTS_VIEW}),
        (
            *(panels.INVOICES, panels.PAYMENTS),
            *(panels.SAVED_CARDS, panels.CREDIT, panels.CREDIT_ENTRIES),
        ),
    ),
    ClientTab("emails", _("Emails"), _P.CLIENTS_VIEW, _long(panels.MAILS)),
    ClientTab("activity", _("Activity"), _P.CLIENTS_VIEW, _long(panels.AUDIT)),
    ClientTab(
        "details",
        _("Details"),
        _P.CLIENTS_VIEW,
        (
            *(panels.MEMBERS, panels.INVITATIONS, panels.CUSTOM_VALUES, panels.NOTES),
            *(panels.TOKENS, panels.VAT_CHECKS),
        ),
    ),
)

GROUPS: Mapping[Text, frozenset[str]] = {
    _("Account"): frozenset(
        "edit tags custom-fields invite note group suspend reopen suspend-services close".split()
    ),
    _("Tax and dunning"): frozenset(
        "exempt end-exemption dunning-off dunning-on check-vat mark-vat-valid".split()
    ),
    _("Data and API"): frozenset(
        "api-rate api-write-rate export-data erase-data keep-data".split()
    ),
}
"""Where the menu of a client's page has each button."""


MAIN = {"quote": "o", "portal": "l"}
"""The buttons that stand beside it, each with its key."""


def chosen_tab(request: HttpRequest) -> ClientTab:
    """The tab that the address names, if the person may see it; the first otherwise."""
    shown = (one for one in TABS if one.name == request.GET.get("tab") and may(request, one.needed))
    return next(shown, TABS[0])


def client_context(request: HttpRequest, client: Client) -> dict[str, Any]:
    """What the template needs besides what every record has."""
    today, tab = business_date(clock.now()), chosen_tab(request)
    sees_invoices = may(request, _P.INVOICES_VIEW)
    owed = overview.open_invoices(client) if sees_invoices else []
    context: dict[str, Any] = {
        "client": client,
        "of_client": client.pk,
        "tags": list(ClientTag.objects.for_client(client)),
        "country": country_name(client.country),
        "figures": list(client_figures(request, client, owed, today)),
        "warnings": list(client_warnings(request, client)),
        "tabs": list(_tabs(request, client)),
        "tab": tab,
        "address": list(overview.address_lines(client)),
        "last_mail": overview.last_mail(client),
        "members": overview.members_part(request, client),
        "status": _STATUS(client),
        "pay_url": "",
    }
    if sees_invoices:
        context["statement_url"] = reverse("admin:client_statement", args=[client.pk])
    if owed and may(request, _P.INVOICES_RECORD_PAYMENT):
        context["pay_url"] = overview.payment_url(owed[0])
    if may(request, _P.CLIENTS_NOTES):
        context["notes"] = overview.notes_part(request, client)
    context["timeline"] = overview.timeline(client, len(context.get("notes", {}).get("rows", ())))
    if tab.name == "billing" and sees_invoices:
        context["ledgers"] = client_ledgers(client, today)
    if tab.name == "overview":
        context |= _overview(request, client, owed)
    return context


def _overview(request: HttpRequest, client: Client, owed: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if may(request, _P.INVOICES_VIEW):
        found["owed"] = overview.owed_table(request, owed)
    if may(request, _P.SERVICES_VIEW):
        found["services"] = overview.services_table(request, client)
    if may(request, _P.DOMAINS_VIEW):
        found["domains"] = overview.domains_table(client)
    return found


def _tabs(request: HttpRequest, client: Client) -> Iterator[dict[str, Any]]:
    for one in TABS:
        if may(request, one.needed):
            rows: Any = one.counted and one.counted._default_manager
            count = count_text(rows.filter(client=client).count()) if rows else ""
            yield {"name": one.name, "label": one.label, "count": count}


def grouped_actions(shown: Sequence[ShownAction]) -> dict[str, Any]:
    """The buttons that stand beside the menu, each with its key, and those of the menu by group."""
    groups = [
        (title, sorted(some, key=lambda one: one.action.is_danger))
        for title, names in GROUPS.items()
        if (some := [one for one in shown if one.action.name in names])
    ]
    beside = [(one, MAIN[one.action.name]) for one in shown if one.action.name in MAIN]
    return {"main_actions": beside, "action_groups": groups}


@require_safe
def client_statement(request: HttpRequest, pk: int) -> HttpResponse:
    """`/admin/clients/7/statement.pdf`: what the client owes and has today, in the reader's language."""
    client = get_object_or_404(Client, pk=pk)
    at, locale = clock.now(), get_language() or "en"
    made = statement_pdf(client, first=None, last=None, at=at, locale=locale)
    note_export(request, name="statement", rows=1, query=f"client={client.pk}")
    reply = HttpResponse(made, content_type="application/pdf")
    name = f"statement-{client.pk}-{business_date(at)}.pdf"
    reply["Content-Disposition"] = f'attachment; filename="{name}"'
    reply["Cache-Control"] = "private, no-store"
    return reply


STATEMENT_PAGE = Page(
    "clients/<int:pk>/statement.pdf",
    client_statement,
    "client_statement",
    PageRule(_P.INVOICES_VIEW),
)
