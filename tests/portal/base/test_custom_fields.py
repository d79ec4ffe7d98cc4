"""Custom fields on registration, profile, checkout and invoice; and that admin-only ones are nowhere (T9, X9, X19)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import get_resolver

from commerce.accounts.actions.clients import change_client
from commerce.accounts.actions.custom_fields import change_custom_field, set_custom_value
from commerce.accounts.models import Client, CustomField, CustomValue
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.html_forms import form_values
from tests.make.people import AT, make_custom_field
from tests.make.records import make_domain, make_invoice, make_order, make_product, make_service
from tests.portal.account.test_profile import FORM
from tests.portal.conftest import PortalCast

CTX = Context(AT, SYSTEM)
TRADES = ["Baker", "Smith & Co"]
ANN = {
    "first_name": "Ann",
    "last_name": "Example",
    "email": "ann@example.org",
    "password": "a sentence of my own",
    "country": "DE",
}


def key(field: CustomField) -> str:
    return f"custom-{field.pk}"


def values(client: Client) -> dict[str, str]:
    rows = CustomValue.objects.for_client(client)
    return dict(rows.values_list("field__name", "value"))


def register(web: HttpsTestClient, **over: str) -> Any:
    page = web.get("/register").content.decode()
    found = re.search(r'name="began" value="([^"]+)"', page)
    assert found is not None
    with clock.freeze_time(clock.now() + timedelta(seconds=3)):
        return web.post("/register", ANN | {"began": found[1]} | over)


def test_a_registration_asks_for_what_it_shows_and_for_nothing_else(cast: PortalCast) -> None:
    trade = make_custom_field(
        "Trade", type="dropdown", options=TRADES, required=True, show_on_registration=True
    )
    news = make_custom_field("Partner", type="checkbox", show_on_registration=True)
    other, secret = make_custom_field("Other"), make_custom_field("Secret", admin_only=True)
    web = make_browser()
    page = web.get("/register").content.decode()
    assert f'name="{key(trade)}"' in page
    assert f'name="{key(other)}"' not in page
    answer = register(web)
    assert answer.status_code == 422
    assert f'id="id_{key(trade)}_error"' in answer.content.decode()
    assert register(web, **{key(trade): "Butcher"}).status_code == 422
    assert not Client.objects.filter(email=ANN["email"]).exists()
    sent = {key(trade): "Smith & Co", key(news): "on", key(other): "x", key(secret): "x"}
    assert register(web, **sent).status_code == 303
    made = Client.objects.get(email=ANN["email"])
    assert values(made) == {"Trade": "Smith & Co", "Partner": "yes"}


def test_a_known_address_is_not_told_by_its_answers(cast: PortalCast) -> None:
    """The reply to a known e-mail is the same page as to a new one, also with a wrong answer."""
    make_custom_field("Trade", required=True, show_on_registration=True)
    for email in ("ann@example.org", "alice@example.com"):
        answer = register(make_browser(), email=email)
        assert (answer.status_code, "This field is required." in answer.content.decode()) == (
            422,
            True,
        )


def test_the_profile_has_every_field_for_clients(cast: PortalCast) -> None:
    name = make_custom_field("Order number", required=True)
    text = make_custom_field("Delivery", type="textarea")
    day, box = make_custom_field("Since", type="date"), make_custom_field("VIP", type="checkbox")
    web = cast.browse(cast.alice)
    sent = {
        key(name): " PO\t1 ",
        key(text): "a\r\nb",
        key(day): "2026-05-01",
        key(box): "on",
    }
    assert web.post("/client/profile", FORM | sent).status_code == 303
    assert values(cast.client) == {
        "Order number": "PO 1",
        "Delivery": "a\nb",
        "Since": "2026-05-01",
        "VIP": "yes",
    }
    page = web.get("/client/profile").content.decode()
    assert "Order number: – → PO 1" in page
    assert 'value="2026-05-01"' in page
    assert re.search(rf'name="{key(box)}"[^>]* checked', page)
    assert web.post("/client/profile", FORM | sent | {key(box): ""}).status_code == 303
    assert "VIP" not in values(cast.client)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("text", "x" * 256, "at most 255 characters"),
        ("textarea", "x" * 2001, "at most 2000 characters"),
        ("date", "2026-02-30", "Enter a valid date."),
        ("dropdown", "Butcher", "Select a valid choice."),
        ("text", "", "This field is required."),
        ("checkbox", "", "This field is required."),
    ],
)
def test_a_wrong_value_is_422_and_the_rest_of_the_form_waits(
    cast: PortalCast, kind: str, value: str, words: str
) -> None:
    options = {"options": TRADES} if kind == "dropdown" else {}
    field = make_custom_field(type=kind, required=True, **options)
    sent = FORM | {"city": "Elsewhere", key(field): value}
    answer = cast.browse(cast.alice).post("/client/profile", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert f'id="id_{key(field)}_error"' in page
    assert 'value="Elsewhere"' in page
    assert values(cast.client) == {}
    assert Client.objects.get(pk=cast.client.pk).city == ""


def test_who_may_not_change_the_profile_reads_the_values(cast: PortalCast) -> None:
    field = make_custom_field("Partner", type="checkbox")
    set_custom_value(client=cast.client, field=field, value="yes", ctx=CTX)
    web = cast.browse(cast.tess)
    page = web.get("/client/profile").content.decode()
    assert "<dt>Partner</dt><dd>Yes</dd>" in page
    assert web.post("/client/profile", FORM | {key(field): ""}).status_code == 403
    assert values(cast.client) == {"Partner": "yes"}


def test_another_client_has_values_of_his_own(cast: PortalCast) -> None:
    field = make_custom_field("Order number")
    set_custom_value(client=cast.client, field=field, value="PO of Acme", ctx=CTX)
    web = cast.browse(cast.charlie, cast.foreign)
    assert "PO of Acme" not in web.get("/client/profile").content.decode()
    web.post("/client/profile", FORM | {key(field): "mine"})
    assert (values(cast.client), values(cast.foreign)) == (
        {"Order number": "PO of Acme"},
        {"Order number": "mine"},
    )


def test_the_checkout_waits_for_what_an_order_needs(cast: PortalCast) -> None:
    change_client(client=cast.client, address1="1 Main Street", city="Berlin", ctx=CTX)
    product = make_product(name="Rocket", prices=[("EUR", "monthly", 900)])
    field = make_custom_field("Order number", required=True, show_on_order=True)
    other = make_custom_field("Elsewhere", required=True)
    web = cast.browse(cast.alice)
    web.post(f"/store/{product.slug}", {"billing_cycle": "monthly", "qty": "1"})
    page = web.get("/checkout").content.decode()
    assert key(other) not in page
    sent = form_values(page, "checkout") | {"postcode": "10115"}
    assert web.post("/checkout", sent).status_code == 422
    assert web.post("/checkout", sent | {key(field): "PO 1"}).status_code == 303
    assert values(cast.client) == {"Order number": "PO 1"}
    web.post(f"/store/{product.slug}", {"billing_cycle": "monthly", "qty": "1"})
    assert "Order number: PO 1" in web.get("/checkout").content.decode()


def test_an_invoice_shows_them_as_they_were(cast: PortalCast) -> None:
    field = make_custom_field("Order number", show_on_invoice=True)
    set_custom_value(client=cast.client, field=field, value="PO 1", ctx=CTX)
    invoice = make_invoice(cast.client)
    set_custom_value(client=cast.client, field=field, value="PO 2", ctx=CTX)
    page = cast.browse(cast.bob).get(f"/client/invoices/{invoice.pk}").content.decode()
    assert "Order number: PO 1" in page
    assert "PO 2" not in page


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>"])
def test_x9_hostile_text_is_only_text(cast: PortalCast, text: str) -> None:
    shown = {"show_on_registration": True, "show_on_order": True, "show_on_invoice": True}
    line = make_custom_field(f"{text} a", **shown)
    make_custom_field(f"{text} b", type="dropdown", options=[text], **shown)
    area = make_custom_field(f"{text} c", type="textarea", **shown)
    for field in (line, area):
        set_custom_value(client=cast.client, field=field, value=text, ctx=CTX)
    invoice = make_invoice(cast.client)
    web, guest = cast.browse(cast.alice), make_browser()
    pages = [
        answer.content.decode()
        for answer in (
            guest.get("/register"),
            web.get("/client/profile"),
            cast.browse(cast.tess).get("/client/profile"),
            web.get(f"/client/invoices/{invoice.pk}"),
        )
    ]
    assert all(text not in page for page in pages)
    assert all("&lt;" in page for page in pages)


def paths_of(patterns: list[Any]) -> Iterator[str]:
    for one in patterns:
        below = getattr(one, "url_patterns", None)
        yield from paths_of(below) if below is not None else [str(one.pattern)]


def everywhere(cast: PortalCast) -> list[str]:
    """Each page, list and file about Alice's client, as text."""
    of = cast.client
    ids = {
        "service": make_service(of).pk,
        "domain": make_domain(of).pk,
        "order": make_order(of).pk,
        "invoice": make_invoice(of).pk,
    }
    web, guest = cast.browse(cast.alice), make_browser()
    routes = list(paths_of(get_resolver("commerce.portal.urls").url_patterns))
    paths = [f"/{route}" for route in routes if "<" not in route]
    for route in (route for route in routes if route.count("<") == 1 and "<int:pk>" in route):
        noun = route.split("/")[1].rstrip("s") if route.startswith("client/") else ""
        if noun in ids:
            paths.append("/" + route.replace("<int:pk>", str(ids[noun])))
    assert {"/client/profile", f"/client/invoices/{ids['invoice']}"} <= set(paths)
    said = [web.get(path).content.decode(errors="replace") for path in paths]
    said.append(guest.get("/register").content.decode())
    return said


