"""`/admin/withdrawal-instructions`: what consumers read of their right of withdrawal, in all versions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.columns import Column, choice_column, instant_column
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import MenuGroup, page_of
from commerce.backoffice.base.records import RecordAdmin
from commerce.kit.context import Context
from commerce.portal.base.form_fields import MultilineField
from commerce.site_settings.current import get_setting
from commerce.support.consumers.actions import (
    MAX_TEXT_LENGTH,
    current_texts,
    edit_instruction,
)
from commerce.support.models import WithdrawalInstruction

type Data = Mapping[str, Any]

_MANAGE = StaffPermission.CONTENT_MANAGE


class InstructionForm(StaffForm):
    """The texts of a new version, which begin as those of the record."""

    instruction = MultilineField(
        label=_lazy("Instruction on withdrawal"),
        max_length=MAX_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 20}),
        help_text=_lazy(
            "Have a lawyer read it. {contact}, {days} and {url} stand for your details."
        ),
    )
    model_form = MultilineField(
        label=_lazy("Model withdrawal form"),
        max_length=MAX_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 14}),
    )

    def prepare(self) -> None:
        for name in InstructionForm.base_fields:
            self.initial[name] = getattr(self.record, name)


class NewVersionForm(InstructionForm):
    """The same for a language, which ``?locale=`` names; it begins with the texts that hold."""

    field_order = ("locale",)

    locale = forms.ChoiceField(label=_lazy("Language"), choices=settings.LANGUAGES)

    def prepare(self) -> None:
        known = dict(settings.LANGUAGES)
        wanted = self.query.get("locale", "")
        locale = wanted if wanted in known else get_setting("locale.default")
        self.initial["locale"] = locale
        self.initial["instruction"], self.initial["model_form"] = current_texts(locale)


def _edit(version: WithdrawalInstruction | None, data: Data, ctx: Context) -> Done:
    locale = version.locale if version is not None else data["locale"]
    made = edit_instruction(
        locale=locale, instruction=data["instruction"], model_form=data["model_form"], ctx=ctx
    )
    return Done(_("New version saved."), page_of(made))


COLUMNS = (
    choice_column(_lazy("Language"), "locale", lambda: dict(settings.LANGUAGES)),
    Column(_lazy("Version"), "pk"),
    instant_column(_lazy("Created"), "created_at", order="pk"),
)


class WithdrawalInstructionAdmin(RecordAdmin):
    """All versions in all languages, the newest first; an edit makes a new one."""

    model = WithdrawalInstruction
    slug = "withdrawal-instructions"
    label = _lazy("Withdrawal instructions")
    view_permission = StaffPermission.CONTENT_VIEW
    menu = MenuGroup.CONTENT
    icon = "gavel"
    ordering = ("-pk",)
    list_display = COLUMNS
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                *COLUMNS,
                Column(_lazy("Instruction on withdrawal"), "instruction"),
                Column(_lazy("Model withdrawal form"), "model_form"),
            ),
        ),
    )
    list_actions = (
        RecordAction(
            name="new",
            label=_lazy("New version"),
            permission=_MANAGE,
            form=NewVersionForm,
            submit=_lazy("Save as new version"),
            run=_edit,
        ),
    )
    record_actions = (
        RecordAction(
            name="edit",
            label=_lazy("Edit"),
            permission=_MANAGE,
            form=InstructionForm,
            submit=_lazy("Save as new version"),
            run=_edit,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[WithdrawalInstruction]":
        return WithdrawalInstruction.objects.all()

    def record_title(self, record: WithdrawalInstruction) -> str:
        return dict(settings.LANGUAGES).get(record.locale, record.locale)
