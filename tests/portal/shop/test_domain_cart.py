"""Names in the cart: from the search or beside a product, asked of their registrar there and at the order."""

import re
from collections.abc import Iterator

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.domains import availability
from commerce.domains.actions.tlds import set_tld
from commerce.domains.models import Domain
from commerce.orders.models import Cart, CartItem, Order, OrderItem
from commerce.orders.quote import decrypt_auth_code
from tests.doubles.registrar import RemoteRegistry
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.html_forms import form_values
from tests.make.names import CTX, names_on_sale, sell_tld
from tests.make.records import make_product
from tests.portal.conftest import PortalCast
from tests.portal.shop.checkout_steps import ADDRESS, CONTACT, ordered, review


@pytest.fixture
def remote(db: None) -> Iterator[RemoteRegistry]:
    with names_on_sale("com", "net") as registry:
        yield registry


def add(web: HttpsTestClient, *names: str, **more: str) -> str:
    answer = web.post("/domains/add", {"domain": names, **more})
    assert answer.status_code == 303
    return str(answer["Location"])


def messages(web: HttpsTestClient) -> str:
    return str(web.get("/cart").content.decode())


def test_a_guest_puts_names_into_a_cart_without_a_product(remote: RemoteRegistry) -> None:
    sell_tld("long", min_years=2)
    web = make_browser()
    assert add(web, "Word.com") == "/cart"
    assert add(web, "bücher.net", "word.long") == "/cart"
    items = CartItem.objects.order_by("position").values_list("action", "domain", "years")
    assert list(items) == [
        ("register", "word.com", 1),
        ("register", "xn--bcher-kva.net", 1),
        ("register", "word.long", 2),
    ]
    page = messages(web)
    assert "2 domains were added to your cart." in page
    assert "$40.00" in page  # 10, 10, and twice 10
    assert '<a href="/domains">Continue shopping</a>' in page


def test_of_all_available_what_was_taken_meanwhile_is_said_and_left_out(
    remote: RemoteRegistry,
) -> None:
    remote.taken.add("gone.com")
    remote.premium.add("best.com")
    web = make_browser()
    assert add(web, "gone.com", "word.com", "best.com") == "/cart"
    assert list(CartItem.objects.values_list("domain", flat=True)) == ["word.com"]
    page = messages(web)
    assert "gone.com is already registered." in page
    assert "best.com is a premium domain." in page


def test_a_name_alone_that_is_taken_goes_back_to_the_search(remote: RemoteRegistry) -> None:
    remote.taken.add("gone.com")
    web = make_browser()
    assert add(web, "gone.com") == "/domain-search?q=gone.com"
    assert not Cart.objects.exists()
    answer = web.post("/domains/add", {"domain": "gone.com"}, headers={"hx-request": "true"})
    assert answer["HX-Redirect"] == "/domain-search?q=gone.com"
    assert "gone.com is already registered." in messages(web)


def test_a_name_that_could_not_be_checked_is_sold_and_said_to_be_asked_again(
    remote: RemoteRegistry,
) -> None:
    remote.is_down = True
    web = make_browser()
    assert add(web, "word.com") == "/cart"
    assert "We couldn&#x27;t check word.com yet." in messages(web)


def test_with_scripts_the_row_comes_back_as_it_is_now(remote: RemoteRegistry) -> None:
    web = make_browser()
    answer = web.post("/domains/add", {"domain": "word.com"}, headers={"hx-request": "true"})
    page = answer.content.decode()
    assert (answer.status_code, page.count("<li")) == (200, 1)
    assert "In cart" in page
    found = web.get("/domain-search?q=word").content.decode()
    assert found.count("In cart") == 1


@pytest.mark.parametrize("typed", ["gone.com..", " gone.com"])
def test_a_taken_name_is_refused_however_it_is_typed(remote: RemoteRegistry, typed: str) -> None:
    remote.taken.add("gone.com")
    web = make_browser()
    add(web, typed)
    assert "gone.com is already registered." in messages(web)
    answer = web.post("/domains/transfer", {"domain": "free.com.."})
    assert answer.status_code == 422
    assert not CartItem.objects.exists()


def test_what_is_no_name_or_not_sold_is_refused(remote: RemoteRegistry) -> None:
    web = make_browser()
    assert add(web, "-", "word.zz", "") == "/domain-search?q=-%0Aword.zz"
    assert add(web, "") == "/domains"
    assert not CartItem.objects.exists()
    assert "word.zz" in messages(web)


