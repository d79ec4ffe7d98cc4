"""`/admin/search` by what callers say (backoffice.md 3)."""

import pytest

from tests import make
from tests.make.records import make_credit_note
from tests.make.staff import staff_browser
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
            assert number in text_of(web.get("/admin/search", {"q": said})), said
    assert "web1" in text_of(web.get("/admin/search", {"q": "web1"})).split("Servers")[-1]
