"""`/admin/client-notes`: what staff wrote down about clients."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.models import ClientNote
from commerce.accounts.records.clients import client_title
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, instant_column
from commerce.presentation.markdown import markdown
from commerce.record_acts.clients import CLIENT_NOTE_ACTS


def _client_url(note: ClientNote) -> str:
    return reverse("admin:accounts_client_change", args=[note.client_id])


class ClientNoteAdmin(RecordAdmin):
    """Notes of all clients, the newest first; one is edited on a page of its own."""

    model = ClientNote
    slug = "client-notes"
    label = _lazy("Client notes")
    view_permission = StaffPermission.CLIENTS_NOTES
    menu = MenuGroup.CLIENTS
    ordering = ("-pk",)
    search_fields = ("body",)
    linked_lookups = ("client",)
    list_display = (
        Column(_lazy("Note"), lambda note: Truncator(note.body).chars(80)),
        Column(_lazy("Client"), "client__name", order="client"),
        Column(_lazy("Author"), "author_name"),
        instant_column(_lazy("Date"), "created_at", order="pk"),
    )
    record_fieldsets = (
        (
            _lazy("Note"),
            (
                Column(_lazy("Note"), lambda note: markdown(note.body)),
                Column(_lazy("Client"), "client__name"),
                Column(_lazy("Author"), "author_name"),
                instant_column(_lazy("Date"), "created_at"),
                instant_column(_lazy("Last changed"), "changed_at"),
            ),
        ),
    )
    record_actions = tuple(act_button(one, to=_client_url) for one in CLIENT_NOTE_ACTS)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ClientNote]":
        return ClientNote.objects.select_related("client")

    def record_title(self, record: ClientNote) -> str:
        return _("Note about %(client)s") % {"client": client_title(record.client)}
