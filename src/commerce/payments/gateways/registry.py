"""The gateways of this installation: which there are, which are on, which can be offered (payments.md 3 to 5)."""

import logging
from functools import partial

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commerce.billing.documents.bank_account import BankAccount
from commerce.jobs.words import RemoteWords
from commerce.kit.errors import BusinessError
from commerce.kit.money import currency_exponent, rescale
from commerce.payments.gateways.accounts import recognize_account, send_cards_at_rest_emails
from commerce.payments.gateways.bank_transfer.adapter import BankTransferGateway
from commerce.payments.gateways.contract import Gateway, GatewayCapabilities
from commerce.payments.gateways.manual.adapter import ManualGateway
from commerce.payments.gateways.mollie.adapter import MollieGateway
from commerce.payments.gateways.paypal.adapter import PayPalGateway
from commerce.payments.gateways.stripe.adapter import StripeGateway
from commerce.payments.gateways.stripe.test_card import TestCardGateway
from commerce.presentation.labels import Text
from commerce.site_settings import current
from commerce.site_settings.adapter_fields import (
    adapter_settings,
    missing_fields,
    register_adapter_settings,
)
from commerce.site_settings.definition import SettingDefinition
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from commerce.site_settings.parsers import parse_switch
from commerce.site_settings.validators import add_preliminary_check, add_validator

log = logging.getLogger(__name__)

_ADAPTERS: tuple[type[Gateway], ...] = (
    StripeGateway,
    MollieGateway,
    PayPalGateway,
    BankTransferGateway,
    ManualGateway,
)
_IN_A_DEMO: tuple[type[Gateway], ...] = (TestCardGateway,) if settings.COMMERCE_DEMO else ()
GATEWAY_CLASSES = {adapter.slug: adapter for adapter in (*_IN_A_DEMO, *_ADAPTERS)}
"""Every adapter by its slug, in the order in which clients see them. A new one is a file here and its settings."""


def get_gateway(slug: str) -> Gateway:
    """The gateway of a slug with its settings, switched on or not. Raises ``BusinessError`` for one that does not
    exist.
    """
    if slug not in GATEWAY_CLASSES:
        raise BusinessError("gateway.unknown", name=slug)
    adapter = GATEWAY_CLASSES[slug]
    return adapter(adapter_settings(f"gateway.{slug}", adapter.fields))


def capabilities_of(slug: str) -> GatewayCapabilities:
    """What a gateway can do; one that this release does not have can do nothing."""
    adapter = GATEWAY_CLASSES.get(slug)
    return adapter.capabilities if adapter else GatewayCapabilities("staff")


def gateway_name(slug: str) -> Text:
    """What people read of a gateway; of one that this release does not have, its slug."""
    adapter = GATEWAY_CLASSES.get(slug)
    return adapter.name if adapter else slug


def staff_gateway_name(slug: str) -> Text:
    """What staff read of a gateway: clients know several as a card."""
    return format_lazy("{name} ({slug})", name=gateway_name(slug), slug=slug)


def describe_gateway(slug: str) -> RemoteWords | None:
    """A gateway by its name for staff."""
    page = f"gateways/{slug}"
    return RemoteWords(staff_gateway_name(slug), page, page) if slug in offerable_slugs() else None


def gateway_of_method(method: str) -> str:
    """The slug of the gateway as whose money staff book what came in this way."""
    return next(
        slug for slug, adapter in GATEWAY_CLASSES.items() if method in adapter.capabilities.methods
    )


def account_for_transfers() -> BankAccount | None:
    """The account that documents name: that of the first gateway which is on and has one."""
    gateways = (
        get_gateway(slug)
        for slug, adapter in GATEWAY_CLASSES.items()
        if adapter.capabilities.by_transfer and current.get_setting(f"gateway.{slug}.enabled")
    )
    return next(filter(None, (gateway.bank_account() for gateway in gateways)), None)


def check_gateway(gateway: Gateway) -> None:
    """Before it is switched on: raises ``BusinessError`` for a setting that is missing or wrong; may ask the
    provider, also whether it knows our cards.
    """
    check_settings(gateway)
    try:
        gateway.test()
        if gateway.capabilities.can_be_polled:
            recognize_account(gateway)
            send_cards_at_rest_emails(gateway)
    except OSError as silent:
        log.warning("%s does not answer: %s", gateway.slug, silent)
        raise BusinessError("gateway.not_answering", gateway=gateway.name) from silent