def test_a_name_beside_a_product_is_asked_too(remote: RemoteRegistry) -> None:
    product = make_product(name="Host", prices=[("USD", "monthly", 100)], require_domain=True)
    remote.taken.add("gone.com")
    sent = {"billing_cycle": "monthly", "domain": "gone.com", "domain_action": "register"}
    web = make_browser()
    answer = web.post(f"/store/{product.slug}", sent)
    assert answer.status_code == 422
    assert "gone.com is already registered." in answer.content.decode()
    assert not CartItem.objects.exists()
    transferred = web.post(f"/store/{product.slug}", sent | {"domain_action": "transfer"})
    assert transferred.status_code == 303


def test_the_estimate_contains_the_typed_name(remote: RemoteRegistry) -> None:
    sell_tld("long", min_years=2)
    product = make_product(name="Host", prices=[("USD", "monthly", 500)], require_domain=True)
    sent = {"billing_cycle": "monthly", "domain": "word.com", "update": "1"}
    web = make_browser()

    def due(**over: str) -> str:
        page = web.post(f"/store/{product.slug}", sent | over).content.decode()
        (found,) = re.findall(r'Due today</strong></div><div><strong>.*?">([^<]+)<', page)
        return str(found)

    assert due() == due(domain_action="own") == "$5.00"
    assert due(domain_action="register") == "$15.00"
    assert due(domain_action="register", years="3") == "$35.00"
    assert due(domain_action="register", domain="word.long") == "$25.00"
    assert due(domain_action="transfer") == "$14.00"
    assert due(domain_action="register", domain="word") == "$5.00"
    assert remote.questions == []


@pytest.fixture
def web(cast: PortalCast, remote: RemoteRegistry) -> HttpsTestClient:
    """Alice with a whole address and a name in her cart."""
    change_client(client=cast.client, ctx=CTX, **ADDRESS)
    made = cast.browse(cast.alice)
    add(made, "word.com")
    return made


def test_names_alone_are_ordered(web: HttpsTestClient) -> None:
    answer = ordered(web, **CONTACT)
    assert answer.status_code == 303
    assert Domain.objects.get().domain_name == "word.com"


def test_a_name_that_was_taken_meanwhile_is_not_sold(
    web: HttpsTestClient, remote: RemoteRegistry
) -> None:
    remote.taken.add("word.com")
    availability.forget_answers()
    answer = ordered(web, **CONTACT)
    assert answer.status_code == 422
    assert "word.com is already registered." in answer.content.decode()
    assert not Order.objects.exists()


def test_an_order_does_not_wait_for_a_registrar_that_is_down(
    web: HttpsTestClient, remote: RemoteRegistry
) -> None:
    remote.is_down = True
    availability.forget_answers()
    assert ordered(web, **CONTACT).status_code == 303
    assert Order.objects.count() == 1


def test_a_name_is_asked_before_the_order_is_placed_once_more(
    web: HttpsTestClient, remote: RemoteRegistry
) -> None:
    availability.forget_answers()
    asked = len(remote.questions)
    sent = form_values(review(web), "checkout") | CONTACT
    assert web.post("/checkout", sent)["Location"] == web.post("/checkout", sent)["Location"]
    assert len(remote.questions) == asked + 1


def test_a_transfer_goes_into_the_cart_without_its_code(remote: RemoteRegistry) -> None:
    remote.taken.add("mine.com")
    web = make_browser()
    page = web.get("/domains/transfer?domain=mine.com").content.decode()
    assert 'value="mine.com"' in page
    assert "$9.00" in page
    answer = web.post("/domains/transfer", {"domain": "mine.com", "auth_code": ""})
    assert (answer.status_code, answer["Location"]) == (303, "/cart")
    item = CartItem.objects.get()
    assert (item.action, item.auth_code) == ("transfer", "")
    page = web.get("/cart").content.decode()
    assert f'<input type="password" id="auth-code-{item.pk}" name="auth_code"' in page


