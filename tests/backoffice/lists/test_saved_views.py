"""Saved views of the lists of the staff area: of a person or for all staff, with counts, and nothing beyond rights."""

import pytest

from commerce.accounts.models import SavedView
from commerce.accounts.staff_lists.actions import MAX_VIEWS
from commerce.accounts.staff_rules import ShippedRole
from commerce.audit.models import AuditEntry
from commerce.backoffice.lists import changelist, paging, saved
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace() -> HttpsTestClient:
    return staff_browser(make_staff(email="grace@example.com"))


@pytest.fixture
def sam() -> HttpsTestClient:
    return staff_browser(make_staff(key=ShippedRole.SUPPORT, email="sam@example.com"))


def save(web: HttpsTestClient, name: str, query: str = "status=unpaid", **more: str) -> str:
    sent = {"list": "invoices", "name": name, "query": query, **more}
    return web.post("/admin/saved-views", sent).headers["Location"]


def tabs(web: HttpsTestClient, query: str = "") -> list[tuple[str, bool, bool]]:
    page = web.get(f"/admin/invoices?{query}")
    return [(one.view.name, one.is_here, one.may_change) for one in page.context["cl"].tabs]


def test_a_view_is_the_list_as_it_was_and_counts_what_it_has_now(
    grace: HttpsTestClient, sam: HttpsTestClient
) -> None:
    make.make_invoice()
    query = "q=nora&p=2&status=unpaid&o=-total"
    address = save(grace, " To pay ", query, columns="number,total")
    assert address == "/admin/invoices?columns=number,total&o=-total&status=unpaid"
    assert tabs(grace) == [("To pay", False, True)]
    assert tabs(grace, address.partition("?")[2]) == [("To pay", True, True)]
    assert tabs(sam) == []
    save(grace, "Everybody's", "status=paid", shared="yes")
    assert tabs(sam) == [("Everybody's", False, False)]
    mine, shared = SavedView.objects.order_by("pk")
    make.make_invoice()
    assert grace.get("/admin/saved-views/counts?list=invoices").json() == {
        str(mine.pk): "2",
        str(shared.pk): "0",
    }
    assert sam.get("/admin/saved-views/counts?list=invoices").json() == {str(shared.pk): "0"}


def test_counts_are_bounded_in_rows_and_time(
    grace: HttpsTestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(3):
        make.make_invoice()
    save(grace, "Open")
    save(grace, "Nonsense", "status__regex=u")
    for module in (paging, changelist, saved):
        monkeypatch.setattr(module, "COUNTED_ROWS", 2)
    assert list(grace.get("/admin/saved-views/counts?list=invoices").json().values()) == ["2+"]
    monkeypatch.setattr(saved, "COUNTING_SECONDS", -1)
    assert grace.get("/admin/saved-views/counts?list=invoices").json() == {}


def test_views_are_renamed_and_deleted_by_whose_they_are(
    grace: HttpsTestClient, sam: HttpsTestClient
) -> None:
    save(sam, "Mine")
    save(grace, "All", shared="yes")
    mine, shared = SavedView.objects.order_by("pk")
    assert grace.post(f"/admin/saved-views/{mine.pk}", {"delete": "yes"}).status_code == 404
    for sent in ({"name": "x"}, {"delete": "yes"}):
        assert sam.post(f"/admin/saved-views/{shared.pk}", sent).status_code == 403
    sam.post(f"/admin/saved-views/{mine.pk}", {"name": "Late"})
    assert tabs(sam) == [("All", False, False), ("Late", False, True)]
    grace.post(f"/admin/saved-views/{shared.pk}", {"name": "All", "delete": "yes"})
    assert [one.name for one in SavedView.objects.all()] == ["Late"]
    entries = AuditEntry.objects.filter(record_kind="saved_view").order_by("pk")
    assert [(one.action, one.actor_name) for one in entries] == [
        ("saved_view.created", "sam@example.com"),
        ("saved_view.created", "grace@example.com"),
        ("saved_view.renamed", "sam@example.com"),
        ("saved_view.deleted", "grace@example.com"),
    ]


def test_what_is_no_view_is_refused(grace: HttpsTestClient, sam: HttpsTestClient) -> None:
    sent = {"list": "invoices", "name": "All", "query": "", "shared": "yes"}
    assert sam.post("/admin/saved-views", sent).status_code == 403
    assert sam.post("/admin/saved-views", {**sent, "list": "servers"}).status_code == 404
    for name, words in {
        "": "Enter a name of up to 60 characters.",
        "a\tb": "Enter a name of up to 60 characters.",
        "x" * 61: "Enter a name of up to 60 characters.",
    }.items():
        assert words in text_of(grace.get(save(grace, name)))
    assert "These filters are too long to save." in text_of(
        grace.get(save(grace, "Long", "status=unpaid&o=" + "x" * 2000))
    )
    for number in range(MAX_VIEWS):
        save(grace, f"View {number}")
    assert "You already have" not in text_of(grace.get("/admin/invoices"))
    assert "You can save up to 20 views of a list." in text_of(grace.get(save(grace, "More")))
    SavedView.objects.filter(name="View 7").delete()
    assert "You already have a view with this name." in text_of(grace.get(save(grace, "View 8")))
    assert SavedView.objects.count() == MAX_VIEWS - 1