def test_t9_admin_only_fields_and_values_are_nowhere(cast: PortalCast) -> None:
    field = make_custom_field("Inner-score", admin_only=True, required=True)
    once = make_custom_field("Once-shown")
    web = cast.browse(cast.alice)
    web.post("/client/profile", FORM | {key(once): "typed-by-himself"})
    change_custom_field(field=once, admin_only=True, ctx=CTX)
    for each in (field, once):
        set_custom_value(client=cast.client, field=each, value="pays-late", ctx=CTX)
    sent = FORM | {key(field): "the best", "city": "Oslo"}
    assert web.post("/client/profile", sent).status_code == 303  # nor does it hold him up
    assert set(values(cast.client).values()) == {"pays-late"}
    said = everywhere(cast)
    said += [str(values) for values in OutgoingMail.objects.values_list("values", flat=True)]
    assert any("Oslo" in text for text in said)
    for hidden_ in ("Inner-score", "Once-shown", "pays-late", "typed-by-himself", key(field)):
        assert [text[:200] for text in said if hidden_ in text] == []


def test_a_form_whose_session_had_ended_keeps_them(cast: PortalCast) -> None:
    field = make_custom_field("Order number")
    web = cast.browse(cast.alice)
    with clock.freeze_time(AT + timedelta(hours=3)):
        web.post("/client/profile", FORM | {key(field): "PO 4711"})
        assert web.session["kept_form"]["typed"][key(field)] == ["PO 4711"]
