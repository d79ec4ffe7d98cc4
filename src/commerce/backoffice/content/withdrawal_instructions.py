"""`/admin/withdrawal-instructions`: what consumers read of their right of withdrawal, in all versions."""

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button, act_form
from commerce.backoffice.base.pages import MenuGroup, page_of
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, choice_column, instant_column
from commerce.site_settings.current import get_setting
from commerce.support.consumers.actions import (
    current_texts,
    edit_instruction,
    revise_instruction,
)
from commerce.support.models import WithdrawalInstruction


class NewVersionForm(act_form(edit_instruction)):  # type: ignore[misc]
    """A version for a language, which ``?locale=`` names; it begins with the texts that hold."""

    def prepare(self) -> None:
        super().prepare()
        wanted = self.query.get("locale", "")
        known = dict(settings.LANGUAGES)
        locale = wanted if wanted in known else get_setting("locale.default")
        self.initial["locale"] = locale
        self.initial["instruction"], self.initial["model_form"] = current_texts(locale)


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
    list_actions = (act_button(edit_instruction, form=NewVersionForm, to=page_of),)
    record_actions = (act_button(revise_instruction, to=page_of),)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[WithdrawalInstruction]":
        return WithdrawalInstruction.objects.all()

    def record_title(self, record: WithdrawalInstruction) -> str:
        return dict(settings.LANGUAGES).get(record.locale, record.locale)
