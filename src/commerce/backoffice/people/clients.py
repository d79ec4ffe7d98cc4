"""`/admin/clients`: who buys here, and all that belongs to each."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from commerce.accounts.models import Client, ClientTag
from commerce.accounts.records.clients import CLIENT_FIELDS, client_title
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import (
    Column,
    Fieldset,
    columns_of,
)
from commerce.backoffice.lists.filters import status_filter
from commerce.backoffice.people.client_actions import ACTIONS_OF_MANY, CLIENT_ACTIONS, NEW_CLIENT
from commerce.backoffice.people.client_page.page import (
    TABS,
    chosen_tab,
    client_context,
    grouped_actions,
)
from commerce.backoffice.people.tags import TagFilter


def _tag_names(client: Client) -> str:
    return ", ".join(tag.name for tag in ClientTag.objects.for_client(client))


def _exemption(client: Client) -> str:
    if not client.tax_exempt:
        return _("No")
    return _("Yes: %(reason)s") % {"reason": client.tax_exempt_reason}


class ClientAdmin(RecordAdmin):
    """The list of clients, and the record of one."""

    model = Client
    described_by = CLIENT_FIELDS
    slug = "clients"
    label = _lazy("Clients")
    view_permission = StaffPermission.CLIENTS_VIEW
    menu = MenuGroup.CLIENTS
    found_by_search = True
    ordering = ("-pk",)
    search_fields = (
        *("first_name", "last_name", "company", "email"),
        *("phone", "tax_id", "address1", "city", "postcode"),
    )
    search_help_text = _lazy("Search by name, company, billing email, phone, address, or tax ID")
    list_filter = (
        status_filter("client"),
        ("group", AutocompleteSelectFilter),
        TagFilter,
    )
    list_display = columns_of(CLIENT_FIELDS, "title email country group status created_at")
    exported_besides = columns_of(CLIENT_FIELDS, "company name")
    record_fieldsets = (
        (
            _lazy("Details"),
            columns_of(
                CLIENT_FIELDS,
                "status company email pending_email phone address1 address2 postcode city state"
                " country language created_at",
            ),
        ),
        (
            _lazy("Billing"),
            (
                *columns_of(CLIENT_FIELDS, "currency tax_id"),
                Column(_lazy("Tax exempt"), _exemption),
                *columns_of(
                    CLIENT_FIELDS, "tax_exempt_until group autopay dunning api_rate api_write_rate"
                ),
                Column(_lazy("Tags"), _tag_names),
            ),
        ),
    )
    list_actions = (NEW_CLIENT,)
    record_actions = CLIENT_ACTIONS
    actions_of_many = ACTIONS_OF_MANY
    panels = tuple(panel for tab in TABS for panel in tab.panels)

    record_template = "backoffice/people/client.html"

    def record_title(self, record: Client) -> str:
        return client_title(record)

    def parts_of(self, request: HttpRequest) -> Sequence[Fieldset]:
        return super().parts_of(request) if chosen_tab(request).name == "details" else ()

    def panels_of(self, request: HttpRequest, record: Client) -> Sequence[Panel]:
        return chosen_tab(request).panels

    def record_context(self, request: HttpRequest, record: Client) -> dict[str, Any]:
        return client_context(request, record)

    def record_view(self, request: HttpRequest, object_id: Any) -> TemplateResponse:
        page = super().record_view(request, object_id)
        assert page.context_data is not None
        page.context_data |= grouped_actions(page.context_data["shown_actions"])
        return page
