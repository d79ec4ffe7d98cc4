"""`/checkout`: who, details, review, and one POST that places the order (catalog-and-orders.md 7)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts.actions.clients import change_client
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.tax.actions import refresh_vat_check
from commerce.catalog.rules import OrderItemAction
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.kit.proxy_headers import COUNTRY_KEY
from commerce.orders.actions import carts
from commerce.orders.actions.placing import PriceChangedError, place_cart
from commerce.orders.cart_lines import cart_fingerprint
from commerce.orders.models import Cart, Order
from commerce.orders.quote import OrderQuote
from commerce.orders.rules import CartStatus
from commerce.payments.gateways import registry
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, actor_of, client_page, redirect_to_sign_in
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.redirects import see_other
from commerce.portal.shop.checkout_forms import (
    BillingDetailsForm,
    GatewayForm,
    RegistrantForm,
    lacks_registrant,
)
from commerce.portal.shop.shopper import shopper
from commerce.portal.shop.tampering import names_a_price
from commerce.site_settings.current import get_setting

DETAILS_PATH, REGISTRANT_PATH = "/checkout/details", "/checkout/registrant"


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponseBase:
    """`/checkout`: a guest signs in or registers first, and finds the cart again."""
    if request.user.is_authenticated:
        return _checkout(request)
    if restored_forms.session_has_just_ended(request):
        return redirect_to_sign_in(request)
    cart = shopper(request).cart()
    if cart is None or not cart.items.exists():
        return see_other("portal:cart")
    if request.method == "POST":
        return see_other("portal:checkout")
    return render(request, "portal/shop/checkout_sign_in.html", {"cart": cart})


@client_page("orders.place")
def _checkout(request: ClientRequest) -> HttpResponse:
    cart = shopper(request).cart()
    if request.method == "POST":
        return _placed(request, cart)
    if cart is None or not cart.items.exists():
        return see_other("portal:cart")
    return _page(request, cart)


def _page(
    request: ClientRequest,
    cart: Cart,
    *,
    details: BillingDetailsForm | None = None,
    registrant: RegistrantForm | None = None,
    error: str = "",
) -> HttpResponse:
    """The review; ``details`` and ``registrant`` are forms that were not good, ``error`` is why nothing was ordered."""
    client, edits = request.acting.client, _edits(request)
    names = list(cart.items.exclude(action=OrderItemAction.PRODUCT).order_by("position"))
    quote = carts.quote_cart(cart, at=clock.now())
    lacks, known = lacks_registrant(names), BillingDetailsForm(client)
    context: dict[str, Any] = {
        "cart": cart,
        "currency": cart.currency_id,
        "quote": quote,
        "client": client,
        "details": details or _typed_before(request) or known,
        "edits_details": bool(details) or known.lacks_something or edits == "details",
        "custom_values": known.filled_in,
        "may_edit": request.acting.may_change("profile.manage"),
        "may_order": request.acting.may_change("orders.place"),
        "names": names,
        "holder": names[0].registrant if names else {},
        "registrant": registrant
        or restored_forms.restore_form(
            RegistrantForm(client=client, names=names), request, REGISTRANT_PATH
        ),
        "edits_registrant": bool(registrant) or lacks or (bool(names) and edits == "holder"),
        "gateways": _gateways(request, cart, quote),
        "terms_url": get_setting("orders.terms_url"),
        "key": get_random_string(40),
        "shown_items": cart_fingerprint([entry.cart_line for entry in quote.entries]),
        "error": error,
        "verified": request.user.email_verified_at is not None,
        "waits_for": _waits_for(request, cart, quote, known, lacks=lacks),
    }
    status = 422 if error or details or registrant else 200
    return render(request, "portal/shop/checkout.html", context, status=status)


def _edits(request: ClientRequest) -> str:
    """Which form shall be open: one that was asked for, or was sent after the session had ended."""
    known = {DETAILS_PATH: "details", REGISTRANT_PATH: "holder"}
    return known.get(restored_forms.restored_form_path(request), request.GET.get("edit", ""))


def _typed_before(request: ClientRequest) -> BillingDetailsForm | None:
    """The billing details as they were sent after the session had ended, if they were."""
    if restored_forms.restored_form_path(request) != DETAILS_PATH:
        return None
    return restored_forms.restore_form(
        BillingDetailsForm(request.acting.client), request, DETAILS_PATH
    )


def _gateways(request: ClientRequest, cart: Cart, quote: OrderQuote) -> GatewayForm | None:
    """The ways to pay what credit will not; none where nothing is left, or somebody else pays."""
    due = quote.sums.total
    if due and get_setting("billing.auto_apply_credit"):
        due -= credit_balance(request.acting.client.pk, cart.currency_id)
    gateways = registry.offered_gateways(cart.currency_id, due) if due > 0 else []
    if not gateways or not request.acting.may("invoices.pay"):
        return None
    return GatewayForm(gateways, request.POST.get("gateway", ""))


def _waits_for(
    request: ClientRequest, cart: Cart, quote: OrderQuote, known: BillingDetailsForm, *, lacks: bool
) -> str:
    """Why the order cannot be placed yet, said in place of the button; empty once it can."""
    waits = (
        (shopper(request).blocked_reason, True),
        (_("Confirm your e-mail address first."), request.user.email_verified_at is None),
        (_("Save your billing details first."), known.lacks_something),
        (_("Save the holder of the domain names first."), lacks),
        (_("Confirm the new prices first."), cart.confirm_currency),
        (_("Remove from the cart what cannot be ordered."), bool(quote.problem)),
        (_("Take the promo code out first."), bool(quote.promo_problem)),
    )
    return next((text for text, counts in waits if text and counts), "")


def _placed(request: ClientRequest, cart: Cart | None) -> HttpResponse:
    """The one POST; sent twice it gives the same order."""
    key = request.POST.get("key", "")[:64]
    if known := Order.objects.for_client(request.acting.client).filter(idempotency_key=key).first():
        return _after(request, known)
    if cart is None or not cart.items.exists():
        return see_other("portal:cart")
    if reason := _incomplete(request, cart):
        return _page(request, cart, error=reason)
    try:
        order = _place(request, cart, key)
    except PermissionDenied:
        raise
    except BusinessError as error:
        return _not_placed(request, cart, error)
    messages.success(request, _("Thank you. We have your order %(no)s.") % {"no": order.number})
    return _after(request, order)


def _not_placed(request: ClientRequest, cart: Cart, error: BusinessError) -> HttpResponse:
    """The review again as it is now, with why; another sending may have ordered the cart meanwhile."""
    cart.refresh_from_db()
    if cart.status != CartStatus.OPEN:
        messages.info(request, str(error))
        return see_other("portal:cart")
    text = str(error)
    if isinstance(error, PriceChangedError):
        text = _("The price has changed since you saw it. Look at it again; nothing was ordered.")
    return _page(request, cart, error=text)


def _place(request: ClientRequest, cart: Cart, key: str) -> Order:
    typed = request.POST.get("shown_total", "")
    fits = typed.isascii() and typed.isdecimal() and len(typed) < 16
    refresh_vat_check(client=request.acting.client, ctx=Context(clock.now(), actor_of(request)))
    return place_cart(
        cart=cart,
        placed_by=request.user,
        shown_total=int(typed) if fits else -1,
        shown_fingerprint=request.POST.get("shown_items", ""),
        idempotency_key=key,
        terms_accepted=request.POST.get("terms") == "on",
        address=request.META.get("REMOTE_ADDR") or None,
        network_country=request.META.get(COUNTRY_KEY, ""),
        user_agent=request.headers.get("User-Agent", ""),
        ctx=Context(clock.now(), actor_of(request)),
    )


def _incomplete(request: ClientRequest, cart: Cart) -> str:
    """What of the form, or before it, is missing."""
    if len(request.POST.get("key", "")) < 20 or names_a_price(request.POST, allowed="shown_total"):
        return _("This form is not as we made it. Look at it again, and send it once more.")
    if request.POST.get("shown_currency") != cart.currency_id:
        return _("The currency has changed since you saw it. Look at the prices again.")
    if BillingDetailsForm(request.acting.client).lacks_something:
        return _("Save your billing details first.")
    if lacks_registrant(list(cart.items.exclude(action=OrderItemAction.PRODUCT))):
        return _("Save the holder of the domain names first.")
    if get_setting("orders.terms_url") and request.POST.get("terms") != "on":
        return _("Please accept the terms.")
    return ""


def _after(request: ClientRequest, order: Order) -> HttpResponse:
    """To what is due, by the way that was chosen if it still fits; to the order where nothing is, or others pay."""
    invoice = order.invoice
    may_pay = request.acting.may("invoices.pay")
    if invoice is None or invoice.status not in OPEN_INVOICE_STATUSES or not may_pay:
        return see_other("portal:order", order.pk)
    chosen = request.POST.get("gateway", "")
    gateways = registry.offered_gateways(invoice.currency_id, invoice.amount_due)
    if any(gateway.slug == chosen for gateway in gateways):
        return see_other("portal:pay_by", invoice.pk, chosen)
    return see_other("portal:pay", invoice.pk)


@require_POST
@client_page("profile.manage")
@restored_forms.restores(BillingDetailsForm)
def checkout_details(request: ClientRequest) -> HttpResponse:
    """`/checkout/details`: billing address, tax number and custom fields for orders, kept in the profile."""
    form = BillingDetailsForm(request.acting.client, request.POST)
    if form.is_valid():
        try:
            change_client(
                client=request.acting.client,
                ctx=Context(clock.now(), actor_of(request)),
                custom=form.answers(),
                **form.own_values(),
            )
            return see_other("portal:checkout")
        except BusinessError as error:
            add_business_error(form, error)
    cart = shopper(request).cart()
    if cart is None or not request.acting.may("orders.place"):
        return see_other("portal:cart")
    return _page(request, cart, details=form)


@require_POST
@client_page("orders.place")
@restored_forms.restores(RegistrantForm)
def checkout_registrant(request: ClientRequest) -> HttpResponse:
    """`/checkout/registrant`: who shall hold the names in the cart, and what their registries ask for."""
    cart = shopper(request).cart()
    if cart is None:
        return see_other("portal:cart")
    names = list(cart.items.exclude(action=OrderItemAction.PRODUCT).order_by("position"))
    form = RegistrantForm(request.POST, client=request.acting.client, names=names)
    if form.is_valid():
        try:
            carts.set_cart_registrant(
                cart=cart,
                registrant=form.registrant_values(),
                extra_fields=form.extra_field_values(),
                at=clock.now(),
            )
            return see_other("portal:checkout")
        except BusinessError as error:
            add_business_error(form, error)
    return _page(request, cart, registrant=form)
