"""`/admin/faqs`: questions and answers of the public pages (support-and-content.md 4)."""

import pytest

from commerce.support.models import FaqEntry
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send

pytestmark = pytest.mark.django_db


def test_a_question_is_added_looked_at_changed_and_deleted(web: HttpsTestClient) -> None:
    new = "/admin/faqs/new"
    assert send(web, new, question="Where?", position="0").context["form"].errors["answer"]
    answer = send(
        web, new, question="Where?", answer="In **Ghent**.", position="0", is_published=None
    )
    entry = FaqEntry.objects.get()
    assert (entry.is_published, answer["Location"]) == (False, f"/admin/faqs/{entry.pk}")
    assert "<strong>Ghent</strong>" in web.get(answer["Location"]).content.decode()
    send(web, f"/admin/faqs/{entry.pk}/edit", position="3", is_published="on")
    entry.refresh_from_db()
    assert (entry.position, entry.is_published, entry.question) == (3, True, "Where?")
    assert list(web.get("/admin/faqs?q=Ghent").context["cl"].result_list) == [entry]
    send(web, f"/admin/faqs/{entry.pk}/delete")
    assert not FaqEntry.objects.exists()


def test_billing_has_nothing_to_do_with_content() -> None:
    assert staff_browser(make_staff("billing")).get("/admin/faqs").status_code == 403
    assert staff_browser(make_staff("support")).get("/admin/faqs/new").status_code == 200
