"""What the page of the checkout asks and shows: its forms, the price for what is typed, and what starts when."""

from copy import copy
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.accounts.rules import normalize_client_value
from commerce.accounts.vat import normalize_tax_id
from commerce.billing.invoices.queries import credit_balance
from commerce.catalog.rules import OrderItemAction
from commerce.kit import clock
from commerce.orders.actions import carts
from commerce.orders.actions.placing import CheckoutDetails
from commerce.orders.cart_lines import ProductCartLine, cart_fingerprint
from commerce.orders.models import Cart
from commerce.orders.quote import OrderQuote
from commerce.orders.sales_quotes.links import quote_path
from commerce.payments.gateways import registry
from commerce.portal.base.sign_in.forms import SignInForm
from commerce.portal.shop.cart import single_unit_products
from commerce.portal.shop.checkout_forms import (
    PRICE_FIELDS,
    AccountForm,
    BeginForm,
    BillingDetailsForm,
    GatewayForm,
    RegistrantForm,
    TermsForm,
)
from commerce.portal.shop.shopper import Shopper, shopper
from commerce.presentation.countries import COUNTRY_CODES
from commerce.site_settings.current import business_date, get_setting
from commerce.support.consumers.queries import is_consumer

CHOSEN_GATEWAY_KEY = "checkout_gateway"
"""Where a guest's session keeps how they want to pay, while they prove their email address."""


