"""The gateways of this installation: which there are, which are on, which can be offered (payments.md 3 to 5)."""

from functools import partial

from django.utils.translation import gettext as _

from commerce.kit.errors import Refused
from commerce.kit.money import exponent, rescaled
from commerce.payments.gateways.bank_transfer import BankTransfer
from commerce.payments.gateways.contract import Gateway
from commerce.payments.gateways.manual import Manual
from commerce.preferences import current
from commerce.preferences.conditions import must_hold
from commerce.preferences.keys import KEYS, Key
from commerce.preferences.readers import Read, account_number, line, switch, text

ADAPTERS: dict[str, type[Gateway]] = {one.slug: one for one in (BankTransfer, Manual)}
"""Every adapter by its slug, in the order in which clients see them. A new one is a file here and its settings."""

_KINDS: dict[str, tuple[Read, object]] = {
    "line": (line, ""),
    "text": (text, ""),
    "iban": (account_number, ""),
    "switch": (switch, False),
}
"""How a field of each kind is read, and what it is at first."""


def known(slug: str) -> Gateway:
    """The gateway of a slug with its settings, switched on or not. Raises ``Refused`` for one that does not exist."""
    if slug not in ADAPTERS:
        raise Refused(_("There is no way to pay of the name %s.") % slug)
    adapter = ADAPTERS[slug]
    return adapter({f.name: current.get(f"gateway.{slug}.{f.name}") for f in adapter.fields})


def check(gateway: Gateway) -> None:
    """Before it is switched on: raises ``Refused`` for a setting that is missing or wrong; may ask the provider."""
    _check_settings(gateway)
    gateway.test()


def _check_settings(gateway: Gateway) -> None:
    lacking = [str(f.label) for f in gateway.fields if f.required and not gateway.settings[f.name]]
    if lacking:
        raise Refused(
            _("%(gateway)s cannot be switched on without: %(fields)s.")
            % {"gateway": gateway.name, "fields": ", ".join(lacking)}
        )


def offered(currency_code: str, amount: int) -> list[Gateway]:
    """What a client can choose from: switched on, configured, and fit for the currency and the amount."""
    return [
        gateway
        for slug, adapter in ADAPTERS.items()
        if adapter.capabilities.flow != "staff"
        and current.get(f"gateway.{slug}.enabled")
        and _takes(gateway := known(slug), currency_code, amount)
        and _is_configured(gateway)
    ]


def _takes(gateway: Gateway, currency_code: str, amount: int) -> bool:
    """Whether it takes the amount to the last minor unit, in the decimals that it counts in."""
    taken = gateway.supports(currency_code, amount)
    if taken is None:
        return False
    try:
        rescaled(amount, exponent(currency_code), taken.exponent)
    except ValueError:
        return False
    return True


def _is_configured(gateway: Gateway) -> bool:
    """Whether it still has what it needs. No provider is asked: pages and transactions come here."""
    try:
        _check_settings(gateway)
        if not gateway.capabilities.answers:
            gateway.test()
    except Refused:
        return False
    return True


def register() -> None:
    """Make the settings of all gateways known."""
    for adapter in ADAPTERS.values():
        register_keys(adapter)


def register_keys(adapter: type[Gateway]) -> None:
    """The settings of one, ``gateway.<slug>.…``; it cannot be switched on before it is configured (payments.md 4)."""
    if adapter.capabilities.flow == "staff":
        return
    of = f"gateway.{adapter.slug}"
    KEYS[f"{of}.enabled"] = Key(switch, False, f"clients can pay by {adapter.slug}")
    for each in adapter.fields:
        read, default = _KINDS[each.kind]
        meaning = str(each.help or each.label)
        KEYS[f"{of}.{each.name}"] = Key(read, default, meaning, secret=each.secret)
    must_hold(f"{of}.enabled", partial(_may_switch, adapter.slug))


def _may_switch(slug: str, on: object) -> None:
    if on:
        check(known(slug))
