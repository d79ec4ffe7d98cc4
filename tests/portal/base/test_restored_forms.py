"""A form whose session had ended comes back with its text, to its sender only (portal.md 5)."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, cast

import pytest
from django import forms
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver

from commerce.accounts.models import Client, User
from commerce.catalog.models import Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions import carts
from commerce.orders.models import Cart, Order
from commerce.portal.base import restored_forms
from commerce.portal.urls import urlpatterns
from commerce.site_settings.actions import set_setting
from tests.house.test_strangers import routes
from tests.make.browser import make_browser
from tests.make.html_forms import form_values
from tests.make.mails import MailingBrowser
from tests.make.nameservers import give_nameservers
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT, PASSWORD, make_client, make_member
from tests.make.records import (
    make_group,
    make_invoice,
    make_product,
    make_required_option,
    make_service,
)
from tests.make.sign_in import ALICE, new_browser, send_sign_in_form
from tests.portal.base.test_tenancy import filled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]
LATER = AT + timedelta(hours=3)
SIGNING_IN = ("client/login", "client/two-factor", "client/reset-password")
CITY = {"first_name": "Jane", "last_name": "Smith", "email": "j@example.com", "country": "DE"}
CITY |= {"city": "A long walk from here", "currency_code": "EUR", "locale": "en"}


@pytest.fixture
def web(alice: User) -> MailingBrowser:
    made = new_browser()
    send_sign_in_form(made)
    made.get("/client/dashboard")
    return made


def send_late(web: MailingBrowser, path: str, form: dict[str, Any], page: str = "") -> str:
    """Send a form when its session has ended; where it leads to."""
    answer = web.post(path, form, headers={"referer": f"https://localhost{page or path}"})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_a_form_was_lost_when_its_session_had_ended(web: MailingBrowser) -> None:
    with clock.freeze_time(LATER):
        to = send_late(web, "/client/profile", CITY | {"password": "hush-hush"})
        assert to == "/client/login?next=/client/profile"
        assert "hush-hush" not in str(dict(web.session))
        back = send_sign_in_form(web, next="/client/profile")
        assert (back.status_code, back["Location"]) == (303, "/client/profile")
        page = web.get("/client/profile").content.decode()
        assert 'value="A long walk from here"' in page
        assert "What you typed is still here" in page
        assert Client.objects.get().city == "Berlin"
        assert "A long walk" not in web.get("/client/profile").content.decode()


@pytest.mark.parametrize(
    ("path", "form", "page", "shown"),
    [
        (
            "/client/api-tokens",
            {"name": "sync", "scopes": ["orders:read"], "networks": "203.0.113.0/24"},
            "/client/api-tokens",
            'value="sync"',
        ),
        (
            "/client/members",
            {"email": "new@example.org", "role": "technical", "rights": ["orders.view"]},
            "/client/members",
            'value="new@example.org"',
        ),
        (
            "/client/security/email",
            {"email": "new@example.org", "password": PASSWORD},
            "/client/security",
            'value="new@example.org"',
        ),
        ("/client/security/passkeys", {"name": "Laptop"}, "", 'value="Laptop"'),
        (
            "/client/security/language",
            {"locale": "en", "time_zone": "Europe/Berlin"},
            "",
            '<option value="Europe/Berlin" selected>',
        ),
        (
            "/client/notifications",
            {"groups": ["domains"]},
            "",
            'value="services" id="id_groups_1">',  # on before, and off in what was sent
        ),
    ],
)
def test_each_form_with_text_comes_back(
    web: MailingBrowser, path: str, form: dict[str, Any], page: str, shown: str
) -> None:
    page = page or path
    with clock.freeze_time(LATER):
        assert send_late(web, path, form, page) == f"/client/login?next={page}"
        send_sign_in_form(web)
        text = web.get(page).content.decode()
    assert shown in text
    assert PASSWORD not in text
    for value in form.get("scopes", []) + form.get("rights", []):
        assert text.count("checked") >= 1
        assert f'value="{value}"' in text


def placed(web: MailingBrowser) -> Cart:
    """A cart of Alice's with a product and a name."""
    give_nameservers()
    product = make_product(name="Rocket", prices=[("EUR", "monthly", 900)])
    set_tld_price(
        tld=set_tld(tld="test", ctx=Context(AT, SYSTEM)),
        currency_code="EUR",
        register=1200,
        renew=1400,
        transfer=1200,
        restore=None,
        ctx=Context(AT, SYSTEM),
    )
    cart = carts.get_or_create_cart(client=Client.objects.get(), at=AT)
    carts.add_product_to_cart(cart=cart, product=product, billing_cycle="monthly", at=AT)
    carts.add_domain_to_cart(cart=cart, action="register", domain="nora.test", at=AT)
    return cart


