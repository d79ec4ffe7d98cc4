"""Emails that went out or did not, and sending one again (notifications.md 1)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, Text
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import (
    choice_column,
    columns_of,
)
from commerce.backoffice.lists.filters import ClientIdFilter, choice_filter, status_filter
from commerce.backoffice.settings.groups import SETTING_GROUPS
from commerce.backoffice.system.mail_causes import BY_RUN, MAIL_CAUSES, step_of_mail
from commerce.backoffice.system.mail_words import EVENT_LABELS, STEP_LABELS
from commerce.mail.mail_events import product_template_name
from commerce.mail.models import OutgoingMail
from commerce.mail.records import MAIL_FIELDS
from commerce.presentation.formats import format_day
from commerce.record_acts.system import MAIL_ACTS
from commerce.site_settings.current import get_setting
from commerce.site_settings.definitions import SETTING_DEFINITIONS


def event_labels() -> Mapping[str, Text]:
    """What emails are about, by their words."""
    return dict(sorted(EVENT_LABELS.items(), key=lambda row: str(row[1]).casefold()))


type _Reason = tuple[Text, list[tuple[Text, str]], bool]
"""A label, its words with their addresses, and whether these are for everybody who may read emails."""


def _reasons(mail: OutgoingMail) -> "Iterator[_Reason]":
    """The event, what brought it about, and the settings that decide about it."""
    template = product_template_name(mail.product_template) if mail.product_template else mail.event
    about, cause = EVENT_LABELS[mail.event], MAIL_CAUSES[mail.event]
    yield _("About"), [(about, reverse("admin:mail_template", args=[template, mail.locale]))], False
    if (step := step_of_mail(mail)) is not None:
        words = _("Daily run of %(day)s: %(step)s") % {
            "day": format_day(step.run.date),
            "step": STEP_LABELS[step.name],
        }
        yield (
            _("Sent by"),
            [(words, reverse("admin:runs_dailyrun_change", args=[step.run_id]))],
            False,
        )
    else:
        runs = reverse("admin:runs_dailyrun_changelist") if cause.act == BY_RUN else ""
        yield _("Sent by"), [(cause.act, runs)], False
    if cause.settings:
        yield _("Settings"), [_setting(key) for key in cause.settings], False
    if why := mail.values.get("why"):
        yield _("Recipient"), [(why, "")], True


def _setting(key: str) -> tuple[Text, str]:
    """A setting with its value, and its place."""
    definition = SETTING_DEFINITIONS[key]
    [group] = [one for one in SETTING_GROUPS.values() if key in one.setting_keys()]
    value = definition.display(get_setting(key))
    words = f"{definition.description}: {value}" if value else definition.description
    return words, f"{reverse('admin:settings_group', args=[group.slug])}#{key}"


class MailAdmin(RecordAdmin):
    """`/admin/mails`."""

    model = OutgoingMail
    slug = "mails"
    label = _lazy("Emails")
    view_permission = StaffPermission.CLIENTS_VIEW
    menu = MenuGroup.CLIENTS
    ordering = ("-id",)
    search_fields = ("recipient",)
    search_help_text = _lazy("Email address of the recipient")
    list_filter = (
        status_filter("email"),
        choice_filter("event", _lazy("About"), event_labels),
        ClientIdFilter,
    )
    described_by = MAIL_FIELDS
    list_display = (
        *columns_of(MAIL_FIELDS, "created_at"),
        choice_column(_lazy("About"), "event", lambda: EVENT_LABELS),
        *columns_of(MAIL_FIELDS, "recipient status subject outcome"),
    )
    record_fieldsets = (
        (
            _lazy("Email"),
            columns_of(
                MAIL_FIELDS,
                "status recipient recipient_name locale outcome tries created_at tried_at sent_at",
            ),
        ),
    )
    record_actions = tuple(map(act_button, MAIL_ACTS))
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
        return record.subject or str(EVENT_LABELS[record.event])

    def record_context(self, request: HttpRequest, record: OutgoingMail) -> dict[str, Any]:
        """Why it was sent, row by row: words, and where they lead the person who may go there."""
        can_open = may(request, StaffPermission.SETTINGS_VIEW)
        rows = [*_reasons(record), *self._records(request, record)]
        return {
            "reasons": [
                (label, [(words, url if can_open or in_sight else "") for words, url in links])
                for label, links, in_sight in rows
            ]
        }

    def _records(self, request: HttpRequest, mail: OutgoingMail) -> "Iterator[_Reason]":
        """The record that it tells of, and the client whom it concerns, where the person may open them."""
        admins = {
            str(model._meta.model_name): found
            for model, found in self.admin_site._registry.items()
            if isinstance(found, RecordAdmin)
        }
        for label, kind, pk in (
            (_("Record"), mail.about_kind.replace("_", ""), mail.about_id),
            (_("Client"), "client", mail.client_id),
        ):
            admin = admins.get(kind)
            row = admin.record_queryset(request).filter(pk=pk).first() if admin and pk else None
            if admin and row and (url := self.url_of(request, row)):
                yield label, [(admin.record_title(row), url)], True
