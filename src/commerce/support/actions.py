"""Questions and answers, as staff keep them (support-and-content.md 4)."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.text import clean_line, clean_text
from commerce.support.models import FaqEntry

TEXT_FIELDS = (("question", _("Question"), 500), ("answer", _("Answer"), 10_000))
"""Each with its label and longest length."""


@transaction.atomic
def create_faq_entry(
    *, question: str, answer: str, ctx: Context, position: int = 0, is_published: bool = True
) -> FaqEntry:
    """A new question; ``answer`` is Markdown. Raises ``BusinessError`` for a text that is empty or too long."""
    texts = _checked({"question": question, "answer": answer})
    entry = FaqEntry.objects.create(**texts, position=position, is_published=is_published)
    _audit(entry, "created", ctx, after={"question": entry.question})
    return entry


@transaction.atomic
def change_faq_entry(*, entry: FaqEntry, ctx: Context, **fields: Any) -> None:
    """Another question, answer, position or ``is_published``. Raises ``BusinessError`` as above."""
    if wrong := fields.keys() - {"question", "answer", "position", "is_published"}:
        raise TypeError(f"unknown fields: {', '.join(sorted(wrong))}")
    stored = lock(entry)
    wanted = _checked(fields)
    after = {name: value for name, value in wanted.items() if getattr(stored, name) != value}
    if after:
        FaqEntry.objects.filter(pk=entry.pk).update(**after)
        before = {name: getattr(stored, name) for name in after}
        entry.refresh_from_db()
        _audit(entry, "changed", ctx, before=before, after=after)


@transaction.atomic
def delete_faq_entry(*, entry: FaqEntry, ctx: Context) -> None:
    """Delete a question with its answer."""
    stored = lock(entry)
    _audit(stored, "deleted", ctx, before={"question": stored.question, "answer": stored.answer})
    stored.delete()


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with their texts made uniform."""
    cleaned = dict(fields)
    if "question" in fields:
        cleaned["question"] = clean_line(fields["question"])
    if "answer" in fields:
        cleaned["answer"] = clean_text(fields["answer"].replace("\r\n", "\n"))
    if cleaned.get("question") == "":
        raise BusinessError("faq_entry.no_question", field="question")
    if cleaned.get("answer") == "":
        raise BusinessError("faq_entry.no_answer", field="answer")
    for name, label, longest in TEXT_FIELDS:
        if len(cleaned.get(name, "")) > longest:
            raise BusinessError("faq_entry.text_too_long", label=label, maximum=longest, field=name)
    return cleaned


def _audit(entry: FaqEntry, verb: str, ctx: Context, **values: Any) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"faqentry.{verb}",
        record=("faqentry", entry.pk),
        name=entry.question[:200],
        **values,
    )
