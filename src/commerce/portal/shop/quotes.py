"""`/quote/{signed}`: what staff offer, read by whoever has the link, and accepted by a member (portal.md 2)."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from commerce.kit import clock
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.orders.models import Cart, SalesQuote
from commerce.orders.rules import QuoteStatus
from commerce.orders.sales_quotes.actions.accepting import accept_blocked_reason
from commerce.orders.sales_quotes.actions.carts import cart_of_quote
from commerce.orders.sales_quotes.emails import send_quote_not_honored_email
from commerce.orders.sales_quotes.links import quote_of_link, quote_path
from commerce.orders.sales_quotes.pdf import quote_file_name, quote_pdf
from commerce.orders.sales_quotes.pricing import price_quote
from commerce.portal.base import errors, restored_forms, throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.redirects import see_other
from commerce.portal.shop.checkout import post_checkout, show_checkout
from commerce.portal.shop.checkout_forms import BillingDetailsForm, RegistrantForm
from commerce.portal.shop.shopper import CHOSEN_COUNTRY_KEY, CHOSEN_CURRENCY_KEY, shopper
from commerce.site_settings.current import business_date, get_setting


def _gone(request: HttpRequest) -> HttpResponse:
    text = _("This quote was already accepted or withdrawn, or it expired. Ask us for a new one.")
    return errors.gone(request, text)


def _found(request: HttpRequest, signed: str) -> SalesQuote | None:
    """The quote of a link, as long as it says something: sent and valid, or accepted."""
    throttles.count_anonymous_guess(request, "quote-link")
    found = quote_of_link(signed)
    if found and found.status == QuoteStatus.SENT:
        return found if found.valid_until >= business_date(clock.now()) else None
    return found


def _own_order(request: HttpRequest, found: SalesQuote) -> HttpResponse | None:
    """To the order that it became, for those whose order it is."""
    buyer = shopper(request).client
    if found.order is None or buyer is None or found.order.client_id != buyer.pk:
        return None
    return see_other("portal:order", found.order.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def quote(request: HttpRequest, signed: str) -> HttpResponseBase:
    """What is offered, until when, and the button that accepts it. Used, old and false links: 410."""
    found = _found(request, signed)
    if found is None:
        return _gone(request)
    if found.status == QuoteStatus.ACCEPTED:
        return _own_order(request, found) or _gone(request)
    if request.method != "POST":
        return _page(request, found)
    if not request.user.is_authenticated:
        return _to_sign_in(request, found)
    return _accept(request, found)


def _to_sign_in(request: HttpRequest, found: SalesQuote) -> HttpResponse:
    """Whom it is for has an account, or opens one, in its currency; then they come back."""
    back = urlencode({"next": quote_path(found)})
    if found.client is not None or not get_setting("portal.registration"):
        return redirect(f"/client/login?{back}")
    request.session[CHOSEN_CURRENCY_KEY] = found.currency_id
    request.session[CHOSEN_COUNTRY_KEY] = found.country
    return redirect(f"/register?{back}")


@client_page("orders.place", spends=True)
def _accept(request: ClientRequest, found: SalesQuote) -> HttpResponse:
    if reason := shopper(request).blocked_reason:
        return _page(request, found, refused=reason)
    ctx = member_context(request)
    try:
        cart_of_quote(quote=found, client=request.acting.client, ctx=ctx)
    except PermissionDenied:
        raise
    except BusinessError as error:
        if accept_blocked_reason(found, request.acting.client, ctx) is None:
            send_quote_not_honored_email(quote=found, reason=str(error), at=ctx.at)
            return _page(request, found, refused=_cannot_be_ordered(error))
        return _page(request, found, refused=str(error))
    return see_other("portal:quote_checkout", quote_path(found).rpartition("/")[2])


def _cannot_be_ordered(error: BusinessError) -> str:
    text = _("%(problem)s We've been told, and will send you a new quote.")
    return text % {"problem": error}


def _page(request: HttpRequest, found: SalesQuote, *, refused: str = "") -> HttpResponse:
    buyer = shopper(request).client
    ctx = member_context(request)
    reason = refused
    if not reason and buyer is not None:
        reason = str(accept_blocked_reason(found, buyer, ctx) or "")
    context = {
        "offer": found,
        "quote": price_quote(found),
        "currency": found.currency_id,
        "signed": quote_path(found).rpartition("/")[2],
        "refused": reason,
        "login_url": f"/client/login?{urlencode({'next': quote_path(found)})}",
        "must_sign_in": not request.user.is_authenticated,
        "is_new": found.client is None and get_setting("portal.registration"),
    }
    return render(request, "portal/shop/quote.html", context, status=409 if refused else 200)


@require_safe
def quote_document(request: HttpRequest, signed: str) -> HttpResponse:
    """The same as a PDF."""
    found = _found(request, signed)
    if found is None or found.status != QuoteStatus.SENT:
        return _gone(request)
    return HttpResponse(
        quote_pdf(found),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{quote_file_name(found)}"',
            "Cache-Control": "private, no-store",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@restored_forms.restores(BillingDetailsForm, RegistrantForm, names=("gateway",))
@client_page("orders.place", spends=True)
def quote_checkout(request: ClientRequest, signed: str) -> HttpResponse:
    """`/quote/{signed}/checkout`: the checkout of what is offered, at the prices of the quote."""
    found = _found(request, signed)
    if found is None:
        return _gone(request)
    mine = Cart.objects.for_client(request.acting.client).of_quote(found)
    cart = mine.select_related("quote").first()
    if cart is not None:
        cart.client = request.acting.client
        shopper(request).use_cart(cart)
    if request.method == "POST":
        return post_checkout(request, cart)
    if cart is None:
        return _own_order(request, found) or see_other("portal:quote", signed)
    return show_checkout(request, cart)