def test_who_went_to_the_checkout_after_his_session_had_ended_was_told_that_his_cart_is_empty(
    web: MailingBrowser,
) -> None:
    placed(web)
    with clock.freeze_time(LATER):
        assert web.get("/checkout")["Location"] == "/client/login?next=/checkout"
        send_sign_in_form(web)
        assert "nora.test" in web.get("/checkout").content.decode()


def test_an_order_that_was_sent_too_late_leads_back_to_the_checkout(web: MailingBrowser) -> None:
    placed(web)
    with clock.freeze_time(LATER):
        order = {"key": "k" * 40, "shown_total": "2100", "shown_currency": "EUR"}
        assert send_late(web, "/checkout", order) == "/client/login?next=/checkout"
        assert not Order.objects.exists()


def test_the_form_of_the_checkout_comes_back(web: MailingBrowser) -> None:
    placed(web)
    typed = {"address1": "Hafen 1", "city": "A long walk", "country": "DE"}
    contact = {"differs": "on", "first_name": "Rita", "phone": "+49 301234", "city": "Far off"}
    typed |= {f"registrant-{name}": value for name, value in contact.items()}
    with clock.freeze_time(LATER):
        to = send_late(web, "/checkout", typed | {"password": "hush-hush"})
        assert to == "/client/login?next=/checkout"
        assert "hush-hush" not in str(dict(web.session))
        send_sign_in_form(web)
        page = web.get("/checkout").content.decode()
    kept = form_values(page, "checkout")
    assert {name: kept[name] for name in typed} == typed
    assert not Order.objects.exists()


def test_what_was_typed_into_the_cart_comes_back(web: MailingBrowser) -> None:
    cart = placed(web)
    item, name = cart.items.get(action="product"), cart.items.get(action="register")
    for hours, path, form, shown in (
        (3, f"/cart/items/{item.pk}", {"qty": "7"}, 'value="7"'),
        (6, "/cart/promo", {"promo_code": "SPRING"}, 'value="SPRING"'),
        (9, f"/cart/items/{name.pk}", {"years": "4"}, '<option value="4" selected>'),
    ):
        with clock.freeze_time(AT + timedelta(hours=hours)):
            assert send_late(web, path, form, "/cart") == "/client/login?next=/cart"
            send_sign_in_form(web)
            assert shown in web.get("/cart").content.decode()
    item.refresh_from_db()
    assert item.qty == 1


def test_what_was_changed_of_an_item_comes_back(web: MailingBrowser) -> None:
    item = placed(web).items.get(action="product")
    path = f"/cart/items/{item.pk}/edit"
    with clock.freeze_time(LATER):
        to = send_late(web, path, {"billing_cycle": "monthly", "qty": "7"})
        assert to == f"/client/login?next={path}"
        send_sign_in_form(web, next=path)
        assert 'name="qty" value="7"' in web.get(path).content.decode()
    item.refresh_from_db()
    assert item.qty == 1


