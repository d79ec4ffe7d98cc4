"""`/checkout`: one page and one POST that places the order (catalog-and-orders.md 7).

A guest's account is made on the way, with the billing details: the order then waits only for the link that proves
their email address.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from commerce.accounts.actions.registration import register_user
from commerce.accounts.actions.users import send_verification
from commerce.accounts.locale import effective_language
from commerce.billing.tax.actions import refresh_vat_check
from commerce.kit import clock
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.kit.proxy_headers import COUNTRY_KEY
from commerce.orders.actions import carts
from commerce.orders.actions.placing import PriceChangedError, place_cart
from commerce.orders.models import Cart, Order
from commerce.orders.rules import CartStatus
from commerce.payments.gateways import registry
from commerce.portal.account.sign_in import registration
from commerce.portal.base import restored_forms, throttles
from commerce.portal.base.access import (
    ClientRequest,
    client_page,
    member_context,
    redirect_to_sign_in,
)
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.redirects import see_other
from commerce.portal.base.sign_in import login
from commerce.portal.shop.cart import recently_ordered
from commerce.portal.shop.checkout_forms import BillingDetailsForm, RegistrantForm
from commerce.portal.shop.checkout_page import CHOSEN_GATEWAY_KEY, CheckoutPage
from commerce.portal.shop.orders import is_order_due
from commerce.portal.shop.shopper import shopper
from commerce.portal.shop.tampering import names_a_price
from commerce.presentation.countries import COUNTRY_CODES
from commerce.site_settings.current import get_setting

MAX_ORDERS_PER_HOUR = 60
"""Of a client: each is an invoice, which is kept for ten years, its document, and mails."""

ORDER_CHANGED = _lazy("Your order has changed. Check the new total before you place it.")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@restored_forms.restores(BillingDetailsForm, RegistrantForm, names=("gateway",))
def checkout(request: HttpRequest) -> HttpResponseBase:
    """`/checkout`: who buys, what it costs, how it is paid, and one button."""
    if request.user.is_authenticated:
        return _member_checkout(request)
    if restored_forms.session_has_just_ended(request):
        return redirect_to_sign_in(request)
    cart = shopper(request).cart()
    if cart is None or not cart.items_in_order():
        return see_other("portal:cart")
    return _guest_post(request, cart) if request.method == "POST" else show_checkout(request, cart)


@client_page("orders.place")
def _member_checkout(request: ClientRequest) -> HttpResponse:
    cart = shopper(request).cart()
    if request.method == "POST":
        return post_checkout(request, cart)
    if cart is None or not cart.items_in_order():
        return ordered_page(request) or see_other("portal:cart")
    return show_checkout(request, cart)


def show_checkout(request: HttpRequest, cart: Cart) -> HttpResponse:
    """The page of a cart that is to be ordered."""
    return CheckoutPage(request, cart, typed=restored_forms.restored_input(request)).answer()


def ordered_page(request: ClientRequest, *, cart_id: int = 0) -> HttpResponse | None:
    """What became of a cart that was ordered already, here or in another tab; None if none was of late."""
    found = recently_ordered(request.acting.client, cart_id=cart_id)
    if found is None:
        return None
    context = {"order": found, "is_due": is_order_due(request, found)}
    status = 409 if request.method == "POST" else 200
    return render(request, "portal/shop/checkout_ordered.html", context, status=status)


def post_checkout(request: ClientRequest, cart: Cart | None) -> HttpResponse:
    """The one POST of a cart; sent twice it gives the same order."""
    key = request.POST.get("key", "")[:64]
    if known := Order.objects.for_client(request.acting.client).filter(idempotency_key=key).first():
        return _after(request, known)
    sent = _cart_id(request)
    stale = sent and (cart is None or cart.pk != sent)
    if stale and (answer := ordered_page(request, cart_id=sent)):
        return answer
    if cart is None or not cart.items_in_order():
        return ordered_page(request) or see_other("portal:cart")
    if stale:  # of another client of the member, who switched in another tab
        return CheckoutPage(request, cart).answer(asks_again=str(ORDER_CHANGED))
    page, asks_again = _followed(request, cart)
    return _asked_again(request, page, asks_again) or _order(request, cart, page, key)


def _asked_again(request: HttpRequest, page: CheckoutPage, asks_again: str) -> HttpResponse | None:
    """The page again, where it was not sent to order, or cannot be ordered so; None if it can."""
    if "update" in request.POST:
        return page.answer()
    if asks_again:
        return page.answer(asks_again=asks_again)
    if reason := _not_as_made(request) or page.blocked():
        return page.answer(error=reason)
    return None if page.is_valid() else page.answer()


def _order(request: ClientRequest, cart: Cart, page: CheckoutPage, key: str) -> HttpResponse:
    try:
        order = _placed(request, cart, page, key)
    except PermissionDenied:
        raise
    except PriceChangedError:
        return _judged_again(request, cart).answer(
            asks_again=_("Prices have changed since you opened this page. Nothing was ordered.")
        )
    except BusinessError as error:
        cart.refresh_from_db()
        if cart.status != CartStatus.OPEN and (answer := ordered_page(request, cart_id=cart.pk)):
            return answer
        page = _judged_again(request, cart)
        if error.field in page.details.fields:
            add_business_error(page.details, error)
            return page.answer()
        return page.answer(error=str(error))
    request.session.pop(CHOSEN_GATEWAY_KEY, None)
    messages.success(
        request, _("Thank you! We've received your order %(no)s.") % {"no": order.number}
    )
    return _after(request, order)


def _judged_again(request: HttpRequest, cart: Cart) -> CheckoutPage:
    """The page with what was sent, as prices are now."""
    page = CheckoutPage(request, cart, sent=request.POST)
    page.is_valid()
    return page


def _placed(request: ClientRequest, cart: Cart, page: CheckoutPage, key: str) -> Order:
    typed = request.POST.get("shown_total", "")
    fits = typed.isascii() and typed.isdecimal() and len(typed) < 16
    client, buyer = request.acting.client, page.buyer()
    throttles.count_attempt(
        [throttles.ThrottleLimit(f"orders:{client.pk}", MAX_ORDERS_PER_HOUR, 3600)]
    )
    if (
        buyer.tax_id != client.tax_id
    ):  # each number that is typed is asked about, and that takes up to 10 seconds
        throttles.count_attempt([throttles.ThrottleLimit(f"vat:{client.pk}", 10, 3600)])
    vat_refresh = refresh_vat_check(client=buyer, ctx=member_context(request))
    return place_cart(
        vat_refresh=vat_refresh,
        cart=cart,
        placed_by=request.user,
        quote=page.quote,
        shown_total=int(typed) if fits else -1,
        shown_fingerprint=request.POST.get("shown_items", ""),
        idempotency_key=key,
        details=page.checkout_details(),
        terms_accepted=request.POST.get("terms") == "on",
        begin_at_once=request.POST.get("begin_at_once") == "on",
        address=request.META.get("REMOTE_ADDR") or None,
        network_country=request.META.get(COUNTRY_KEY, ""),
        user_agent=request.headers.get("User-Agent", ""),
        ctx=member_context(request),
    )


def _guest_post(request: HttpRequest, cart: Cart) -> HttpResponse:
    """A new account with the billing details; once its email address is proven, one button is left to press."""
    page, asks_again = _followed(request, cart)
    if "update" not in request.POST:
        throttles.count_anonymous_post(request, "register")
    if again := _asked_again(request, page, asks_again):
        return again
    assert page.account is not None
    if page.account.is_by_robot():
        page.account.ask_again()
        return page.answer()
    return _registered(request, page, cart) or page.answer()


def _registered(request: HttpRequest, page: CheckoutPage, cart: Cart) -> HttpResponse | None:
    """The answer to a good form; None when the action refused, which the forms then tell."""
    assert page.account is not None
    account, details = page.account.cleaned_data, page.checkout_details()
    own = dict(details.client)
    first_name, last_name, country, company = (
        own.pop(name) for name in ("first_name", "last_name", "country", "company")
    )
    try:
        if details.registrant is not None:
            carts.set_cart_registrant(
                cart=cart,
                registrant=details.registrant,
                extra_fields=details.extra_fields,
                at=clock.now(),
            )
        user = register_user(
            email=account["email"],
            password=account["password"],
            first_name=first_name,
            last_name=last_name,
            company=company,
            country=country,
            currency_code=page.shopper.currency,
            custom={**page.account.answers(), **details.custom},
            first_order=own,
            terms_version=get_setting("orders.terms_url"),
            locale=effective_language(get_language() or ""),
            ctx=member_context(request),
        )
    except BusinessError as error:
        form = page.details if error.field in page.details.fields else page.account
        add_business_error(form, error)
        return None
    request.session[CHOSEN_GATEWAY_KEY] = request.POST.get("gateway", "")[:50]
    answer = registration.answer_registration(request, user, account["email"], next="/checkout")
    if request.user.is_authenticated and user is not None:
        # Signed in without the proof that an order needs all the same.
        send_verification(user=user)
        login.remember_mail_wait(request, user.email, user_id=user.pk, next="/checkout")
    return answer


def _followed(request: HttpRequest, cart: Cart) -> tuple[CheckoutPage, str]:
    """The page once the cart follows what was chosen on it, and what of that has to be seen before the order."""
    update, asks_again = request.POST.get("update"), ""
    problems, changed = _change_quantities(request, cart)
    if _change_currency(request, cart) or changed:
        asks_again = str(ORDER_CHANGED)
    if request.POST.get("shown_currency", cart.currency_id) != cart.currency_id:
        asks_again = _("The currency has changed. Check the new prices before you order.")
    if update == "confirm" and cart.confirm_currency:
        carts.confirm_cart_currency(cart=cart, at=clock.now())
    if update == "without-code":
        carts.set_cart_promo(cart=cart, code="", at=clock.now())
    if update is None:
        page = CheckoutPage(request, cart, sent=request.POST)
    else:
        page = CheckoutPage(request, cart, typed=request.POST)
    page.qty_problems = problems
    if problems:
        asks_again = _("Check the quantities. Nothing was ordered.")
    return page, asks_again


def _change_quantities(request: HttpRequest, cart: Cart) -> tuple[dict[int, str], bool]:
    """What is wrong with the quantities that were typed, by item, and whether one of them is new."""
    problems, changed = {}, False
    for item in cart.items_in_order():
        typed = request.POST.get(f"qty-{item.pk}")
        if item.product_id is None or typed is None or typed.strip() == str(item.qty):
            continue
        qty = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 0
        try:
            carts.change_cart_quantity(cart=cart, item_id=item.pk, qty=qty, at=clock.now())
            changed = True
        except BusinessError as error:
            problems[item.pk] = str(error)
    return problems, changed


def _change_currency(request: HttpRequest, cart: Cart) -> bool:
    """Let a guest's cart follow the currency and country that they chose; whether the currency is new."""
    buyer, code = shopper(request), request.POST.get("currency", cart.currency_id)
    country = request.POST.get("country", "")
    if buyer.client is not None or code not in [one.code for one in buyer.currencies_on_sale]:
        return False
    before = (cart.currency_id, cart.country)
    country = country if country in COUNTRY_CODES else cart.country
    if (code, country) == before:
        return False
    buyer.choose_currency(code, country)
    cart.refresh_from_db()
    return code != before[0]


def _cart_id(request: HttpRequest) -> int:
    typed = request.POST.get("cart", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0


def _not_as_made(request: HttpRequest) -> str:
    """What is wrong with a form that is not one of ours."""
    names = [name for name in request.POST if name != "shown_total"]
    if len(request.POST.get("key", "")) < 20 or names_a_price(names):
        return _("This form is out of date. Check your order and place it again.")
    return ""


def _after(request: ClientRequest, order: Order) -> HttpResponse:
    """To what is due, by the way that was chosen if it still fits; to the order where nothing is, or others pay."""
    invoice = order.invoice
    if invoice is None or not is_order_due(request, order):
        return see_other("portal:order", order.pk)
    chosen = request.POST.get("gateway", "")
    gateways = registry.offered_gateways(invoice.currency_id, invoice.amount_due)
    if any(gateway.slug == chosen for gateway in gateways):
        return see_other("portal:pay_by", invoice.pk, chosen)
    return see_other("portal:pay", invoice.pk)
