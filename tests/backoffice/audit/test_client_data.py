"""Staff open a client's portal from its record, and act on documented requests about its data (accounts.md 10)."""

import pytest

from commerce.accounts.models import Client, DataExport, Erasure
from tests.make.browser import hidden_field
from tests.make.people import PASSWORD, make_client
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db


def sent(client: Client, name: str, **values: str) -> int:
    web, path = staff_browser(), f"/admin/clients/{client.pk}/{name}"
    page = web.get(path).content.decode()
    hidden = {field: hidden_field(page, field) for field in ("form_key", "form_version")}
    return int(web.post(path, {**hidden, **values}).status_code)


def test_staff_ask_for_erasure_with_the_document_and_withdraw_it() -> None:
    client = make_client(owner="owner@example.com")
    assert sent(client, "erase-data", reason="Letter of 8 April", own_password=PASSWORD) == 303
    erasure = Erasure.objects.get()
    assert (erasure.client, erasure.reason, erasure.requested_by) == (
        client,
        "Letter of 8 April",
        None,
    )
    assert sent(client, "keep-data") == 303
    erasure.refresh_from_db()
    assert erasure.status == "withdrawn"


def test_staff_have_a_clients_data_exported_for_its_owners() -> None:
    client = make_client(owner="owner@example.com")
    assert sent(client, "export-data", own_password=PASSWORD) == 303
    assert DataExport.objects.get().client == client


def test_only_who_may_sees_these_buttons() -> None:
    client = make_client(owner="owner@example.com")
    page = staff_browser(make_staff("admin")).get(f"/admin/clients/{client.pk}").content.decode()
    assert f"/admin/login-as-client/{client.pk}" in page
    assert f"/admin/clients/{client.pk}/erase-data" not in page
