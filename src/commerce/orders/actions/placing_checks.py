"""Who may order what, whatever it costs: account, person, holders of names, and what staff look at first."""

from collections.abc import Sequence
from datetime import timedelta

from commerce.accounts.labels import ADDRESS_LABELS
from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus, required_address_fields
from commerce.billing.tax.queries import taxes_by_state
from commerce.catalog.queries import currencies_on_sale
from commerce.domains.models import Tld
from commerce.domains.offers import tld_offers
from commerce.domains.registrants import check_contact_fits, check_registrant
from commerce.domains.registrars.registry import contact_limits_of, registrar_name_for_tld
from commerce.domains.registrars.registry_fields import filled_in
from commerce.domains.rules import possible_tlds, tld_of
from commerce.kit.errors import BusinessError
from commerce.orders.actions.creation import OrderRequest
from commerce.orders.cart_lines import CartLine, DomainCartLine
from commerce.orders.models import Order
from commerce.presentation.countries import COUNTRY_CODES
from commerce.site_settings import current


def check_holders(cart_lines: Sequence[CartLine], currency_code: str, *, of_all: bool) -> None:
    """That each name has a holder whom its registry takes. Raises ``BusinessError``. Staff may add all of it later."""
    names = [line for line in cart_lines if isinstance(line, DomainCartLine)]
    if not names:
        return
    known = Tld.objects.among({end for line in names for end in possible_tlds(line.domain)})
    sold = tld_offers(currency_code, known)
    for line in names:
        if of_all or line.registrant:
            holder = dict(line.registrant)
            check_registrant(holder)
            limits = contact_limits_of(registrar_name_for_tld(tld_of(line.domain, known)))
            check_contact_fits(holder, limits, field="registrant")
        offer = sold.get(tld_of(line.domain, known))
        if offer and (of_all or line.extra_fields):
            filled_in(offer.extra_fields, dict(line.extra_fields))


def check_person(request: OrderRequest, *, needs_terms: bool) -> None:
    """That this client and this person may order at all. Raises ``BusinessError``."""
    if request.client.status != ClientStatus.ACTIVE:
        raise BusinessError("order.client_cannot_order")
    if request.placed_by is not None and request.placed_by.email_verified_at is None:
        raise BusinessError("order.email_not_verified")
    _check_address(request.client)
    if needs_terms and current.get_setting("orders.terms_url"):
        raise BusinessError("order.terms_not_accepted", field="terms")
    if request.currency_code not in currencies_on_sale():
        raise BusinessError("order.currency_not_sold")


def _check_address(client: Client) -> None:
    """That an invoice to this client would have a whole address. Raises ``BusinessError`` with what it lacks."""
    needed = required_address_fields(client.country, uses_states=taxes_by_state(client.country))
    if lacks := [str(ADDRESS_LABELS[name]) for name in needed if not getattr(client, name)]:
        raise BusinessError("order.address_incomplete", missing=", ".join(lacks))


def reason_to_hold(request: OrderRequest, total: int) -> str:
    """Why this order waits for a look of staff before it becomes active (``orders.review_rules``); empty if no rule
    matches. A rule never rejects, and a country that is not known matches nothing.
    """
    rules, client = current.get_setting("orders.review_rules"), request.client
    limit = rules.get(client.currency_code)
    if limit is not None and total > limit:
        return "The total is above the limit of the review rules."
    country = request.network_country
    if "country" in rules and country in COUNTRY_CODES and country != client.country:
        return f"It came from {country}, and the billing address is in {client.country}."
    most = rules.get("address")
    if most is not None and request.address and _is_new(request):
        since = request.ctx.at - timedelta(days=1)
        recent = Order.objects.filter(address=request.address, created_at__gt=since)
        if recent.of_new_clients().count() >= most:
            return (
                f"More than {most} orders of new clients came from {request.address} within a day."
            )
    return ""


def _is_new(request: OrderRequest) -> bool:
    """As in ``of_new_clients``: no order of theirs had become active before."""
    orders = Order.objects.for_client(request.client)
    return not orders.filter(activated_at__lt=request.ctx.at).exists()
