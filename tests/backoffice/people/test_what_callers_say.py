"""`/admin/search` by what callers say (backoffice.md 3)."""

import pytest

from commerce.accounts.staff_rules import ShippedRole
from commerce.presentation.amounts import format_money
from tests import make
from tests.make.records import make_credit_note
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "said",
    ["bob@example.com", "Bob Jones", "496 0123", "GB123456789", "12 Welsh", "BS1 4DJ", "Bristol"],
)
def test_a_client_is_found_by_member_phone_address_and_tax_id(said: str) -> None:
    bob = make.make_user("bob@example.com", first_name="Bob", last_name="Jones")
    client = make.make_client(owner=bob, company="Acme")
    type(client).objects.filter(pk=client.pk).update(
        phone="+44 117 496 0123",
        tax_id="GB123456789",
        address1="12 Welsh Back",
        city="Bristol",
        postcode="BS1 4DJ",
    )
    found = staff_browser().get("/admin/search", {"q": said}).context["found"]
    assert [str(one["title"]) for one in found] in (["Clients"], ["Members"])


def test_documents_are_found_by_the_end_of_their_number_and_servers_by_name() -> None:
    invoice = make.make_invoice(make.make_client())
    note = make_credit_note()
    make.make_server(name="web1")
    web = staff_browser()
    for number in (invoice.number, note.number):
        for said in (number, number[-1], number[-4:]):
            assert number in text_of(web.get("/admin/search", {"q": said}, follow=True)), said
    assert "web1" in text_of(web.get("/admin/search", {"q": "web1"})).split("Servers")[-1]


@pytest.mark.parametrize(
    "said",
    [
        *("MÜSSIG", "mussig jur", "backerei", "gross", "030 12345", "+49 30 12345", "1.234.567"),
        *("max@acme.example", "Acme.ex", "shop.ex", "192.0.2.7"),
    ],
)
def test_a_client_is_found_while_one_types(said: str) -> None:
    user = make.make_user("max@acme.example")
    client = make.make_client(owner=user, first_name="Jürgen", last_name="Müßig")
    fields = {"company": "Bäckerei Groß", "phone": "+49 (0)30 123-45", "tax_id": "DE1234567"}
    type(client).objects.filter(pk=client.pk).update(**fields)
    make.make_service(client, domain="shop.example")
    make.make_server(ipv4="192.0.2.7")
    shown = staff_browser().get("/admin/search", {"q": said, "part": "list"}).content.decode()
    assert 'role="option"' in shown


def test_a_client_who_is_found_says_what_they_owe_and_have() -> None:
    client = make.make_client(company="Acme")
    first, second = make.make_invoice(client), make.make_invoice(client)
    make.make_invoice(client, status="paid")
    make.make_service(client)
    make.make_service(client, status="terminated")
    address = "/admin/search?part=list&q=acme"
    owed = format_money(first.amount_due + second.amount_due, "EUR")
    shown = text_of(staff_browser().get(address))
    assert f"#{client.pk} · owes {owed} · 1 service" in shown
    other = staff_browser(make_staff("billing", permissions=["clients.view"]))
    assert "owes" not in text_of(other.get(address))


def test_nobody_finds_what_they_may_not_open() -> None:
    make.make_server(name="web1")
    web = staff_browser(make_staff(ShippedRole.SUPPORT))
    assert 'role="option"' not in web.get("/admin/search?part=list&q=web1").content.decode()


def test_who_may_not_open_clients_is_not_told_whose_an_invoice_is() -> None:
    invoice = make.make_invoice(make.make_client(company="Acme"))
    web = staff_browser(make_staff("billing", permissions=["invoices.view"]))
    shown = web.get(f"/admin/search?part=list&q={invoice.number}").content.decode()
    assert str(invoice.number) in shown
    assert "Acme" not in shown
    assert "option" not in web.get("/admin/search?part=list&q=acme").content.decode()


def test_an_amount_finds_its_invoice_and_an_exact_number_opens_it() -> None:
    invoice = make.make_invoice(make.make_client())
    web, amount = staff_browser(), f"{invoice.total / 100:.2f}"
    for said in (amount, amount.replace(".", ","), invoice.number, f"inv-{invoice.number[-1]}"):
        shown = web.get("/admin/search", {"q": said, "part": "list"}).content.decode()
        assert str(invoice.number) in shown, said
    opened = web.get("/admin/search", {"q": invoice.number.lower()})
    assert opened["Location"] == f"/admin/invoices/{invoice.pk}"
