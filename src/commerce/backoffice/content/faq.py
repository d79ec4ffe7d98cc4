"""`/admin/faqs`: questions and answers of the public pages (support-and-content.md 4)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.columns import Column
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import MenuGroup, list_of, page_of
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.money.filters import yes_no_filter
from commerce.kit.context import Context
from commerce.portal.base.form_fields import LineField, MultilineField, WholeNumberField
from commerce.presentation.markdown import markdown
from commerce.support.actions import (
    TEXT_FIELDS,
    change_faq_entry,
    create_faq_entry,
    delete_faq_entry,
)
from commerce.support.models import FaqEntry

type Data = Mapping[str, Any]

_MANAGE = StaffPermission.CONTENT_MANAGE
_LONGEST = {name: longest for name, _label, longest in TEXT_FIELDS}


class FaqForm(StaffForm):
    """A question with its answer."""

    question = LineField(label=_lazy("Question"), max_length=_LONGEST["question"])
    answer = MultilineField(
        label=_lazy("Answer"),
        max_length=_LONGEST["answer"],
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_lazy("Markdown works."),
    )
    position = WholeNumberField(label=_lazy("Position in the list"), min_value=0, initial=0)
    is_published = forms.BooleanField(
        label=_lazy("Published"),
        required=False,
        initial=True,
        help_text=_lazy("Unpublished, its page shows what visitors will see."),
    )

    def prepare(self) -> None:
        if self.record is not None:
            for name in FaqForm.base_fields:
                self.initial[name] = getattr(self.record, name)


def _add(_record: None, data: Data, ctx: Context) -> Done:
    made = create_faq_entry(**data, ctx=ctx)
    return Done(_("Question added."), page_of(made))


def _edit(entry: FaqEntry, data: Data, ctx: Context) -> str:
    change_faq_entry(entry=entry, **data, ctx=ctx)
    return _("Question saved.")


def _delete(entry: FaqEntry, data: Data, ctx: Context) -> Done:
    delete_faq_entry(entry=entry, ctx=ctx)
    return Done(_("Question deleted."), list_of(FaqEntry))


def _yes_no(value: Any) -> str:
    return _("Yes") if value else _("No")


class FaqEntryAdmin(RecordAdmin):
    """Questions in the order in which visitors see them."""

    model = FaqEntry
    slug = "faqs"
    label = _lazy("FAQ")
    view_permission = StaffPermission.CONTENT_VIEW
    menu = MenuGroup.CONTENT
    icon = "quiz"
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
    list_actions = (
        RecordAction(
            name="new",
            label=_lazy("New question"),
            permission=_MANAGE,
            form=FaqForm,
            run=_add,
        ),
    )
    record_actions = (
        RecordAction(
            name="edit",
            label=_lazy("Edit"),
            permission=_MANAGE,
            form=FaqForm,
            submit=_lazy("Save changes"),
            run=_edit,
        ),
        RecordAction(
            name="delete",
            label=_lazy("Delete"),
            permission=_MANAGE,
            run=_delete,
            is_danger=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[FaqEntry]":
        return FaqEntry.objects.all()
