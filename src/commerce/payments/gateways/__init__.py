"""The gateways of this installation: which there are, which are on, which can be offered (payments.md 3 to 5)."""

from functools import partial

from django.utils.translation import gettext as _

from commerce.kit.errors import Refused
from commerce.payments.gateways.bank_transfer import BankTransfer
from commerce.payments.gateways.contract import Gateway
from commerce.payments.gateways.manual import Manual
from commerce.preferences import current
from commerce.preferences.actions import must_hold

ADAPTERS: dict[str, type[Gateway]] = {one.slug: one for one in (BankTransfer, Manual)}
"""Every adapter by its slug, in the order in which clients see them. A new one is a file here and its settings."""


def known(slug: str) -> Gateway:
    """The gateway of a slug with its settings, switched on or not. Raises ``Refused`` for one that does not exist."""
    if slug not in ADAPTERS:
        raise Refused(_("There is no way to pay of the name %s.") % slug)
    adapter = ADAPTERS[slug]
    return adapter({f.name: current.get(f"gateway.{slug}.{f.name}") for f in adapter.fields})


def check(gateway: Gateway) -> None:
    """Raises ``Refused`` while a required setting is missing or a setting cannot be right."""
    lacking = [str(f.label) for f in gateway.fields if f.required and not gateway.settings[f.name]]
    if lacking:
        raise Refused(
            _("%(gateway)s cannot be switched on without: %(fields)s.")
            % {"gateway": gateway.name, "fields": ", ".join(lacking)}
        )
    gateway.test()


def offered(currency_code: str, amount: int) -> list[Gateway]:
    """What a client can choose from: switched on, configured, and fit for the currency and the amount."""
    return [
        gateway
        for slug, adapter in ADAPTERS.items()
        if adapter.capabilities.flow != "staff"
        and current.get(f"gateway.{slug}.enabled")
        and (gateway := known(slug)).supports(currency_code, amount)
        and _is_configured(gateway)
    ]


def _is_configured(gateway: Gateway) -> bool:
    try:
        check(gateway)
    except Refused:
        return False
    return True


def register_checks() -> None:
    """A gateway cannot be switched on before it is configured (payments.md 4)."""
    for slug, adapter in ADAPTERS.items():
        if adapter.capabilities.flow != "staff":
            must_hold(f"gateway.{slug}.enabled", partial(_may_switch, slug))


def _may_switch(slug: str, on: object) -> None:
    if on:
        check(known(slug))
