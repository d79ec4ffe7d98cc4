"""Client groups with their prices, tags and custom fields (accounts.md 9, catalog-and-orders.md 5)."""

import pytest

from commerce.accounts.actions.annotations.tags import create_tag, set_client_tags
from commerce.accounts.actions.client_groups import create_client_group, set_client_group
from commerce.accounts.actions.custom_fields import set_custom_value
from commerce.accounts.models import ClientGroup, ClientTag, CustomField
from commerce.catalog.models import GroupPrice
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.staff import staff_browser
from tests.make.staff_pages import open_form, send, text_of

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def grace() -> HttpsTestClient:
    return staff_browser()


def test_a_group_is_made_changed_and_deleted(grace: HttpsTestClient) -> None:
    send(grace, "/admin/client-groups/new", name="Resellers", discount="12.5", color="#3366cc")
    group = ClientGroup.objects.get()
    assert (group.name, group.discount, group.color) == ("Resellers", 1250, "#3366cc")
    at = f"/admin/client-groups/{group.pk}"
    assert open_form(grace, f"{at}/edit")["discount"] == "12.5"
    refused = send(grace, f"{at}/edit", color="red")
    assert refused.context["form"].errors["color"]
    send(grace, f"{at}/edit", name="Partners", discount="0")
    group.refresh_from_db()
    assert (group.name, group.discount) == ("Partners", 0)
    client = make.make_client()
    set_client_group(client=client, group=group, ctx=CTX)
    assert grace.post(f"{at}/delete").status_code == 409
    set_client_group(client=client, group=None, ctx=CTX)
    send(grace, f"{at}/delete")
    assert not ClientGroup.objects.exists()


def prices_of(group: ClientGroup) -> set[tuple[str, str, int, int]]:
    rows = GroupPrice.objects.filter(group=group)
    return set(rows.values_list("currency_id", "billing_cycle", "price", "setup_fee"))


def test_prices_of_a_group_are_a_grid_of_cycles_and_currencies(grace: HttpsTestClient) -> None:
    group = create_client_group(name="Resellers", ctx=CTX)
    prices = [("EUR", "monthly", 500), ("EUR", "annually", 5000), ("JPY", "monthly", 800)]
    starter = make.make_product(name="Starter", prices=prices)
    other = make.make_product(name="Other", group=starter.group)
    path = f"/admin/client-groups/{group.pk}/prices"
    page = grace.get(f"{path}?product={starter.pk}")
    assert "€5.00" in text_of(page)
    assert page.context["form"].currencies() == ["EUR", "JPY"]
    assert [str(row.label) for row in page.context["form"].grid()] == ["Monthly", "Yearly"]
    stale = open_form(grace, f"{path}?product={starter.pk}")
    typed = {"product": str(starter.pk), "price-EUR-monthly": "4.00", "setup-EUR-monthly": "1"}
    send(grace, f"{path}?product={starter.pk}", **typed, **{"price-JPY-monthly": "700"})
    assert prices_of(group) == {("EUR", "monthly", 400, 100), ("JPY", "monthly", 700, 0)}
    answer = grace.post(f"{path}?product={starter.pk}", stale | {"price-EUR-monthly": "9"})
    assert answer.status_code == 409  # the second is told, and keeps what was typed
    assert answer.context["form"]["price-EUR-monthly"].value() == "9"
    again = open_form(grace, f"{path}?product={starter.pk}")
    assert (again["price-EUR-monthly"], again["price-JPY-monthly"]) == ("4.00", "700")
    wrong = send(
        grace,
        f"{path}?product={starter.pk}",
        **{"price-JPY-monthly": "7.5", "price-EUR-annually": "", "setup-EUR-annually": "2"},
    )
    assert set(wrong.context["form"].errors) == {"price-JPY-monthly", "price-EUR-annually"}
    send(
        grace,
        f"{path}?product={starter.pk}",
        **{"price-EUR-monthly": "", "setup-EUR-monthly": "", "price-EUR-annually": "40"},
    )
    assert prices_of(group) == {("EUR", "annually", 4000, 0), ("JPY", "monthly", 700, 0)}
    assert not GroupPrice.objects.filter(product=other).exists()


def test_a_tag_is_made_changed_and_deleted_with_its_ties(grace: HttpsTestClient) -> None:
    send(grace, "/admin/tags/new", name="VIP", color="#aa0000")
    tag = ClientTag.objects.get()
    client = make.make_client(company="Acme")
    set_client_tags(client=client, tags=[tag], ctx=CTX)
    at = f"/admin/tags/{tag.pk}"
    assert "Acme" in text_of(grace.get(at))
    taken = create_tag(name="Slow", ctx=CTX)
    assert send(grace, f"{at}/edit", name="slow").context["form"].errors["name"]
    send(grace, f"{at}/edit", name="Very important")
    tag.refresh_from_db()
    assert tag.name == "Very important"
    assert "1 client has this tag" in text_of(grace.get(f"{at}/delete"))
    send(grace, f"{at}/delete")
    assert list(ClientTag.objects.all()) == [taken]


def test_custom_fields_are_made_changed_and_deleted(grace: HttpsTestClient) -> None:
    typed = {"name": "Size", "type": "dropdown", "options": "S\nM\n\nL", "show_on_order": "on"}
    send(grace, "/admin/custom-fields/new", **typed)
    field = CustomField.objects.get()
    assert (field.options, field.show_on_order, field.required) == (["S", "M", "L"], True, False)
    at = f"/admin/custom-fields/{field.pk}"
    set_custom_value(client=make.make_client(), field=field, value="M", ctx=CTX)
    refused = send(grace, f"{at}/edit", options="S\nL")  # somebody has M
    assert refused.context["form"].errors["options"]
    send(grace, f"{at}/edit", required="on")
    field.refresh_from_db()
    assert (field.required, field.options) == (True, ["S", "M", "L"])
    assert "The answer of 1 client" in text_of(grace.get(f"{at}/delete"))
    send(grace, f"{at}/delete")
    assert not CustomField.objects.exists()
