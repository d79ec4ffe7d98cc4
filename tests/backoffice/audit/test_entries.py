"""`/admin/audit`: the audit log by person, action, client, record and span (backoffice.md 7)."""

from datetime import timedelta

import pytest

from commerce.accounts.models import User
from commerce.audit.actions import write_audit_entry
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.site_settings.actions import set_setting
from tests.make.people import AT, make_client
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db


def written(name: str, *, action: str = "invoice.voided", number: int = 12, at=AT, **more) -> None:  # type: ignore[no-untyped-def]
    actor = more.pop("actor", SYSTEM)
    kind = action.partition(".")[0]
    write_audit_entry(
        ctx=Context(at, actor), action=action, record=(kind, number), name=name, **more
    )


def test_entries_are_shown_newest_first_with_what_changed() -> None:
    written(
        "INV-0012",
        client_id=7,
        before={"status": "unpaid"},
        after={"status": "cancelled"},
        reason="mistake",
    )
    written(
        "INV-0013",
        at=AT + timedelta(minutes=1),
        actor=Actor("staff", 3, "sam@example.com", for_client_id=7),
    )
    page = staff_browser().get("/admin/audit").content.decode()
    assert page.index("INV-0013") < page.index("INV-0012")
    assert "status: unpaid → cancelled" in page
    assert "mistake" in page
    assert "sam@example.com → #7" in page


def test_actions_are_words_that_lead_to_the_record_and_are_found_by_them() -> None:
    client = make_client()
    written("INV-0012", action="invoice.paid", number=12, client_id=client.pk)
    written("Acme", action="client.impersonation_started", number=client.pk)
    web = staff_browser()
    page = web.get("/admin/audit?action=invoice+paid").content.decode()
    assert "Invoice paid" in page
    assert "Automatic" in page
    assert '<a href="/admin/invoices/12">INV-0012</a>' in page
    assert f'<a href="/admin/clients/{client.pk}">#{client.pk}</a>' in page
    assert "Acme" not in page
    assert "Acting as the client started" in web.get("/admin/audit?action=ACTING").content.decode()
    assert "invoice.paid" in "".join(
        line.decode() for line in web.get("/admin/audit.csv").streaming_content
    )


def test_a_long_value_is_cut_in_the_list_and_whole_in_the_file() -> None:
    written("INV-0012", action="document.made", after={"pdf": "f" * 64})
    web = staff_browser()
    page = web.get("/admin/audit").content.decode()
    assert f"pdf: {'f' * 60}…" in page
    lines = b"".join(web.get("/admin/audit.csv").streaming_content).decode()
    assert "f" * 64 in lines


def test_scripts_of_filters_speak_the_readers_language() -> None:
    set_setting(key="locale.enabled", value="en, de", ctx=Context(AT, SYSTEM))
    staff = make_staff()
    User.objects.filter(pk=staff.user_id).update(locale="de")
    web = staff_browser(staff)
    page = web.get("/admin/audit").content.decode()
    assert page.index("/admin/jsi18n") < page.index("DateTimeShortcuts")
    page = web.get("/admin/services").content.decode()
    place = [page.index(f"/{one}") for one in ("select2.full", "i18n/de", "jquery.init")]
    assert place == sorted(place)


@pytest.mark.parametrize(
    "query",
    [
        "client=7",
        "record=invoice+12",
        "record=invoice%3A12",
        "action=invoice.voided",
        "action=invoice",
        "person=SAM@",
    ],
)
def test_each_filter_leaves_the_others_out(query: str) -> None:
    sam = Actor("staff", 3, "sam@example.com")
    written("wanted", client_id=7, actor=sam)
    written(
        "unwanted",
        action="order.placed",
        number=13,
        client_id=8,
        actor=Actor("member", 4, "alice@example.com"),
    )
    page = staff_browser().get(f"/admin/audit?{query}").content.decode()
    assert "wanted" in page.replace("unwanted", "")
    assert "unwanted" not in page


@pytest.mark.parametrize("query", ["client=x", "record=invoice+x", "client=99999999999999999999"])
def test_what_is_no_number_finds_nothing(query: str) -> None:
    written("wanted", client_id=7)
    answer = staff_browser().get(f"/admin/audit?{query}")
    assert (answer.status_code, "wanted" in answer.content.decode()) == (200, False)


def test_it_takes_the_permission() -> None:
    assert staff_browser(make_staff("support")).get("/admin/audit").status_code == 403
    assert staff_browser(make_staff("admin")).get("/admin/audit").status_code == 200


def test_a_file_of_a_filter_that_means_nothing_is_the_list() -> None:
    answer = staff_browser().get("/admin/audit.csv?at__gte=abc")
    assert (answer.status_code, answer["Location"]) == (303, "/admin/audit")
    assert not AuditEntry.objects.filter(action="list.exported").exists()
