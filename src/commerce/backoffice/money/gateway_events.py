"""`/admin/gateway-events` and `/admin/refused-messages`: what gateways sent, and what nobody could verify."""

import json
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, columns_of
from commerce.backoffice.lists.filters import choice_filter, status_filter
from commerce.backoffice.money.payments import gateway_labels
from commerce.kit.json_log import redact
from commerce.kit.text import clean_text
from commerce.payments.models import GatewayEvent, RefusedMessage
from commerce.payments.records.payments import GATEWAY_EVENT_FIELDS, REFUSED_MESSAGE_FIELDS
from commerce.record_acts.money import GATEWAY_EVENT_ACTS

MAX_SHOWN_BYTES = 20_000
"""Of a message; what follows says no more to a person."""
WITHHELD = "•••"
SECRET_WORDS = ("secret", "token", "password", "signature", "authorization", "card", "iban")
"""A value under a name with one of these is not shown (adapters send more than staff need to see)."""


class GatewayEventAdmin(RecordAdmin):
    """Messages of payment gateways, newest first."""

    model = GatewayEvent
    slug = "gateway-events"
    label = _("Gateway events")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    list_display = (
        *columns_of(GATEWAY_EVENT_FIELDS, "id gateway kind received_at status tries"),
        Column(_("Error"), lambda row: row.error[:120], export=lambda row: row.error),
    )
    ordering = ("-id",)
    list_filter = (
        status_filter("gateway_event"),
        choice_filter("gateway", _("Gateway"), gateway_labels),
        ("received_at", RangeDateTimeFilter),
    )
    search_fields = ("event_id__exact", "kind__exact")
    search_help_text = _("The gateway's ID of the event, or its kind")
    record_actions = tuple(map(act_button, GATEWAY_EVENT_ACTS))
    record_fieldsets: ClassVar = (
        (
            _("Event"),
            columns_of(
                GATEWAY_EVENT_FIELDS,
                "gateway kind event_id status tries received_at ended_at error",
            ),
        ),
        (_("Message"), (Column(_("Content"), lambda row: shown_body(bytes(row.body))),)),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request).defer("body", "headers")
        return rows

    def record_title(self, record: GatewayEvent) -> str:
        return _t("Event %(id)s") % {"id": record.event_id}


REFUSED = "gateway received_at address reason"


class RefusedMessageAdmin(RecordAdmin):
    """Messages that could not be verified: anybody may have sent them, and nothing in them is believed."""

    model = RefusedMessage
    slug = "refused-messages"
    label = _("Refused messages")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    list_display = columns_of(REFUSED_MESSAGE_FIELDS, f"{REFUSED}")
    ordering = ("-id",)
    list_filter = (choice_filter("gateway", _("Gateway"), gateway_labels),)
    record_fieldsets: ClassVar = (
        (
            _("Message"),
            (
                *columns_of(REFUSED_MESSAGE_FIELDS, f"{REFUSED}"),
                Column(_("Content"), lambda row: shown_body(bytes(row.body))),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request).defer("body", "headers")
        return rows

    def record_title(self, record: RefusedMessage) -> str:
        return _t("Refused message %(id)s") % {"id": record.pk}


def shown_body(body: bytes) -> str:
    """A message as staff may read it, without what looks like a secret: JSON in order, other text as it is.

    What is kept of a refused message is its beginning, which is no whole JSON.
    """
    text = body.decode("utf-8", "replace")
    try:
        text = json.dumps(_without_secrets(json.loads(text)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = redact(clean_text(text))
    return text[:MAX_SHOWN_BYTES]


def _without_secrets(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(each, str(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_secrets(each, name) for each in value]
    is_secret = any(word in name.lower() for word in SECRET_WORDS)
    return WITHHELD if is_secret and value not in (None, "", True, False) else value
