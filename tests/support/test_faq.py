"""Questions and answers, as staff keep them (support-and-content.md 4)."""

import pytest

from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.support.actions import change_faq_entry, create_faq_entry, delete_faq_entry
from commerce.support.models import FaqEntry
from tests.make.people import AT

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)


def test_visitors_see_what_is_published_by_position_and_then_by_age() -> None:
    for question, position, published in (("c", 1, True), ("a", 0, True), ("b", 0, True)):
        create_faq_entry(
            question=question, answer="Yes.", position=position, is_published=published, ctx=CTX
        )
    create_faq_entry(question="hidden", answer="Yes.", is_published=False, ctx=CTX)
    assert [row.question for row in FaqEntry.objects.published()] == ["a", "b", "c"]


def test_a_change_is_audited_with_what_was_there_before() -> None:
    entry = create_faq_entry(question=" Do you\nmove it? ", answer="Yes.\r\nFree.", ctx=CTX)
    assert (entry.question, entry.answer) == ("Do you move it?", "Yes.\nFree.")
    change_faq_entry(entry=entry, answer="No.", question="Do you move it?", ctx=CTX)
    noted = AuditEntry.objects.get(action="faq_entry.changed")
    assert (noted.before, noted.after) == ({"answer": "Yes.\nFree."}, {"answer": "No."})
    change_faq_entry(entry=entry, answer="No.", ctx=CTX)
    assert AuditEntry.objects.filter(action="faq_entry.changed").count() == 1


def test_a_deleted_question_is_in_the_audit_log() -> None:
    entry = create_faq_entry(question="Why?", answer="So.", ctx=CTX)
    delete_faq_entry(entry=entry, ctx=CTX)
    assert not FaqEntry.objects.exists()
    assert AuditEntry.objects.get(action="faq_entry.deleted").before["answer"] == "So."
