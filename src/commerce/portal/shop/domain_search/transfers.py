"""`/domains/transfer`: a name that its holder has elsewhere goes into the cart, with its code now or later."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from commerce.catalog.rules import OrderItemAction
from commerce.domains.availability import (
    GLANCE_SECONDS,
    NameAnswer,
    NameState,
    check_names,
    seconds_to_wait,
)
from commerce.domains.rdap.transfer_facts import TransferFacts, transfer_facts
from commerce.domains.rules import is_domain_name
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.orders.actions import carts
from commerce.orders.models import CartItem
from commerce.orders.name_checks import check_name
from commerce.portal.base import restored_forms
from commerce.portal.base.access import open_page
from commerce.portal.base.form_fields import LineField, PlainTextField, add_business_error
from commerce.portal.base.redirects import see_other
from commerce.portal.shop.domain_search.rows import domain_rows, tax_context
from commerce.portal.shop.domain_search.search import while_shown
from commerce.portal.shop.domain_search.throttling import asked_by, count_addition, count_search
from commerce.portal.shop.shopper import Shopper, shopper
from commerce.portal.shop.storefront import visitor_context
from commerce.portal.shop.tampering import TamperProofForm
from commerce.presentation.idn import readable_name, stored_name
from commerce.site_settings.current import business_date

MAX_TRIES = 10
"""So often a cart asks for what a registry shows, while others wait for theirs."""


class TransferForm(TamperProofForm):
    """The name, and the code of its present registrar if it is at hand."""

    restored_fields: ClassVar[tuple[str, ...]] = ("domain",)

    domain = LineField(
        label=_lazy("Domain name"),
        max_length=253,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "inputmode": "url", "placeholder": "example.com"}
        ),
    )
    auth_code = PlainTextField(
        label=_lazy("Authorization code"),
        max_length=255,
        required=False,
        help_text=_lazy("Get it from your current registrar. You can also enter it later."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def clean_domain(self) -> str:
        """The name as it is stored."""
        return stored_name(self.cleaned_data["domain"])


@sensitive_post_parameters("auth_code")
@require_http_methods(["GET", "HEAD", "POST"])
@while_shown
@open_page("orders.place")
@restored_forms.restores(TransferForm)
def domain_transfer(request: HttpRequest) -> HttpResponse:
    """The form; with a name in the address what its transfer costs."""
    buyer = shopper(request)
    if request.method == "POST":
        form = TransferForm(request.POST)
        if not buyer.blocked_reason and form.is_valid() and _added(request, buyer, form):
            return see_other("portal:cart")
        return _page(request, buyer, form, status=422)
    name = stored_name(request.GET.get("domain", "").strip())
    form = TransferForm(initial={"domain": readable_name(name)})
    form = restored_forms.restore_form(form, request)
    answer, facts = None, None
    if is_domain_name(name):
        count_search(request)
        with seconds_to_wait() as seconds:
            may_ask = asked_by(request)
            answer = check_names([name], buyer.currency, seconds=seconds, may_ask=may_ask)[name]
            if answer.state in (NameState.TAKEN, NameState.UNKNOWN) and seconds > GLANCE_SECONDS:
                facts = transfer_facts(name, business_date(clock.now()))
    return _page(request, buyer, form, answer=answer, facts=facts)


@require_safe
@while_shown
def domain_transfer_facts(request: HttpRequest) -> HttpResponse:
    """`/domains/transfer/facts?domain=`: what is in the way of a transfer in the visitor's cart, and of no other."""
    cart = shopper(request).cart()
    items = cart.items.filter(action=OrderItemAction.TRANSFER) if cart else CartItem.objects.none()
    item = get_object_or_404(items, domain=request.GET.get("domain", ""))
    facts, tries = None, 1 + len(request.GET.get("tries", ""))
    with seconds_to_wait() as seconds:
        has_turn = seconds > GLANCE_SECONDS
        if has_turn:
            count_addition(request)
            facts = transfer_facts(item.domain, business_date(clock.now()))
    context = {"facts": facts, "line": item, "tries": "" if has_turn else "x" * tries}
    if tries > MAX_TRIES:
        context["tries"] = ""
    return render(request, "portal/shop/domain_search/partials/transfer_notes.html", context)


def _added(request: HttpRequest, buyer: Shopper, form: TransferForm) -> bool:
    count_addition(request)
    name = form.cleaned_data["domain"]
    try:
        check_name(name, OrderItemAction.TRANSFER, buyer.currency)
        carts.add_domain_to_cart(
            cart=buyer.open_cart(),
            action=OrderItemAction.TRANSFER,
            domain=name,
            auth_code=form.cleaned_data["auth_code"],
            at=clock.now(),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return False
    name = readable_name(name)
    messages.success(request, _("%(name)s was added to your cart.") % {"name": name})
    return True


def _page(
    request: HttpRequest,
    buyer: Shopper,
    form: TransferForm,
    *,
    answer: NameAnswer | None = None,
    facts: TransferFacts | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "blocked_reason": buyer.blocked_reason,
        "facts": facts,
        "row": domain_rows(buyer, [answer])[0] if answer else None,
    }
    context |= visitor_context(request, buyer) | tax_context(buyer)
    return render(request, "portal/shop/domain_search/transfer.html", context, status=status)
