"""Questions and answers, as staff keep them (support-and-content.md 4)."""

from dataclasses import replace
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.catalog.actions.editing import without_none
from commerce.db.locks import lock
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Flag, Integer, Line, Text, Words
from commerce.kit.context import Context
from commerce.site_settings.current import get_setting
from commerce.support.models import FaqEntry

QUESTION = Line(_("Question"), most=500)
ANSWER = Text(_("Answer"), most=10_000, about=_("Markdown works."))
POSITION = Integer(_("Position in the list"), most=1_000_000)
IS_PUBLISHED = Flag(_("Published"), about=_("Unpublished, its page shows what visitors will see."))


def _added_text(_entry: FaqEntry, _record: None) -> Words:
    if get_setting("portal.show_faq"):
        return _("Question added.")
    return _("Question added. Visitors see the FAQ once portal.show_faq is on.")


@act(
    "faq_entry.new",
    None,
    label=_("New question"),
    done=_added_text,
    staff=StaffPermission.CONTENT_MANAGE,
    example='faq add --question "Do you move my website?" --answer "Yes, free of charge."',
)
@transaction.atomic
def create_faq_entry(
    *,
    question: Annotated[str, QUESTION],
    answer: Annotated[str, ANSWER],
    ctx: Context,
    position: Annotated[int, POSITION] = 0,
    is_published: Annotated[bool, IS_PUBLISHED] = True,
) -> FaqEntry:
    """A new question; ``answer`` is Markdown."""
    entry = FaqEntry.objects.create(
        question=question, answer=answer, position=position, is_published=is_published
    )
    _audit(entry, "created", ctx, after={"question": entry.question})
    return entry


@act(
    "faq_entry.edit",
    FaqEntry,
    label=_("Edit"),
    done=_("Question saved."),
    staff=StaffPermission.CONTENT_MANAGE,
    example="faq change 3 --is-published off",
)
@transaction.atomic
def change_faq_entry(
    *,
    entry: FaqEntry,
    ctx: Context,
    question: Annotated[str | None, replace(QUESTION, edits="question")] = None,
    answer: Annotated[str | None, replace(ANSWER, edits="answer")] = None,
    position: Annotated[int | None, replace(POSITION, edits="position")] = None,
    is_published: Annotated[bool | None, replace(IS_PUBLISHED, edits="is_published")] = None,
) -> None:
    """Another question, answer or position, and whether visitors see it."""
    stored = lock(entry)
    wanted = without_none(
        question=question, answer=answer, position=position, is_published=is_published
    )
    after = {name: value for name, value in wanted.items() if getattr(stored, name) != value}
    if after:
        FaqEntry.objects.filter(pk=entry.pk).update(**after)
        before = {name: getattr(stored, name) for name in after}
        entry.refresh_from_db()
        _audit(entry, "changed", ctx, before=before, after=after)


@act(
    "faq_entry.delete",
    FaqEntry,
    label=_("Delete"),
    done=_("Question deleted."),
    staff=StaffPermission.CONTENT_MANAGE,
    is_danger=True,
)
@transaction.atomic
def delete_faq_entry(*, entry: FaqEntry, ctx: Context) -> None:
    """Delete a question with its answer."""
    stored = lock(entry)
    _audit(stored, "deleted", ctx, before={"question": stored.question, "answer": stored.answer})
    stored.delete()


def _audit(entry: FaqEntry, verb: str, ctx: Context, **values: Any) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"faq_entry.{verb}",
        record=("faq_entry", entry.pk),
        name=entry.question[:200],
        **values,
    )