def check_settings(gateway: Gateway) -> None:
    """Raises ``BusinessError`` for a required setting that is missing or empty, and for one that cannot be right."""
    if missing := missing_fields(gateway.fields, gateway.settings):
        labels = ", ".join(str(each.label) for each in missing)
        raise BusinessError("gateway.settings_missing", gateway=gateway.name, fields=labels)
    for each in gateway.fields:
        each.check(gateway.settings[each.name])


def offerable_slugs() -> list[str]:
    """The gateways that clients can be offered, once they are configured and on."""
    return [
        slug for slug, adapter in GATEWAY_CLASSES.items() if adapter.capabilities.flow != "staff"
    ]


def offered_gateways(currency_code: str, amount: int) -> list[Gateway]:
    """What a client can choose from: switched on, configured, and fit for the currency and the amount."""
    return [
        gateway
        for slug, adapter in GATEWAY_CLASSES.items()
        if adapter.capabilities.flow != "staff"
        and current.get_setting(f"gateway.{slug}.enabled")
        and _takes(gateway := get_gateway(slug), currency_code, amount)
        and _is_configured(gateway)
    ]


def card_setup_gateways() -> list[Gateway]:
    """Where a client can save a card without paying: switched on and configured."""
    return [
        gateway
        for slug, adapter in GATEWAY_CLASSES.items()
        if adapter.capabilities.card_setup
        and current.get_setting(f"gateway.{slug}.enabled")
        and _is_configured(gateway := get_gateway(slug))
    ]


def charging_gateways() -> list[str]:
    """The slugs of those that can charge a saved card while its owner is away: switched on and configured."""
    return [
        slug
        for slug, adapter in GATEWAY_CLASSES.items()
        if adapter.capabilities.off_session
        and current.get_setting(f"gateway.{slug}.enabled")
        and _is_configured(get_gateway(slug))
    ]


def takes_amount(slug: str, currency_code: str, amount: int) -> bool:
    """Whether a gateway takes this amount of this currency."""
    return _takes(get_gateway(slug), currency_code, amount)


def _takes(gateway: Gateway, currency_code: str, amount: int) -> bool:
    """Whether it takes the amount to the last minor unit, in the decimals that it counts in."""
    taken = gateway.supports(currency_code, amount)
    if taken is None:
        return False
    try:
        rescale(amount, currency_exponent(currency_code), taken.exponent)
    except ValueError:
        return False
    return True


def _is_configured(gateway: Gateway) -> bool:
    """Whether it still has what it needs. No provider is asked: pages and transactions come here."""
    try:
        check_settings(gateway)
        if not gateway.capabilities.can_be_polled:
            gateway.test()
    except BusinessError:
        return False
    return True


def register_all_gateway_settings() -> None:
    """Make the settings of all gateways known."""
    for adapter in GATEWAY_CLASSES.values():
        register_gateway_settings(adapter)


def register_gateway_settings(adapter: type[Gateway]) -> None:
    """The settings of one, ``gateway.<slug>.…``; it cannot be switched on before it is configured (payments.md 4)."""
    if adapter.capabilities.flow == "staff":
        return
    of = f"gateway.{adapter.slug}"
    SETTING_DEFINITIONS[f"{of}.enabled"] = SettingDefinition(
        parse_switch, False, _("Offer this payment method to clients")
    )
    register_adapter_settings(of, adapter.fields)
    add_preliminary_check(f"{of}.enabled", partial(_prove, adapter.slug))
    add_validator(f"{of}.enabled", partial(_may_switch, adapter.slug))


def _prove(slug: str, on: object) -> None:
    """What it takes to switch a gateway on; its provider is asked, so no transaction is open."""
    if on:
        check_gateway(get_gateway(slug))


def _may_switch(slug: str, on: object) -> None:
    """The same once more, under the lock of the settings, without a question to anybody."""
    if on:
        check_settings(get_gateway(slug))