def test_what_was_chosen_of_a_product_comes_back_but_for_its_code(web: MailingBrowser) -> None:
    placed(web)
    option = make_required_option(Product.objects.get(), "quantity")
    form = {"billing_cycle": "monthly", "qty": "4", f"option-{option.pk}": "3"}
    with clock.freeze_time(LATER):
        path = "/store/rocket"
        name = {"domain": "x.test", "years": "4", "whois_privacy": "on"}
        to = send_late(web, path, form | name | {"auth_code": "hush-hush"})
        assert to == "/client/login?next=/store/rocket"
        assert "hush-hush" not in str(dict(web.session))
        send_sign_in_form(web)
        page = web.get(path).content.decode()
    assert re.search(r'name="qty" value="4"', page)
    assert re.search(rf'name="option-{option.pk}" value="3"', page)
    assert '<option value="4" selected>' in page
    assert re.search(r'name="whois_privacy"[^>]* checked', page)
    assert Cart.objects.count() == 1


def test_what_was_asked_of_a_service_comes_back(web: MailingBrowser) -> None:
    group = make_group()
    small, large = (
        make_product(name=name, group=group, prices=[("EUR", "monthly", amount)])
        for name, amount in (("Small", 3000), ("Large", 6000))
    )
    service = make_service(Client.objects.get(), product=small, amount=3000, at=AT)
    path = f"/client/services/{service.pk}"
    with clock.freeze_time(LATER):
        form = {"kind": "immediate", "reason": "It was too dear for what it does"}
        send_late(web, f"{path}/cancel", form)
        send_sign_in_form(web)
        page = web.get(f"{path}/cancel").content.decode()
        assert "It was too dear for what it does" in page
    with clock.freeze_time(LATER + timedelta(hours=3)):
        figures = {"credit": "1", "charge": "2", "total": "1"}
        form = {"plan": f"{large.pk}-monthly", **figures, "losses": "1"}
        send_late(web, f"{path}/upgrade", form)
        send_sign_in_form(web)
        page = web.get(f"{path}/upgrade").content.decode()
    assert f'name="plan" value="{large.pk}-monthly"' in page


def test_the_part_of_an_invoice_that_was_to_be_paid_comes_back(web: MailingBrowser) -> None:
    switch_on_bank_transfer()
    set_setting(key="payments.allow_partial", value="on", ctx=Context(AT, SYSTEM))
    invoice = make_invoice(Client.objects.get())
    page = f"/client/invoices/{invoice.pk}/pay"
    with clock.freeze_time(LATER):
        send_late(web, f"{page}/bank_transfer", {"amount": "3.21"}, page)
        send_sign_in_form(web)
        assert 'value="3.21"' in web.get(page).content.decode()


def test_no_way_back_leads_to_an_address_that_only_takes_posts(alice: User) -> None:
    """Without a referer, it led to the address of the form itself."""
    web, sent = make_browser(alice), RequestFactory(headers={"host": "localhost"})
    asked = [route for route in routes() if not route.startswith(SIGNING_IN)]
    ways = {route: restored_forms.page_after_sign_in(sent.post(filled(route))) for route in asked}
    assert [route for route, page in ways.items() if web.get(page).status_code == 405] == []


def test_somebody_else_who_signs_in_does_not_see_it(web: MailingBrowser) -> None:
    make_member(Client.objects.get(), "bob@example.com", "billing")
    with clock.freeze_time(LATER):
        send_late(web, "/client/profile", CITY)
        send_sign_in_form(web, email="bob@example.com")
        assert "A long walk" not in web.get("/client/profile").content.decode()
        assert restored_forms.RESTORED_FORM_KEY not in web.session


def test_it_is_not_kept_for_long(web: MailingBrowser) -> None:
    with clock.freeze_time(LATER):
        send_late(web, "/client/profile", CITY)
    with clock.freeze_time(LATER + timedelta(minutes=61)):
        send_sign_in_form(web)
        assert "A long walk" not in web.get("/client/profile").content.decode()


def test_a_stranger_fills_no_session() -> None:
    make_client(owner="x@example.com")
    web = new_browser()
    assert send_late(web, "/client/profile", CITY) == "/client/login?next=/client/profile"
    assert restored_forms.RESTORED_FORM_KEY not in web.session


