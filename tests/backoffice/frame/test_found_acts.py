"""The search finds what can be done, and pages, by ``>``: what the person may do, with a client or without."""

import pytest

from tests import make
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db


def _links(role: str, said: str, client: str = "") -> str:
    web = staff_browser(make_staff(role))
    reply = web.get("/admin/search", {"q": said, "part": "list", "client": client})
    assert reply.status_code == 200
    return reply.content.decode()


def test_acts_with_a_client_are_found_by_the_client_and_on_their_page() -> None:
    client = make.make_client(company="Weber Media GmbH")
    other = make.make_client(company="Weber Bakery")
    invoice = make.make_invoice(client)
    for said, open_client in (("weber media > record pay", ""), ("> record pay", str(client.pk))):
        shown = _links("admin", said, open_client)
        assert f'data-url="/admin/invoices/{invoice.pk}/record-payment"' in shown
        assert f"/admin/clients/{other.pk}" not in shown
    assert f"/admin/login-as-client/{client.pk}" in _links("admin", "weber media > log in as")
    assert f"/admin/clients/{client.pk}/quote" in _links("admin", f"{invoice.number} > order")


def test_acts_and_pages_without_a_client() -> None:
    assert 'data-url="/admin/clients/new"' in _links("admin", ">client")
    assert 'data-url="/admin/tlds"' in _links("admin", "> tld")
    assert _links("admin", ">").count('role="option"') > 5


def test_nobody_finds_what_they_may_not_do() -> None:
    client = make.make_client(company="Weber Media GmbH")
    make.make_invoice(client)
    for said in ("weber > record", "weber > log in", "weber > order", "> staff"):
        shown = _links("support", said, str(client.pk))
        for never in ("record-payment", "login-as-client", "/order", '"/admin/staff"'):
            assert never not in shown, said


@pytest.mark.parametrize("client", ["", "0", "x", "9" * 30, "999999"])
def test_an_address_that_names_no_client_finds_acts_without_one(client: str) -> None:
    assert 'data-url="/admin/orders/new"' in _links("admin", "> order", client)
