"""`/admin/clients`: who buys here, and all that belongs to each."""

from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from commerce.accounts.labels import CLIENT_FIELD_LABELS
from commerce.accounts.models import Client, ClientTag
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.columns import (
    Column,
    choice_column,
    day_column,
    instant_column,
    status_column,
)
from commerce.backoffice.base.filters import status_filter
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.people.client_actions import CLIENT_ACTIONS, NEW_CLIENT
from commerce.backoffice.people.client_panels import CLIENT_PANELS
from commerce.presentation.countries import country_name
from commerce.presentation.formats import as_typed


def _on_or_off(name: str) -> Callable[[Client], str]:
    return lambda client: _("On") if getattr(client, name) else _("Off")


def _tag_names(client: Client) -> str:
    return ", ".join(tag.name for tag in ClientTag.objects.for_client(client))


def _exemption(client: Client) -> str:
    if not client.tax_exempt:
        return _("No")
    return _("Yes: %(reason)s") % {"reason": client.tax_exempt_reason}


_TEXTS = {
    name: Column(CLIENT_FIELD_LABELS[name], name, show=None if name == "email" else as_typed)
    for name in ("company", "email", "phone", "address1", "address2", "postcode", "city", "state")
}
COUNTRY = Column(CLIENT_FIELD_LABELS["country"], lambda client: country_name(client.country))


class ClientAdmin(RecordAdmin):
    """The list of clients, and the record of one."""

    model = Client
    slug = "clients"
    label = _lazy("Clients")
    view_permission = StaffPermission.CLIENTS_VIEW
    menu = MenuGroup.CLIENTS
    icon = "group"
    found_by_search = True
    ordering = ("-pk",)
    list_select_related = ("group",)
    search_fields = (
        *("first_name", "last_name", "company", "email"),
        *("phone", "tax_id", "address1", "city", "postcode"),
    )
    search_help_text = _lazy("Search by name, company, billing email, phone, address, or tax ID")
    list_filter = (
        status_filter("client"),
        ("group", AutocompleteSelectFilter),
        ("tag_ties__tag", AutocompleteSelectFilter),
    )
    list_display = (
        Column(_lazy("Client"), "name"),
        _TEXTS["company"],
        _TEXTS["email"],
        COUNTRY,
        Column(_lazy("Group"), "group__name"),
        status_column("client"),
        instant_column(_lazy("Client since"), "created_at", order="pk"),
    )
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                status_column("client"),
                _TEXTS["company"],
                _TEXTS["email"],
                Column(_lazy("Unconfirmed billing email"), "pending_email"),
                *(_TEXTS[name] for name in ("phone", "address1", "address2", "postcode", "city")),
                _TEXTS["state"],
                COUNTRY,
                choice_column(_lazy("Language"), "locale", lambda: dict(settings.LANGUAGES)),
                instant_column(_lazy("Client since"), "created_at"),
            ),
        ),
        (
            _lazy("Billing"),
            (
                Column(_lazy("Currency"), "currency_code"),
                Column(_lazy("Tax ID"), "tax_id"),
                Column(_lazy("Tax exempt"), _exemption),
                day_column(_lazy("Exempt until"), "tax_exempt_until"),
                Column(_lazy("Client group"), "group__name"),
                Column(_lazy("Autopay"), _on_or_off("autopay")),
                Column(_lazy("Dunning"), _on_or_off("dunning")),
                Column(_lazy("API rate"), "api_rate", permission=StaffPermission.CLIENTS_TOKENS),
                Column(_lazy("Tags"), _tag_names),
            ),
        ),
    )
    list_actions = (NEW_CLIENT,)
    record_actions = CLIENT_ACTIONS
    panels = CLIENT_PANELS

    def record_title(self, record: Client) -> str:
        return f"{record.name} · {record.company}" if record.company else record.name
