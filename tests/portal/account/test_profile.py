"""`/client/profile`: reading and changing the client's record, and its history."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.accounts.actions.clients import suspend_client
from commerce.accounts.models import Client, User
from commerce.audit.actions import write_audit_entry
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Actor, Context
from tests.make.browser import HttpsTestClient
from tests.make.people import AT
from tests.make.records import make_invoice, make_service
from tests.portal.conftest import PortalCast

FORM = {
    "first_name": "Jane",
    "last_name": "Smith",
    "company": "Acme Hosting Ltd",
    "email": "billing@example.com",
    "phone": "+49 (30) 12-34",
    "address1": "1 High Street",
    "address2": "",
    "postcode": "10115",
    "city": "Berlin",
    "state": "",
    "country": "DE",
    "tax_id": "de 123.456.788",
    "currency_code": "EUR",
    "locale": "en",
}


def save(web: HttpsTestClient, **over: str) -> Any:
    return web.post("/client/profile", FORM | over)


def test_it_costs_seven_queries(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(25):
        make_service(cast.client)
    web = cast.browse(cast.alice)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 currencies, 6 custom fields,
    # 7 the last 20 audit entries
    with django_assert_num_queries(7):
        page = web.get("/client/profile").content.decode()
    assert page.count("Service activated") + page.count("Service ordered") == 20


def test_a_change_is_kept_told_and_in_the_history(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    answer = save(web)
    assert (answer.status_code, answer["Location"]) == (303, "/client/profile")
    client = Client.objects.get(pk=cast.client.pk)
    assert (client.city, client.tax_id) == ("Berlin", "DE123456788")
    assert client.revision == cast.client.revision + 1
    page = web.get("/client/profile").content.decode()
    assert "Profile saved." in page
    assert "City: – → Berlin" in page
    assert "alice@example.com" in page


def test_saved_twice_is_written_once(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    assert [save(web).status_code, save(web).status_code] == [303, 303]
    assert AuditEntry.objects.filter(action="client.updated").count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("first_name", "", "This field is required."),
        ("email", "nonsense", "Enter a valid email address."),
        ("phone", "call me", "Use only digits"),
        ("country", "XX", "Select a valid choice."),
        ("currency_code", "XXX", "Select a valid choice."),
        ("locale", "xx", "Select a valid choice."),
        ("postcode", "1" * 21, "at most 20 characters"),
        ("company", "x" * 201, "at most 200 characters"),
    ],
)
def test_a_bad_value_is_422_beside_its_field_and_changes_nothing(
    cast: PortalCast, field: str, value: str, words: str
) -> None:
    answer = save(cast.browse(cast.alice), **{field: value}, city="Elsewhere")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert f'id="id_{field}_error"' in page
    assert 'value="Elsewhere"' in page
    assert Client.objects.get(pk=cast.client.pk).city == ""


def test_typed_text_was_kept_as_it_came(cast: PortalCast) -> None:
    """README 4: NFC; a name must not turn the words beside it."""
    save(
        cast.browse(cast.alice),
        first_name=" Jose\u0301 ",
        last_name="\u202emoc.live\u2069",
        tax_id="de 123.456.788",
    )
    client = Client.objects.get(pk=cast.client.pk)
    assert (client.first_name, client.last_name) == ("Jos\xe9", "moc.live")
    assert client.tax_id == "DE123456788"


@pytest.mark.parametrize("extra", [{"status": "closed"}, {"api_rate": "1"}, {"id": "7"}])
def test_what_the_form_does_not_have_changes_nothing(
    cast: PortalCast, extra: dict[str, str]
) -> None:
    """X19."""
    save(cast.browse(cast.alice), **extra)
    client = Client.objects.get(pk=cast.client.pk)
    assert (client.status, client.api_rate) == ("active", None)


def test_changing_needs_the_right_reading_does_not(cast: PortalCast) -> None:
    web = cast.browse(cast.tess)
    page = web.get("/client/profile").content.decode()
    assert "You need the permission “Change name, address, and tax ID”" in page
    assert "Jane Smith" in page
    assert '<form class="stack"' not in page
    answer = save(web)
    assert answer.status_code == 403
    assert "profile.manage" in answer.content.decode()
    assert Client.objects.get(pk=cast.client.pk).city == ""


def test_a_suspended_client_may_change_it(cast: PortalCast) -> None:
    suspend_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="owes")
    assert save(cast.browse(cast.alice)).status_code == 303


def test_the_history_tells_a_member_only_of_what_he_may_read(cast: PortalCast) -> None:
    make_invoice(cast.client)
    make_service(cast.client, label="Visible")
    page = cast.browse(cast.tess).get("/client/profile").content.decode()
    assert "Visible" in page
    assert "INV-" not in page
    assert "Invoice" not in page
    assert "bob@example.com" not in page


def test_the_history_did_not_tell_which_invoice_was_issued(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client)
    make_invoice(cast.client, "draft")
    page = cast.browse(cast.alice).get("/client/profile").content.decode()
    assert f'Invoice issued <span class="muted">{invoice.number}</span>' in page
    assert page.count("Invoice issued") == 1
    assert "draft" not in page.lower()
    assert "Role: – → Owner" in page


def test_the_history_names_no_staff_and_hides_what_is_theirs(cast: PortalCast) -> None:
    """T9."""
    grace = Actor("staff", 1, "grace@staff.example", "198.51.100.7", "r")
    for action, staff_only in (("client.updated", False), ("client.suspended", True)):
        write_audit_entry(
            ctx=Context(AT, grace),
            action=action,
            record=("client", cast.client.pk),
            client_id=cast.client.pk,
            after={"city": "Oslo", "notes": "bad payer"},
            reason="a reason for staff",
            staff_only=staff_only,
        )
    page = cast.browse(cast.alice).get("/client/profile").content.decode()
    assert "Staff" in page
    assert "Oslo" in page
    for hidden in (
        "grace@",
        "bad payer",
        "a reason for staff",
        "Account suspended",
        "198.51.100.7",
    ):
        assert hidden not in page


def test_instants_are_in_the_readers_zone_with_its_name(cast: PortalCast) -> None:
    User.objects.filter(pk=cast.alice.pk).update(time_zone="Europe/Berlin")
    page = cast.browse(cast.alice).get("/client/profile").content.decode()
    assert "Apr 8, 2026, 4:33\N{NO-BREAK SPACE}PM\N{NO-BREAK SPACE}CEST" in page
    assert 'datetime="2026-04-08T14:33:10Z"' in page
