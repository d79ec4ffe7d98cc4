"""`/cart/items/{id}/edit`: another cycle, other options, quantity or domain of an item, which keeps its place."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.orders.actions import carts
from commerce.orders.models import Cart, CartItem
from commerce.portal.base import restored_forms
from commerce.portal.base.access import open_page
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.redirects import see_other
from commerce.portal.shop.product_choice import choice_of_item, estimated_quote, product_form
from commerce.portal.shop.product_form import ProductForm
from commerce.portal.shop.shopper import shopper
from commerce.portal.shop.storefront import store_products


@require_http_methods(["GET", "HEAD", "POST"])
@open_page("orders.place")
@restored_forms.restores(ProductForm)
def cart_item_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The product's form with what was chosen. An item of another cart is none of this one."""
    buyer = shopper(request)
    cart = buyer.cart()
    rows = cart.items.select_related("product__group") if cart else CartItem.objects.none()
    item = rows.filter(pk=pk, product__isnull=False).first()
    if cart is None or item is None or item.product is None:
        return see_other("portal:cart")
    (shown,) = store_products([item.product], buyer, buyer.price_display())
    if not shown.prices:
        messages.error(
            request,
            _("%(name)s is no longer sold, so it can't be edited.") % {"name": item.product},
        )
        return see_other("portal:cart")
    saves = request.method == "POST" and "update" not in request.POST
    typed = request.POST if request.method == "POST" else restored_forms.restored_input(request)
    form = product_form(
        buyer,
        shown,
        sent=request.POST if saves else None,
        typed=typed or choice_of_item(item),
        sells_names=False,
    )
    if saves and form.is_valid() and _saved(cart, item, form):
        messages.success(request, _("Your cart was updated."))
        return see_other("portal:cart")
    context = {
        "product": item.product,
        "cart_item": item,
        "form": form,
        "currency": buyer.currency,
        "tax_note": shown.tax_note,
        "estimate": estimated_quote(buyer, item.product, form),
    }
    if "update" in request.POST and request.htmx:  # type: ignore[attr-defined]
        return render(request, "portal/shop/partials/estimate.html", context | {"swap": True})
    return render(request, "portal/shop/cart_item.html", context, status=422 if saves else 200)


def _saved(cart: Cart, item: CartItem, form: ProductForm) -> bool:
    typed = form.cleaned_data
    try:
        carts.change_cart_product(
            cart=cart,
            item_id=item.pk,
            billing_cycle=typed["billing_cycle"],
            options=form.picked(),
            qty=typed["qty"],
            domain=typed["domain"],
            at=clock.now(),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return False
    return True