def test_the_code_can_be_typed_in_the_cart_and_is_never_shown(remote: RemoteRegistry) -> None:
    remote.taken.add("mine.com")
    web = make_browser()
    web.post("/domains/transfer", {"domain": "mine.com"})
    item = CartItem.objects.get()
    web.post(f"/cart/items/{item.pk}", {"auth_code": " "})
    item.refresh_from_db()
    assert item.auth_code == ""
    assert web.post(f"/cart/items/{item.pk}", {"auth_code": "s3cret!"}).status_code == 303
    item.refresh_from_db()
    assert decrypt_auth_code(item.auth_code) == "s3cret!"
    page = web.get("/cart").content.decode()
    assert "Authorization code saved" in page
    assert "s3cret!" not in page
    add(web, "word.com")
    other = CartItem.objects.get(action="register")
    web.post(f"/cart/items/{other.pk}", {"auth_code": "s3cret!"})
    other.refresh_from_db()
    assert other.auth_code == ""


def test_what_is_not_registered_cannot_be_transferred(remote: RemoteRegistry) -> None:
    web = make_browser()
    page = web.get("/domains/transfer?domain=free.com").content.decode()
    assert "free.com isn't registered yet, so there's nothing to transfer." in page
    answer = web.post("/domains/transfer", {"domain": "free.com"})
    assert answer.status_code == 422
    assert "Register it instead" in answer.content.decode()
    assert not CartItem.objects.exists()


def test_names_that_go_into_carts_are_counted(remote: RemoteRegistry) -> None:
    web = make_browser()
    codes = [
        web.post("/domains/add", {"domain": f"n{number}.com"}).status_code for number in range(31)
    ]
    assert codes == [303] * 30 + [429]


def test_the_contact_is_asked_for_once(
    web: HttpsTestClient, cast: PortalCast, remote: RemoteRegistry
) -> None:
    page = review(web)
    assert "Edit domain contact" not in page
    assert "Registries need a contact for each domain name." in page
    assert ordered(web, **{"registrant-phone": "+49 30 1234"}).status_code == 303
    cast.client.refresh_from_db()
    assert cast.client.phone == "+49 301234"
    add(web, "next.com")
    page = review(web)
    assert "Your billing details, with the phone number +49 301234." in page
    assert page.index("Edit domain contact") < page.index('name="registrant-phone"')
    assert ordered(web).status_code == 303
    contact = OrderItem.objects.get(domain="next.com").registrant
    assert (contact["phone"], contact["city"]) == ("+49.301234", "Berlin")


def test_a_contact_that_the_registry_refuses_is_said_before_it_is_paid(
    web: HttpsTestClient, cast: PortalCast, remote: RemoteRegistry
) -> None:
    refused = ordered(web, **{"registrant-phone": "+49 30123456789012345"})
    assert refused.status_code == 422
    assert "2 to 13 digits after the country code" in refused.text
    long = CONTACT | {"registrant-postcode": "1" * 17}
    refused = ordered(web, **long)
    assert refused.status_code == 422
    assert "Shorten this field to 16 characters: Postal code." in refused.text
    assert not OrderItem.objects.exists()


def test_the_phone_number_of_another_contact_is_not_the_clients(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    assert ordered(web, **CONTACT).status_code == 303
    cast.client.refresh_from_db()
    assert cast.client.phone == ""


def test_a_field_of_a_registry_unfolds_the_contact(
    web: HttpsTestClient, cast: PortalCast, remote: RemoteRegistry
) -> None:
    change_client(client=cast.client, ctx=CTX, phone="+49 301234")
    assert "Edit domain contact" in review(web)
    asked = [{"name": "legal", "label": "Legal form", "type": "text", "required": True}]
    set_tld(tld="com", extra_fields=asked, ctx=CTX)
    assert "Edit domain contact" not in review(web)


def test_the_holder_of_a_name_in_the_cart_can_be_hidden(remote: RemoteRegistry) -> None:
    set_tld(tld="net", privacy_available=False, ctx=CTX)
    web = make_browser()
    add(web, "word.com", "word.net")
    page = web.get("/cart").content.decode()
    assert page.count('name="whois_privacy"') == 1
    first, second = CartItem.objects.order_by("position")
    web.post(f"/cart/items/{first.pk}", {"privacy": "1", "whois_privacy": "on"})
    first.refresh_from_db()
    assert first.whois_privacy
    assert 'name="whois_privacy" checked' in web.get("/cart").content.decode()
    web.post(f"/cart/items/{first.pk}", {"privacy": "1"})
    first.refresh_from_db()
    assert not first.whois_privacy
    web.post(f"/cart/items/{second.pk}", {"privacy": "1", "whois_privacy": "on"})
    assert "WHOIS privacy isn&#x27;t available for .net domains." in (
        web.get("/cart").content.decode()
    )
    second.refresh_from_db()
    assert not second.whois_privacy
