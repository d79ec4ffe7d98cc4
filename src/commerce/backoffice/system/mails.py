"""Emails that went out or did not, and sending one again (notifications.md 1)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.columns import Column, badge_column, choice_column, instant_column
from commerce.backoffice.base.filters import choice_filter
from commerce.backoffice.base.pages import MenuGroup, Text
from commerce.backoffice.base.records import RecordAdmin
from commerce.kit.context import Context
from commerce.mail.actions.lifecycle import (
    record_bounce,
    record_bounce_blocked_reason,
    retry_mail,
    retry_mail_blocked_reason,
)
from commerce.mail.models import OutgoingMail
from commerce.mail.rules import MailStatus


def mail_labels() -> Mapping[str, Text]:
    """The states of an email in words."""
    return {
        MailStatus.QUEUED: pgettext_lazy("email", "Queued"),
        MailStatus.SENDING: pgettext_lazy("email", "Sending"),
        MailStatus.SENT: pgettext_lazy("email", "Sent"),
        MailStatus.FAILED: pgettext_lazy("email", "Failed"),
        MailStatus.SKIPPED: pgettext_lazy("email", "Not sent"),
        MailStatus.BOUNCED: pgettext_lazy("email", "Bounced"),
        MailStatus.DIGEST: pgettext_lazy("email", "Waiting for the daily digest"),
    }


_TONES: dict[Any, str] = {
    MailStatus.QUEUED: "info",
    MailStatus.SENDING: "info",
    MailStatus.SENT: "success",
    MailStatus.FAILED: "danger",
    MailStatus.BOUNCED: "danger",
}


def _send_again(record: OutgoingMail, values: Mapping[str, Any], ctx: Context) -> str:
    retry_mail(mail=record, ctx=ctx)
    return _("The email is queued once more.")


def _bounce(record: OutgoingMail, values: Mapping[str, Any], ctx: Context) -> Done:
    record_bounce(mail=record, ctx=ctx)
    return Done(_("The email is marked as bounced."))


SEND_AGAIN = RecordAction(
    name="resend",
    label=_lazy("Resend"),
    permission=StaffPermission.CLIENTS_EDIT,
    run=_send_again,
    blocked=retry_mail_blocked_reason,
    intro=lambda _record: _lazy("A new email with the same content goes to the same address."),
)
BOUNCED = RecordAction(
    name="bounced",
    label=_lazy("Mark as bounced"),
    permission=StaffPermission.CLIENTS_EDIT,
    run=_bounce,
    blocked=record_bounce_blocked_reason,
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
    list_filter = (choice_filter("status", _lazy("Status"), mail_labels),)
    status = badge_column(_lazy("Status"), "status", mail_labels, _TONES)
    list_display = (
        instant_column(_lazy("Created"), "created_at"),
        Column(_lazy("Email"), "event"),
        Column(_lazy("Recipient"), "recipient"),
        status,
        Column(_lazy("Subject"), "subject"),
        Column(_lazy("Result"), "outcome"),
    )
    record_fieldsets = (
        (
            _lazy("Email"),
            (
                Column(_lazy("Email"), "event"),
                status,
                Column(_lazy("Recipient"), "recipient"),
                Column(_lazy("Name"), "recipient_name"),
                choice_column(_lazy("Language"), "locale", lambda: dict(settings.LANGUAGES)),
                Column(_lazy("Result"), "outcome"),
                Column(_lazy("Tries"), "tries"),
                instant_column(_lazy("Created"), "created_at"),
                instant_column(_lazy("Last try"), "tried_at"),
                instant_column(_lazy("Sent"), "sent_at"),
                Column(_lazy("Cause"), "idempotency_key"),
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
