"""`/checkout`: who, details, review, and one POST that places the order (catalog-and-orders.md 7)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts import actions as accounts
from commerce.billing.models import CreditAccount
from commerce.billing.rules import OPEN
from commerce.billing.tax import refresh_vat
from commerce.kit import clock
from commerce.kit.errors import NotAllowed, Refused
from commerce.kit.transport import COUNTRY
from commerce.orders.actions import PriceChanged, carts, place_cart
from commerce.orders.models import Cart, Order
from commerce.orders.quoting import OrderQuote
from commerce.orders.wishes import mark_of
from commerce.payments import gateways
from commerce.portal import kept, refusals
from commerce.portal.access import ClientRequest, actor_of, client_page, sign_in_first
from commerce.portal.answers import see_other
from commerce.portal.checkout_forms import (
    DetailsForm,
    GatewayForm,
    RegistrantForm,
    lacks_holder,
)
from commerce.portal.priceless import names_a_price
from commerce.portal.shopping import shopper
from commerce.preferences.current import get

DETAILS_PATH, REGISTRANT_PATH = "/checkout/details", "/checkout/registrant"


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponseBase:
    """`/checkout`: a guest signs in or registers first, and finds his cart again."""
    if request.user.is_authenticated:
        return _checkout(request)
    if kept.has_ended(request):
        return sign_in_first(request)
    cart = shopper(request).cart()
    if cart is None or not cart.items.exists():
        return see_other("portal:cart")
    if request.method == "POST":
        return see_other("portal:checkout")
    return render(request, "portal/checkout_who.html", {"cart": cart})


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
    details: DetailsForm | None = None,
    registrant: RegistrantForm | None = None,
    error: str = "",
) -> HttpResponse:
    """The review; ``details`` and ``registrant`` are forms that were not good, ``error`` is why nothing was ordered."""
    client, edits = request.acting.client, _edits(request)
    names = list(cart.items.exclude(action="product").order_by("position"))
    quote = carts.quote_cart(cart, at=clock.now())
    lacks, known = lacks_holder(names), DetailsForm(client)
    context: dict[str, Any] = {
        "cart": cart,
        "currency": cart.currency_id,
        "quote": quote,
        "client": client,
        "details": details or _typed_before(request) or known,
        "edits_details": bool(details) or known.lacks_something or edits == "details",
        "said": known.said,
        "may_edit": request.acting.may_change("profile.manage"),
        "may_order": request.acting.may_change("orders.place"),
        "names": names,
        "holder": names[0].registrant if names else {},
        "registrant": registrant
        or kept.fill(RegistrantForm(client=client, names=names), request, REGISTRANT_PATH),
        "edits_registrant": bool(registrant) or lacks or (bool(names) and edits == "holder"),
        "gateways": _gateways(request, cart, quote),
        "terms_url": get("orders.terms_url"),
        "key": get_random_string(40),
        "shown_items": mark_of([entry.wish for entry in quote.entries]),
        "error": error,
        "verified": request.user.email_verified_at is not None,
        "waits_for": _waits_for(request, cart, quote, known, lacks=lacks),
    }
    status = 422 if error or details or registrant else 200
    return render(request, "portal/checkout.html", context, status=status)


def _edits(request: ClientRequest) -> str:
    """Which form shall be open: one that was asked for, or was sent after the session had ended."""
    known = {DETAILS_PATH: "details", REGISTRANT_PATH: "holder"}
    return known.get(kept.path_of(request), request.GET.get("edit", ""))


def _typed_before(request: ClientRequest) -> DetailsForm | None:
    """The billing details as they were sent after the session had ended, if they were."""
    if kept.path_of(request) != DETAILS_PATH:
        return None
    return kept.fill(DetailsForm(request.acting.client), request, DETAILS_PATH)


def _gateways(request: ClientRequest, cart: Cart, quote: OrderQuote) -> GatewayForm | None:
    """The ways to pay what credit will not; none where nothing is left, or somebody else pays."""
    due = quote.sums.total
    if due and get("billing.auto_apply_credit"):
        account = CreditAccount.objects.for_client(request.acting.client)
        balance = account.filter(currency_id=cart.currency_id).values_list("balance", flat=True)
        due -= balance.first() or 0
    ways = gateways.offered(cart.currency_id, due) if due > 0 else []
    if not ways or not request.acting.may("invoices.pay"):
        return None
    return GatewayForm(ways, request.POST.get("gateway", ""))


def _waits_for(
    request: ClientRequest, cart: Cart, quote: OrderQuote, known: DetailsForm, *, lacks: bool
) -> str:
    """Why the order cannot be placed yet, said in place of the button; empty once it can."""
    waits = (
        (shopper(request).hindrance, True),
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
    if known := Order.objects.for_client(request.acting.client).filter(key=key).first():
        return _after(request, known)
    if cart is None or not cart.items.exists():
        return see_other("portal:cart")
    if error := _incomplete(request, cart):
        return _page(request, cart, error=error)
    try:
        order = _place(request, cart, key)
    except NotAllowed:
        raise
    except Refused as refused:
        return _not_placed(request, cart, refused)
    messages.success(request, _("Thank you. We have your order %(no)s.") % {"no": order.number})
    return _after(request, order)


def _not_placed(request: ClientRequest, cart: Cart, refused: Refused) -> HttpResponse:
    """The review again as it is now, with why; another sending may have ordered the cart meanwhile."""
    cart.refresh_from_db()
    if cart.status != Cart.Status.OPEN:
        messages.info(request, str(refused))
        return see_other("portal:cart")
    text = str(refused)
    if isinstance(refused, PriceChanged):
        text = _("The price has changed since you saw it. Look at it again; nothing was ordered.")
    return _page(request, cart, error=text)


def _place(request: ClientRequest, cart: Cart, key: str) -> Order:
    typed = request.POST.get("shown_total", "")
    fits = typed.isascii() and typed.isdecimal() and len(typed) < 16
    refresh_vat(client=request.acting.client, at=clock.now(), actor=actor_of(request))
    return place_cart(
        cart=cart,
        placed_by=request.user,
        shown_total=int(typed) if fits else -1,
        shown_items=request.POST.get("shown_items", ""),
        key=key,
        terms_accepted=request.POST.get("terms") == "on",
        address=request.META.get("REMOTE_ADDR") or None,
        network_country=request.META.get(COUNTRY, ""),
        user_agent=request.headers.get("User-Agent", ""),
        at=clock.now(),
        actor=actor_of(request),
    )


def _incomplete(request: ClientRequest, cart: Cart) -> str:
    """What of the form, or before it, is missing."""
    if len(request.POST.get("key", "")) < 20 or names_a_price(request.POST, but="shown_total"):
        return _("This form is not as we made it. Look at it again, and send it once more.")
    if request.POST.get("shown_currency") != cart.currency_id:
        return _("The currency has changed since you saw it. Look at the prices again.")
    if DetailsForm(request.acting.client).lacks_something:
        return _("Save your billing details first.")
    if lacks_holder(list(cart.items.exclude(action="product"))):
        return _("Save the holder of the domain names first.")
    if get("orders.terms_url") and request.POST.get("terms") != "on":
        return _("Please accept the terms.")
    return ""


def _after(request: ClientRequest, order: Order) -> HttpResponse:
    """To what is due, by the way that was chosen if it still fits; to the order where nothing is, or others pay."""
    invoice = order.invoice
    may_pay = request.acting.may("invoices.pay")
    if invoice is None or invoice.status not in OPEN or not may_pay:
        return see_other("portal:order", order.pk)
    chosen = request.POST.get("gateway", "")
    ways = gateways.offered(invoice.currency_id, invoice.amount_due)
    if any(way.slug == chosen for way in ways):
        return see_other("portal:pay_by", invoice.pk, chosen)
    return see_other("portal:pay", invoice.pk)


@require_POST
@client_page("profile.manage")
def details(request: ClientRequest) -> HttpResponse:
    """`/checkout/details`: billing address, tax number and custom fields for orders, kept in the profile."""
    form = DetailsForm(request.acting.client, request.POST)
    if form.is_valid():
        try:
            accounts.change_client(
                client=request.acting.client,
                at=clock.now(),
                actor=actor_of(request),
                custom=form.answers(),
                **form.own(),
            )
            return see_other("portal:checkout")
        except Refused as refused:
            refusals.show(form, refused)
    cart = shopper(request).cart()
    if cart is None or not request.acting.may("orders.place"):
        return see_other("portal:cart")
    return _page(request, cart, details=form)


@require_POST
@client_page("orders.place")
def registrant(request: ClientRequest) -> HttpResponse:
    """`/checkout/registrant`: who shall hold the names in the cart, and what their registries ask for."""
    cart = shopper(request).cart()
    if cart is None:
        return see_other("portal:cart")
    names = list(cart.items.exclude(action="product").order_by("position"))
    form = RegistrantForm(request.POST, client=request.acting.client, names=names)
    if form.is_valid():
        try:
            carts.set_registrant(
                cart=cart, registrant=form.holder(), extra_fields=form.extra(), at=clock.now()
            )
            return see_other("portal:checkout")
        except Refused as refused:
            refusals.show(form, refused)
    return _page(request, cart, registrant=form)
