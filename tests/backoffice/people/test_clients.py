"""`/admin/clients`: found, looked at, and changed by the actions of the command line (backoffice.md 3)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.accounts.actions.annotations.notes import add_note
from commerce.accounts.actions.annotations.tags import create_tag, set_client_tags
from commerce.accounts.actions.client_groups import create_client_group, set_client_group
from commerce.accounts.models import Client, ClientNote, ClientTag, CustomValue, Invitation
from commerce.audit.models import AuditEntry
from commerce.backoffice.people.client_page.page import TABS
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.presentation.amounts import format_money
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.cards import keep
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import open_form, send, text_of

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def grace() -> HttpsTestClient:
    return staff_browser(make_staff(email="grace@example.com"))


def names(page: Any) -> list[str]:
    return [row.company for row in page.context["cl"].result_list]


def test_clients_are_found_by_name_email_company_status_group_and_tag(
    grace: HttpsTestClient,
) -> None:
    acme = make.make_client(company="Acme", email="pay@acme.example", first_name="Nora")
    other = make.make_client(company="Other")
    group, tag = create_client_group(name="Friends", ctx=CTX), create_tag(name="VIP", ctx=CTX)
    set_client_group(client=acme, group=group, ctx=CTX)
    set_client_tags(client=acme, tags=[tag], ctx=CTX)
    send(grace, f"/admin/clients/{other.pk}/suspend", reason="Odd")
    assert names(grace.get("/admin/clients")) == ["Other", "Acme"]
    for query in (
        *("q=nora", "q=ACME", "q=pay%40acme", "q=nora+smith", "status=active"),
        *(f"group__id__exact={group.pk}", f"tag={tag.pk}"),
    ):
        assert names(grace.get(f"/admin/clients?{query}")) == ["Acme"], query
    assert names(grace.get("/admin/clients?q=nora+jones")) == []


def test_a_full_page_of_clients_takes_as_many_queries_as_one_client(
    grace: HttpsTestClient,
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert grace.get("/admin/clients").status_code == 200
        return len(seen)

    make.make_client(owner=None)
    grace.get("/admin/clients")  # settings are read once
    of_one = queries()
    group = create_client_group(name="Friends", ctx=CTX)
    for _ in range(4):
        set_client_group(client=make.make_client(owner=None), group=group, ctx=CTX)
    assert queries() == of_one


def test_the_record_has_what_belongs_to_the_client_and_nothing_of_others(
    grace: HttpsTestClient,
) -> None:
    client, other = (make.make_client(owner=f"{name}@example.com") for name in ("alice", "bob"))
    for one, word in ((client, "mine"), (other, "theirs")):
        add_note(client=one, body=f"**{word}** <script>alert(1)</script>", is_sticky=True, ctx=CTX)
        make.make_service(one, label=f"service {word}")
        make.make_domain(one, domain_name=f"{word}.example")
        make.make_token(one, name=f"token {word}")
    order = make.make_order(client)
    tabs = [grace.get(f"/admin/clients/{client.pk}?tab={one.name}") for one in TABS]
    text = " ".join(map(text_of, tabs))
    html = "".join(page.content.decode() for page in tabs)
    for shown in ("alice@example.com", "service mine", "mine.example", "token mine", order.number):
        assert shown in text, shown
    assert str(order.invoice and order.invoice.number) in text
    mail = OutgoingMail.objects.for_client(client).newest_first()[0]
    assert tabs[0].context["last_mail"]["url"] == f"/admin/mails/{mail.pk}"
    assert "Account created" in text
    assert "<strong>mine</strong>" in html
    assert "<script>alert" not in html
    assert "theirs" not in text
    assert "bob@example.com" not in text


def test_who_may_not_open_records_sees_none_of_them_on_the_client() -> None:
    client = make.make_client()
    make.make_service(client, label="Our shop")
    make.make_token(client, name="Reports")
    add_note(client=client, body="Difficult", ctx=CTX)
    sam = staff_browser(make_staff("support"))
    shown = text_of(sam.get(f"/admin/clients/{client.pk}"))
    assert "Our shop" in shown
    assert "Difficult" in shown
    assert "API rate" not in shown
    assert "Last used" not in shown  # the panel of tokens
    assert "Close account" not in shown
    narrow = staff_browser(make_staff("support", permissions=["clients.view"]))
    page = narrow.get(f"/admin/clients/{client.pk}")
    assert "Next due date" not in text_of(page)  # the panel of services
    assert "Difficult" not in text_of(page)
    assert f"/admin/clients/{client.pk}/" not in page.content.decode()


def test_the_first_screen_of_a_client_has_money_work_and_what_people_did(
    grace: HttpsTestClient,
) -> None:
    client = make.make_client()
    service = make.make_service(client, label="Our shop")
    invoice = make.make_invoice(client)
    keep(client)
    path = f"/admin/clients/{client.pk}"
    send(grace, f"{path}/note", body="Prefers email", is_sticky="on")
    page = grace.get(path)
    figures = {str(one.label): one for one in page.context["figures"]}
    assert figures["Amount due"].values == [format_money(invoice.amount_due, "EUR")]
    assert figures["Monthly value"].values == [format_money(service.amount, "EUR")]
    assert "4242" in figures["Autopay"].values[0]
    text, html = text_of(page), page.content.decode()
    assert "Our shop" in text
    assert "Note added" in text
    assert "Prefers email" in text
    assert f"/admin/invoices/{invoice.pk}/record-payment" in html
    shown = {one.action.name for one in page.context["shown_actions"]}
    assert {"suspend", "dunning-off"} <= shown
    assert not shown & {"reopen", "dunning-on", "end-exemption", "keep-data"}
    assert grace.get(f"{path}/statement.pdf").content.startswith(b"%PDF")


def test_a_client_with_many_services_asks_as_many_statements_as_one_with_ten(
    grace: HttpsTestClient,
) -> None:
    def asked(client: Client) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert grace.get(f"/admin/clients/{client.pk}").status_code == 200
        return len(seen)

    few, many = make.make_client(owner=None), make.make_client(owner=None)
    for client, number in ((few, 10), (many, 40)):
        for _ in range(number):
            make.make_service(client)
    asked(few)  # settings are read once
    assert asked(many) == asked(few) <= 60


def test_a_client_is_created_with_its_owner(grace: HttpsTestClient) -> None:
    typed = {"owner_email": "nora@example.com", "first_name": "Nora", "last_name": "New"}
    typed |= {"country": "DE", "currency_code": "EUR", "company": "New Ltd"}
    answer = send(grace, "/admin/clients/new", **typed)
    made = Client.objects.get(company="New Ltd")
    assert answer["Location"] == f"/admin/clients/{made.pk}"
    assert (made.email, made.memberships.get().user.email) == ("nora@example.com",) * 2
    entry = AuditEntry.objects.get(action="client.created", record_id=made.pk)
    assert (entry.actor_kind, entry.actor_name) == ("staff", "grace@example.com")


def test_a_client_is_edited_and_an_action_refuses_what_is_wrong(grace: HttpsTestClient) -> None:
    client = make.make_client(tax_id="")
    path = f"/admin/clients/{client.pk}/edit"
    assert send(grace, path, company="Acme", country="FR").status_code == 303
    refused = send(grace, path, tax_id="FR1")
    assert refused.status_code == 422
    assert refused.context["form"].errors["tax_id"]
    client.refresh_from_db()
    assert (client.company, client.country, client.tax_id) == ("Acme", "FR", "")
    assert client.first_name == "Jane"


def test_who_edits_second_is_told_and_keeps_what_was_typed(grace: HttpsTestClient) -> None:
    client = make.make_client()
    path = f"/admin/clients/{client.pk}/edit"
    opened = open_form(grace, path)
    send(grace, path, company="First")
    answer = grace.post(path, opened | {"company": "Second"})
    assert answer.status_code == 409
    assert answer.context["form"]["company"].value() == "Second"
    client.refresh_from_db()
    assert client.company == "First"


def test_who_sets_tags_or_custom_fields_second_is_told_too(grace: HttpsTestClient) -> None:
    client, field = make.make_client(), make.make_custom_field("Shoe size")
    first, second = create_tag(name="VIP", ctx=CTX), create_tag(name="Slow", ctx=CTX)
    tags, fields = (f"/admin/clients/{client.pk}/{one}" for one in ("tags", "custom-fields"))
    opened = {path: open_form(grace, path) for path in (tags, fields)}
    send(grace, tags, tags=[first.name])
    send(grace, fields, **{f"custom-{field.pk}": "43"})
    answer = grace.post(tags, opened[tags] | {"tags": [second.name]})
    assert answer.status_code == 409
    assert answer.context["form"]["tags"].value() == [second.name]
    answer = grace.post(fields, opened[fields] | {f"custom-{field.pk}": "39"})
    assert answer.status_code == 409
    assert answer.context["form"][f"custom-{field.pk}"].value() == "39"
    assert list(ClientTag.objects.for_client(client)) == [first]
    assert CustomValue.objects.get(client=client).value == "43"


def test_to_invite_an_owner_takes_the_persons_own_password(grace: HttpsTestClient) -> None:
    path = f"/admin/clients/{make.make_client().pk}/invite"
    for typed in ("", "guess"):
        answer = send(
            grace, path, email="eve@example.org", role="owner", own_password=typed or None
        )
        assert answer.status_code == 422
        assert answer.context["form"].errors["own_password"]
    assert not Invitation.objects.exists()
    send(grace, path, email="eve@example.org", role="owner", own_password=make.PASSWORD)
    assert Invitation.objects.get().role == "owner"


def test_tags_group_custom_fields_and_notes_are_set(grace: HttpsTestClient) -> None:
    client = make.make_client()
    tag, group = create_tag(name="VIP", ctx=CTX), create_client_group(name="Friends", ctx=CTX)
    open_field = make.make_custom_field("Shoe size")
    secret = make.make_custom_field("Rating", admin_only=True)
    at = f"/admin/clients/{client.pk}"
    send(grace, f"{at}/tags", tags=[tag.name])
    send(grace, f"{at}/group", group=group.name)
    send(grace, f"{at}/custom-fields", **{f"custom-{open_field.pk}": "43"})
    send(grace, f"{at}/custom-fields", **{f"custom-{secret.pk}": "A"})
    send(grace, f"{at}/note", body="Called", is_sticky="on")
    client.refresh_from_db()
    assert client.group == group
    assert list(ClientTag.objects.for_client(client)) == [tag]
    values = CustomValue.objects.for_client(client).order_by("field")
    assert [(one.field_id, one.value) for one in values] == [
        (open_field.pk, "43"),
        (secret.pk, "A"),
    ]
    note = ClientNote.objects.get(client=client)
    assert (note.body, note.is_sticky, note.author_name) == ("Called", True, "grace@example.com")
    send(grace, f"/admin/client-notes/{note.pk}/edit", body="Called twice", is_sticky=None)
    note.refresh_from_db()
    assert (note.body, note.is_sticky) == ("Called twice", False)
    answer = send(grace, f"/admin/client-notes/{note.pk}/delete")
    assert answer["Location"] == at
    assert not ClientNote.objects.exists()


def test_switches_of_a_client_are_set_with_a_reason(grace: HttpsTestClient) -> None:
    client = make.make_client()
    at = f"/admin/clients/{client.pk}"
    assert send(grace, f"{at}/exempt", reason="").status_code == 422
    send(grace, f"{at}/exempt", reason="Charity", until="2030-01-31")
    send(grace, f"{at}/dunning-off", reason="Pays by check")
    send(grace, f"{at}/api-rate", rate="120")
    send(grace, f"{at}/invite", email="bob@example.com", role="technical")
    send(grace, f"{at}/exempt", reason="Charity, proven")  # the day stays as the form has it
    client.refresh_from_db()
    assert (client.tax_exempt, client.tax_exempt_reason) == (True, "Charity, proven")
    assert f"{client.tax_exempt_until}" == "2030-01-31"
    assert (client.dunning, client.api_rate) == (False, 120)
    assert Invitation.objects.get(client=client).email == "bob@example.com"
    send(grace, f"{at}/api-rate", rate="")
    send(grace, f"{at}/exempt", reason="Charity, proven", until="")
    client.refresh_from_db()
    assert (client.api_rate, client.tax_exempt_until) == (None, None)
    send(grace, f"{at}/end-exemption", reason="Over")
    send(grace, f"{at}/dunning-on", reason="As others")
    client.refresh_from_db()
    assert (client.tax_exempt, client.dunning) == (False, True)


def test_services_are_suspended_and_the_account_closed_with_the_password(
    grace: HttpsTestClient,
) -> None:
    client = make.make_client()
    service = make.make_service(client)
    at = f"/admin/clients/{client.pk}"
    wrong = send(grace, f"{at}/suspend-services", reason="Spam", own_password="guess")
    assert wrong.status_code == 422
    service.refresh_from_db()
    assert service.status == "active"
    send(grace, f"{at}/suspend-services", reason="Spam", own_password=make.PASSWORD)
    service.refresh_from_db()
    assert (service.status, service.suspension_reason) == ("suspended", "staff")
    left = send(grace, f"{at}/close", reason="Gone", own_password=make.PASSWORD)
    assert left.status_code == 422  # something is left
    send(grace, f"{at}/close", reason="Gone", own_password=make.PASSWORD, end_everything="on")
    client.refresh_from_db()
    service.refresh_from_db()
    assert (client.status, service.status) == ("closed", "cancelled")
    send(grace, f"{at}/reopen", reason="Back")
    client.refresh_from_db()
    assert client.status == "active"


def test_the_record_of_a_client_has_its_payments_and_saved_cards() -> None:
    client = make.make_client()
    make.make_payment(make.make_invoice(client))
    keep(client)
    gone = keep(client, "card-2")
    type(gone).objects.filter(pk=gone.pk).update(removed_at=make.AT, is_default=False)
    page = staff_browser().get(f"/admin/clients/{client.pk}?tab=billing")
    panels = {str(one["title"]): one["rows"] for one in page.context["panels"]}
    assert len(panels["Payments"]) == 1
    assert len(panels["Saved payment methods"]) == 1
