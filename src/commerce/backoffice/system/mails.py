"""Emails that went out or did not, and sending one again (notifications.md 1)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.columns import (
    columns_of,
)
from commerce.backoffice.base.filters import status_filter
from commerce.backoffice.base.pages import MenuGroup, Text
from commerce.backoffice.base.records import RecordAdmin
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.mail.actions.lifecycle import check_retriable, record_bounce, retry_mail
from commerce.mail.models import OutgoingMail
from commerce.mail.records import MAIL_FIELDS
from commerce.mail.rules import MailStatus


def _send_again(record: OutgoingMail, values: Mapping[str, Any], ctx: Context) -> str:
    retry_mail(mail=record, ctx=ctx)
    return _("The email is queued once more.")


def _bounce(record: OutgoingMail, values: Mapping[str, Any], ctx: Context) -> Done:
    record_bounce(mail=record, ctx=ctx)
    return Done(_("The email is marked as bounced."))


def _unless_retriable(record: OutgoingMail) -> Text | None:
    try:
        check_retriable(record)
    except BusinessError as refused:
        return str(refused)
    return None


def _unless_sent(record: OutgoingMail) -> Text | None:
    if record.status == MailStatus.SENT:
        return None
    return _lazy("Only sent emails can bounce.")


SEND_AGAIN = RecordAction(
    name="resend",
    label=_lazy("Resend"),
    permission=StaffPermission.CLIENTS_EDIT,
    run=_send_again,
    unavailable=_unless_retriable,
    intro=lambda _record: _lazy("A new email with the same content goes to the same address."),
)
BOUNCED = RecordAction(
    name="bounced",
    label=_lazy("Mark as bounced"),
    permission=StaffPermission.CLIENTS_EDIT,
    run=_bounce,
    unavailable=_unless_sent,
    intro=lambda _record: _lazy(
        "Three bounces within 7 days stop all emails except security emails to the address, until "
        "its owner confirms it in the portal."
    ),
)


class MailAdmin(RecordAdmin):
    """`/admin/mails`."""

    model = OutgoingMail
    slug = "mails"
    label = _lazy("Emails")
    view_permission = StaffPermission.CLIENTS_VIEW
    menu = MenuGroup.SYSTEM
    icon = "mail"
    ordering = ("-id",)
    search_fields = ("recipient",)
    search_help_text = _lazy("Email address of the recipient")
    list_filter = (status_filter("email"),)
    described_by = MAIL_FIELDS
    list_display = columns_of(MAIL_FIELDS, "created_at event recipient status subject outcome")
    record_fieldsets = (
        (
            _lazy("Email"),
            columns_of(
                MAIL_FIELDS,
                "event status recipient recipient_name locale outcome tries created_at tried_at"
                " sent_at cause",
            ),
        ),
    )
    record_actions = (SEND_AGAIN, BOUNCED)
    record_template = "backoffice/system/mail.html"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[OutgoingMail]":
        """A list needs neither what a mail says nor what it is made of."""
        rows: QuerySet[OutgoingMail] = super().get_queryset(request)
        return rows.defer("text", "html", "values", "encrypted_values", "attachments")

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[OutgoingMail]", search_term: str
    ) -> tuple["QuerySet[OutgoingMail]", bool]:
        """A whole address, which has an index."""
        return (queryset.to_address(search_term) if search_term else queryset), False  # type: ignore[attr-defined]

    def record_queryset(self, request: HttpRequest) -> "QuerySet[OutgoingMail]":
        return OutgoingMail.objects.all()

    def record_title(self, record: OutgoingMail) -> str:
        return record.subject or record.event
