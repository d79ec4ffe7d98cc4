"""`/admin/webhooks`: endpoints of the company, which are told what staff are told and what changes at clients."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.records.clients import client_title
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, LinkColumn, instant_column, status_column
from commerce.backoffice.lists.filters import status_filter
from commerce.presentation.labels import Text
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from commerce.webhook_endpoints.record_acts import WEBHOOK_DELIVERY_ACTS, WEBHOOK_ENDPOINT_ACTS

_NEW, *_OF_ONE = WEBHOOK_ENDPOINT_ACTS


def _words_of_types(types: list[str]) -> Text:
    return ", ".join(types) or pgettext_lazy("webhook events", "All")


_TYPES = Column(_lazy("Events"), "types", show=_words_of_types)


_DELIVERY_COLUMNS = (
    instant_column(_lazy("Time"), "created_at"),
    Column(_lazy("Event"), "type"),
    status_column("webhook_delivery", "state"),
    instant_column(_lazy("Last try"), "tried_at"),
    Column(_lazy("Tries"), "tries"),
    Column(_lazy("Answer"), "response_status"),
)


class WebhookEndpointAdmin(RecordAdmin):
    """Endpoints of the company, the newest first."""

    model = WebhookEndpoint
    slug = "webhooks"
    label = _lazy("Webhooks")
    view_permission = StaffPermission.SETTINGS_MANAGE
    menu = MenuGroup.PROGRAMS
    ordering = ("-pk",)
    list_filter = (status_filter("webhook_endpoint"),)
    list_display = (
        Column(_lazy("Name"), str, order="description"),
        status_column("webhook_endpoint"),
        _TYPES,
        instant_column(_lazy("Failing since"), "failing_since"),
        instant_column(_lazy("Created"), "created_at"),
    )
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                Column(_lazy("Address"), "address"),
                Column(_lazy("Description"), "description"),
                status_column("webhook_endpoint"),
                _TYPES,
                instant_column(_lazy("Failing since"), "failing_since"),
                instant_column(_lazy("Created"), "created_at"),
                Column(_lazy("Created by"), "maker__email"),
            ),
        ),
    )
    list_actions = (act_button(_NEW),)
    record_actions = tuple(act_button(one) for one in _OF_ONE)
    panels = (
        Panel(
            title=_lazy("Deliveries in the last 30 days"),
            permission=StaffPermission.SETTINGS_MANAGE,
            columns=_DELIVERY_COLUMNS,
            rows=lambda endpoint: endpoint.deliveries.newest_first(),
            limit=25,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).filter(client=None).select_related("maker")


class WebhookDeliveryAdmin(RecordAdmin):
    """What endpoints of the company were sent, with the answers; its pages are reached from those."""

    model = WebhookDelivery
    slug = "webhook-deliveries"
    label = _lazy("Webhook deliveries")
    view_permission = StaffPermission.SETTINGS_MANAGE
    menu = MenuGroup.PROGRAMS
    ordering = ("-pk",)
    list_display = (Column(_lazy("Webhook"), "endpoint"), *_DELIVERY_COLUMNS)
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                Column(_lazy("Webhook"), "endpoint"),
                *_DELIVERY_COLUMNS,
                Column(_lazy("Event ID"), "event_id"),
                LinkColumn(
                    _lazy("Client"),
                    "about_client",
                    client_title,
                    permission=StaffPermission.CLIENTS_VIEW,
                ),
                Column(_lazy("Text"), "text"),
                instant_column(_lazy("Next try"), "next_try_at"),
                Column(_lazy("Response text"), "answer"),
            ),
        ),
    )
    record_actions = tuple(act_button(one) for one in WEBHOOK_DELIVERY_ACTS)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows = super().get_queryset(request)
        return rows.filter(endpoint__client=None).select_related("endpoint", "about_client")