def test_a_button_alone_leads_back_to_its_page(web: MailingBrowser) -> None:
    """It led to an address that only takes posts."""
    with clock.freeze_time(LATER):
        to = send_late(web, "/client/invitations/7/withdraw", {}, "/client/members?page=2")
        assert to == "/client/login?next=/client/members%3Fpage%3D2"


@pytest.mark.parametrize("referer", ["https://evil.example/client/x", "https://localhost/invite/x"])
def test_no_other_page_is_gone_on_to(web: MailingBrowser, referer: str) -> None:
    with clock.freeze_time(LATER):
        answer = web.post("/client/profile", CITY, headers={"referer": referer})
    assert answer["Location"] == "/client/login?next=/client/profile"


def test_too_much_is_not_kept(web: MailingBrowser) -> None:
    with clock.freeze_time(LATER):
        send_late(web, "/client/profile", CITY | {"company": "x" * 9000})
        assert restored_forms.RESTORED_FORM_KEY not in web.session
    assert User.objects.with_email(ALICE).exists()


NOT_RESTORED = {
    "SignInForm CodeForm ForgotPasswordForm ResetPasswordForm": "of nobody who is signed in",
    "RegisterForm AccountForm": "of nobody who is signed in",
    "NewPersonForm": "of an invitation, whose page is for guests",
    "PasswordForm ConfirmedForm ChangePasswordForm AuthCodeForm": "secrets alone",
    "ShowCodeForm NewCodeForm ShowPasswordForm": "secrets alone",
    "PanelSignInForm": "of the panel of a demo, which knows no members",
    "ContactForm OtherContactForm": "stand four times in one page, which names their fields",
    "TotpForm RecoveryCodesForm RemoveFactorForm RemoveLastFactorForm EraseDataForm": "secrets",
    "CardSetupForm": "a consent, which is given anew",
    "DateRangeForm": "asks, and is in the address",
    "GatewayForm TermsForm BeginForm": "choices on the page of an order, which is looked at anew",
    "StatementForm EndingForm": "for guests as well: without a session it is a statement all the same",
    "ContractForm": "one choice",
    "ZoneFileForm": "a file, larger than a session keeps",
    "ContactFields CustomFieldsForm MergingForm TamperProofForm": "is derived from",
}
"""Forms of which nothing comes back, and why."""

SECRET_FIELDS = {"password", "auth_code", "credential", "form_key"}
OF_BUTTONS = {"kind"}
"""What the button says that was pressed."""


def views(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[Callable[..., Any]]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from views(each.url_patterns)
        else:
            yield each.callback


def forms_of_views() -> set[type[forms.Form]]:
    """The forms that views keep, over all addresses."""
    found = [getattr(view, restored_forms.RESTORED_FORMS, ()) for view in views(urlpatterns)]
    return {form for forms_of_view in found for form in forms_of_view}


def all_forms(of: type[forms.Form] = forms.Form) -> Iterator[type[forms.Form]]:
    for form in of.__subclasses__():
        if form.__module__.startswith("commerce.portal."):
            yield form
        yield from all_forms(form)


def test_each_form_comes_back_or_says_why_not() -> None:
    names = {name for listed in NOT_RESTORED for name in listed.split()}
    assert {form.__name__ for form in forms_of_views()} == {
        form.__name__ for form in all_forms()
    } - names


@pytest.mark.parametrize("form", sorted(forms_of_views(), key=lambda form: form.__name__))
def test_each_field_comes_back_but_for_secrets(form: type[forms.Form]) -> None:
    patterns = cast(type[restored_forms.RestorableForm], form).restored_fields
    start = f"{form.prefix}-" if form.prefix else ""
    kept = {
        name
        for name in form.base_fields
        if any(fnmatchcase(f"{start}{name}", pattern) for pattern in patterns)
    }
    assert form.base_fields.keys() - kept <= SECRET_FIELDS | OF_BUTTONS
    hidden = forms.PasswordInput | forms.HiddenInput
    assert [name for name in kept if isinstance(form.base_fields[name].widget, hidden)] == []