class CheckoutPage:
    """The checkout of a cart: ``sent`` is judged, ``typed`` only shown again and priced."""

    def __init__(
        self,
        request: HttpRequest,
        cart: Cart,
        *,
        sent: QueryDict | None = None,
        typed: QueryDict | None = None,
    ) -> None:
        self.request, self.cart, self.typed = request, cart, sent or typed
        self.shopper: Shopper = shopper(request)
        self.qty_problems: dict[int, str] = {}
        self.is_guest = self.shopper.client is None
        self.client = self.shopper.client or Client(country=self.shopper.country())
        acting = self.shopper.acting
        self.may_edit = acting is None or acting.may_change("profile.manage")
        self.account = AccountForm(sent) if self.is_guest else None
        self.details = (
            BillingDetailsForm(self.client, sent, typed=typed)
            if self.may_edit
            else BillingDetailsForm(self.client)
        )
        self.names = [
            item for item in cart.items_in_order() if item.action != OrderItemAction.PRODUCT
        ]
        self.registrant = (
            RegistrantForm(sent, client=self.client, names=self.names, typed=typed)
            if self.names
            else None
        )
        terms_url = get_setting("orders.terms_url")
        self.terms = TermsForm(terms_url, sent) if terms_url else None
        begins = not self.is_guest and is_consumer(self.buyer())
        self.begin = BeginForm(sent) if begins else None
        if self.account is not None and typed is not None:
            self.account.initial["email"] = typed.get("email", "")

    @property
    def forms_sent(self) -> list[Any]:
        """The forms that are judged."""
        details = self.details if self.may_edit else None
        asked = (self.account, details, self.registrant, self.terms, self.begin)
        return [form for form in asked if form is not None]

    def is_valid(self) -> bool:
        """Whether all forms are good; each says what is wrong with it."""
        found = [form.is_valid() for form in self.forms_sent]
        if not all(found):
            return False
        return self.registrant is None or self._registrant_values() is not None

    def _registrant_values(self) -> dict[str, str] | None:
        assert self.registrant is not None
        email = self.account.cleaned_data["email"] if self.account else self.client.email
        return self.registrant.registrant_values({**self.details.contact(), "email": email})

    def checkout_details(self) -> CheckoutDetails:
        """What was typed beside the order, as ``place_cart`` keeps it. The forms are good."""
        values, answers = self.details.changed_values() if self.may_edit else ({}, {})
        if self.registrant and self.may_edit and not self.client.phone:
            # The next order need not ask for it.
            values = {**values, "phone": self.registrant.client_phone}
        return CheckoutDetails(
            client=values,
            custom=answers,
            registrant=self._registrant_values() if self.registrant else None,
            extra_fields=self.registrant.extra_field_values() if self.registrant else {},
        )

    def buyer(self) -> Client:
        """The client as the typed details would make them: the price is theirs."""
        found = copy(self.client)
        for name in PRICE_FIELDS:
            value = normalize_client_value(name, str(self.details[name].value() or ""))
            if value != getattr(found, name) and (name != "country" or value in COUNTRY_CODES):
                setattr(found, name, value)
        if found.tax_id != self.client.tax_id:
            on = business_date(clock.now())
            found.tax_id = normalize_tax_id(found.tax_id, found.country, on) or ""
        return found

    @cached_property
    def quote(self) -> OrderQuote:
        """What the cart costs this buyer now."""
        return carts.quote_cart(self.cart, at=clock.now(), buyer=self.buyer())

    @cached_property
    def credit(self) -> int:
        """What of the total the client's credit balance pays."""
        if self.is_guest or not get_setting("billing.auto_apply_credit"):
            return 0
        balance = credit_balance(self.client.pk, self.cart.currency_id)
        return min(balance, self.quote.sums.total)

    @property
    def shown_credit(self) -> int:
        """The same for who may see the balance."""
        acting = self.shopper.acting
        return self.credit if acting is None or acting.may("invoices.pay") else 0

    @property
    def due(self) -> int:
        """What is left to pay today."""
        return self.quote.sums.total - self.credit

    def gateways(self) -> GatewayForm | None:
        """The ways to pay what credit will not; none where nothing is left, or somebody else pays."""
        acting = self.shopper.acting
        if self.due <= 0 or (acting is not None and not acting.may("invoices.pay")):
            return None
        offered = registry.offered_gateways(self.cart.currency_id, self.due)
        kept = self.request.session.get(CHOSEN_GATEWAY_KEY, "")
        chosen = self.typed.get("gateway", kept) if self.typed else kept
        return GatewayForm(offered, str(chosen)) if offered else None

    def starts(self) -> str:
        """What starts when."""
        if self.due > 0 and get_setting("orders.auto_approve"):
            return _("Your order starts as soon as we receive your payment.")
        if self.due > 0:
            return _("Your order starts once we've received your payment and approved the order.")
        if get_setting("orders.auto_approve"):
            return _("Your order starts as soon as you place it.")
        return _("Your order starts once we've approved it.")

    def blocked(self) -> str:
        """Why no form of this page can lead to an order, said in place of the button; empty if one can."""
        member_of_few_rights = not self.may_edit and self.details.lacks_something
        waits = (
            (self.shopper.blocked_reason, True),
            (
                _("Sign in to place your order."),
                self.is_guest and not get_setting("portal.registration"),
            ),
            (
                _("Confirm your email address to place the order."),
                not self.is_guest and self.request.user.email_verified_at is None,  # type: ignore[union-attr]
            ),
            (
                _("An owner of the account has to complete the billing details."),
                member_of_few_rights,
            ),
            (
                _("Remove the items that can't be ordered to continue.")
                if self.cart.quote_id is None
                else _("Something in this quote can no longer be ordered. Ask us for a new one."),
                bool(self.quote.problem),
            ),
        )
        return next((text for text, counts in waits if text and counts), "")

    def rows(self) -> list[tuple[Any, bool, str]]:
        """The lines of the quote, each with whether its quantity can be chosen, and what is wrong with that."""
        single = single_unit_products(self.quote)
        return [
            (
                entry,
                self.cart.quote_id is None
                and isinstance(entry.cart_line, ProductCartLine)
                and entry.cart_line.product_id not in single,
                self.qty_problems.get(entry.cart_line.cart_item_id, ""),
            )
            for entry in self.quote.entries
        ]

    def answer(self, *, error: str = "", asks_again: str = "") -> HttpResponse:
        """The page; ``error`` is why nothing was ordered, ``asks_again`` what changed and has to be seen first."""
        judged = any(form.is_bound and form.errors for form in self.forms_sent)
        context = self._context() | {"error": error, "asks_again": asks_again, "faulty": judged}
        partial = bool(self.request.htmx)  # type: ignore[attr-defined]
        template = "partials/checkout_summary.html" if partial else "checkout.html"
        wrong = bool(error or asks_again or judged or self.qty_problems)
        status = 422 if wrong and not partial else 200
        return render(self.request, f"portal/shop/{template}", context, status=status)

    def _context(self) -> dict[str, Any]:
        quote, acting = self.quote, self.shopper.acting
        return {
            "cart": self.cart,
            "checkout_url": self.request.path,
            "quote_path": quote_path(self.cart.quote) if self.cart.quote else "",
            "currency": self.cart.currency_id,
            "quote": quote,
            "rows": self.rows(),
            "client": self.client,
            "is_guest": self.is_guest,
            "account": self.account,
            "sign_in": SignInForm(auto_id="sign-in-%s", use_required_attribute=False),
            "details": self.details,
            "opens_details": self.is_guest
            or bool(self.details.errors)
            or self.details.lacks_something
            or self.details.is_changed,
            "custom_values": self.details.filled_in,
            "may_edit": self.may_edit,
            "may_order": acting is None or acting.may_change("orders.place"),
            "registrant": self.registrant,
            "gateways": self.gateways(),
            "terms": self.terms,
            "begin": self.begin,
            "currencies": self.shopper.currencies_on_sale,
            "key": get_random_string(40),
            "shown_items": cart_fingerprint(quote.cart_lines),
            "credit": self.shown_credit,
            "due": quote.sums.total - self.shown_credit,
            "starts": self.starts(),
            "blocked": self.blocked(),
            "swap": bool(self.request.htmx),  # type: ignore[attr-defined]
        }
