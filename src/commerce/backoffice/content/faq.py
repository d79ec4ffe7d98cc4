"""`/admin/faqs`: questions and answers of the public pages (support-and-content.md 4)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, page_of
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column
from commerce.backoffice.money.filters import yes_no_filter
from commerce.presentation.markdown import markdown
from commerce.support.actions import change_faq_entry, create_faq_entry, delete_faq_entry
from commerce.support.models import FaqEntry


def _yes_no(value: Any) -> str:
    return _("Yes") if value else _("No")


class FaqEntryAdmin(RecordAdmin):
    """Questions in the order in which visitors see them."""

    model = FaqEntry
    slug = "faqs"
    label = _lazy("FAQ")
    view_permission = StaffPermission.CONTENT_VIEW
    menu = MenuGroup.CONTENT
    ordering = ("position", "pk")
    search_fields = ("question", "answer")
    list_filter = (yes_no_filter("is_published", _lazy("Published")),)
    list_display = (
        Column(_lazy("Question"), "question"),
        Column(_lazy("Published"), "is_published", show=_yes_no),
        Column(_lazy("Position in the list"), "position"),
    )
    record_fieldsets = (
        (_lazy("Answer"), (Column(_lazy("As visitors see it"), "answer", show=markdown),)),
        (
            _lazy("Details"),
            (
                Column(_lazy("Published"), "is_published", show=_yes_no),
                Column(_lazy("Position in the list"), "position"),
            ),
        ),
    )
    list_actions = (act_button(create_faq_entry, to=page_of),)
    record_actions = (act_button(change_faq_entry), act_button(delete_faq_entry))

    def get_queryset(self, request: HttpRequest) -> "QuerySet[FaqEntry]":
        return FaqEntry.objects.all()
