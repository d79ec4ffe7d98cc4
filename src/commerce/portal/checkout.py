"""`/checkout`: who, details, review, and one POST that places the order (catalog-and-orders.md 7)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts import actions as accounts
from commerce.billing.models import Invoice
from commerce.billing.tax import refresh_vat
from commerce.kit import clock
from commerce.kit.errors import NotAllowed, Refused
from commerce.orders.actions import PriceChanged, carts, place_cart
from commerce.orders.models import Cart, Order
from commerce.portal import refusals
from commerce.portal.access import ClientRequest, actor_of, client_page
from commerce.portal.answers import see_other
from commerce.portal.profile import ProfileForm
from commerce.portal.shopping import shopper
from commerce.portal.signing_forms import Line
from commerce.preferences.current import get

DETAILS = (
    "first_name last_name company address1 address2 postcode city state country tax_id".split()
)
NEEDED = "address1 postcode city".split()
"""Without these an invoice is no proper one."""


class DetailsForm(ProfileForm):
    """Billing address and tax number, as the invoice will show them; the rest of the profile stays as it is."""

    field_order = DETAILS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - set(DETAILS):
            del self.fields[name]
        for name in NEEDED:
            self.fields[name].required = True


class RegistrantForm(forms.Form):
    """The holder of the names in the cart (domains.md 3)."""

    prefix = "registrant"
    use_required_attribute = False

    first_name = Line(label=later("First name"), max_length=100)
    last_name = Line(label=later("Last name"), max_length=100)
    company = Line(label=later("Company"), max_length=200, required=False)
    email = forms.EmailField(label=later("E-mail"), max_length=254)
    phone = Line(
        label=later("Phone"), max_length=30, help_text=later("With its country, such as +49.301234")
    )
    address1 = Line(label=later("Address"), max_length=200)
    address2 = Line(label=later("Address, second line"), max_length=200, required=False)
    postcode = Line(label=later("Postcode"), max_length=20)
    city = Line(label=later("City"), max_length=100)
    state = Line(label=later("State or region"), max_length=100, required=False)
    country = forms.CharField(label=later("Country code"), min_length=2, max_length=2)

    def clean_country(self) -> str:
        """Two capital letters."""
        return str(self.cleaned_data["country"]).upper()


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponseBase:
    """`/checkout`: a guest signs in or registers first, and finds his cart again."""
    if not request.user.is_authenticated:
        cart = shopper(request).cart()
        if cart is None or not cart.items.exists():
            return redirect("portal:cart")
        return render(request, "portal/checkout_who.html", {"cart": cart})
    return _checkout(request)


@client_page("orders.place")
def _checkout(request: ClientRequest) -> HttpResponse:
    cart = shopper(request).cart()
    if request.method == "POST":
        return _placed(request, cart)
    if cart is None or not cart.items.exists():
        return see_other("portal:cart")
    return _page(request, cart)


def _lacks_details(request: ClientRequest) -> bool:
    return any(not getattr(request.acting.client, name) for name in NEEDED)


def _page(
    request: ClientRequest,
    cart: Cart,
    *,
    details: DetailsForm | None = None,
    registrant: RegistrantForm | None = None,
    error: str = "",
    key: str = "",
) -> HttpResponse:
    client = request.acting.client
    names = cart.items.exclude(action="product").order_by("position")
    holder = names.values_list("registrant", flat=True).first() if names else None
    context: dict[str, Any] = {
        "cart": cart,
        "quote": carts.quote_cart(cart, at=clock.now()),
        "client": client,
        "details": details or DetailsForm(client),
        "edits_details": bool(details) or _lacks_details(request),
        "may_edit": request.acting.may("profile.manage"),
        "has_names": bool(names),
        "holder": holder,
        "registrant": registrant or RegistrantForm(initial=holder or _holder(request)),
        "edits_registrant": bool(registrant) or (bool(names) and not holder),
        "terms_url": get("orders.terms_url"),
        "key": key or get_random_string(40),
        "error": error,
        "verified": not get("security.require_email_verification")
        or request.user.email_verified_at is not None,
    }
    status = 422 if error or details or registrant else 200
    return render(request, "portal/checkout.html", context, status=status)


def _holder(request: ClientRequest) -> dict[str, str]:
    """The client himself, as a first guess at who shall hold the names."""
    return {name: getattr(request.acting.client, name) for name in RegistrantForm.base_fields}


def _placed(request: ClientRequest, cart: Cart | None) -> HttpResponse:
    """The one POST; sent twice it gives the same order."""
    key = request.POST.get("key", "")[:64]
    if known := Order.objects.for_client(request.acting.client).filter(key=key).first():
        return _after(known)
    if cart is None or not cart.items.exists():
        return see_other("portal:cart")
    if error := _missing(request, cart):
        return _page(request, cart, error=error, key=key)
    typed = request.POST.get("shown_total", "")
    refresh_vat(client=request.acting.client, at=clock.now(), actor=actor_of(request))
    try:
        order = place_cart(
            cart=cart,
            placed_by=request.user,
            shown_total=int(typed) if typed.isascii() and typed.isdecimal() else -1,
            key=key,
            terms_accepted=request.POST.get("terms") == "on",
            address=request.META.get("REMOTE_ADDR") or None,
            user_agent=request.headers.get("User-Agent", ""),
            at=clock.now(),
            actor=actor_of(request),
        )
    except NotAllowed:
        raise
    except PriceChanged:
        text = _("The price has changed since you saw it. Look at it again; nothing was ordered.")
        return _page(request, cart, error=text)
    except Refused as refused:
        cart.refresh_from_db()
        return _page(request, cart, error=str(refused))
    messages.success(request, _("Thank you. We have your order %(no)s.") % {"no": order.number})
    return _after(order)


def _missing(request: ClientRequest, cart: Cart) -> str:
    if len(request.POST.get("key", "")) < 20:
        return _("This form is not complete. Look at it again, and send it once more.")
    if _lacks_details(request):
        return _("Save your billing details first.")
    if cart.items.exclude(action="product").filter(registrant={}).exists():
        return _("Save the holder of the domain names first.")
    if get("orders.terms_url") and request.POST.get("terms") != "on":
        return _("Please accept the terms.")
    return ""


def _after(order: Order) -> HttpResponse:
    invoice = order.invoice
    if invoice is not None and invoice.status in (Invoice.Status.UNPAID, Invoice.Status.OVERDUE):
        return see_other(f"/client/invoices/{invoice.pk}/pay")
    return see_other("portal:order", order.pk)


@require_POST
@client_page("profile.manage")
def details(request: ClientRequest) -> HttpResponse:
    """`/checkout/details`: billing address and tax number, kept in the profile."""
    form = DetailsForm(request.acting.client, request.POST)
    if form.is_valid():
        try:
            accounts.change_client(
                client=request.acting.client,
                at=clock.now(),
                actor=actor_of(request),
                **form.cleaned_data,
            )
            return see_other("portal:checkout")
        except Refused as refused:
            refusals.show(form, refused)
    cart = shopper(request).cart()
    return _page(request, cart, details=form) if cart else see_other("portal:cart")


@require_POST
@client_page("orders.place")
def registrant(request: ClientRequest) -> HttpResponse:
    """`/checkout/registrant`: who shall hold the names in the cart."""
    cart, form = shopper(request).cart(), RegistrantForm(request.POST)
    if cart is None:
        return see_other("portal:cart")
    if form.is_valid():
        try:
            carts.set_registrant(cart=cart, registrant=form.cleaned_data, at=clock.now())
            return see_other("portal:checkout")
        except Refused as refused:
            refusals.show(form, refused)
    return _page(request, cart, registrant=form)
