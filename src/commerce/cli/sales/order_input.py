"""What staff type for an order, read into cart lines: products with options, names, and prices that were agreed on."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import click

from commerce.accounts.models import Client
from commerce.catalog.models import Product
from commerce.catalog.offers import OfferedOption, product_options
from commerce.catalog.rules import OptionType, OrderItemAction
from commerce.domains.offers import offer_for_name
from commerce.domains.registrants import MAX_LENGTHS, missing_registrant_fields
from commerce.domains.rules import normalize_name
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount
from commerce.orders.cart_lines import (
    CartLine,
    DomainCartLine,
    PriceOverride,
    ProductCartLine,
    validate_price_override,
)
from commerce.orders.quote import encrypt_auth_code

CHECKBOX_WORDS = {"yes": 1, "on": 1, "1": 1, "no": 0, "off": 0, "0": 0}


@dataclass(slots=True)
class OrderInput:
    """The lines of an order by what they are called: ``starter``, ``starter#2`` for the second of it, ``acme.com``."""

    client: Client
    lines_by_name: dict[str, CartLine] = field(default_factory=dict)

    def add_product(self, text: str) -> None:
        """``SLUG:CYCLE[:QTY[:DOMAIN]]``. Raises ``BusinessError``."""
        slug, *rest = text.split(":")
        if len(rest) > 3:
            raise BusinessError("order.item_unreadable", text=text)
        cycle, qty, domain = [*rest, "", "", ""][:3]
        found = Product.objects.at(slug)
        if found is None:
            raise BusinessError("order.product_not_on_sale", slug=slug)
        line = ProductCartLine(
            product_id=found.pk,
            billing_cycle=cycle,
            qty=_number(qty or "1"),
            domain=domain and normalize_name(domain, field="domain"),
        )
        before = sum(1 for name in self.lines_by_name if name.split("#")[0] == slug)
        self.lines_by_name[f"{slug}#{before + 1}" if before else slug] = line

    def add_name(self, action: str, text: str) -> None:
        """``NAME[:YEARS]`` to register, ``NAME`` to transfer. Raises ``BusinessError``."""
        typed, _, years = text.partition(":")
        name = normalize_name(typed, field="domain")
        if name in self.lines_by_name:
            raise BusinessError("order.domain_twice", domain=name)
        if action == OrderItemAction.TRANSFER:
            if years:
                raise BusinessError("order.transfer_without_years", text=typed)
            self.lines_by_name[name] = DomainCartLine(action=action, domain=name)
        else:
            self.lines_by_name[name] = DomainCartLine(
                action=action, domain=name, years=_number(years or "1")
            )

    def ask_codes(self) -> None:
        """The code of each transfer, in their order; last, since what is asked for should not be typed in vain."""
        for name, line in self.lines_by_name.items():
            if isinstance(line, DomainCartLine) and line.action == OrderItemAction.TRANSFER:
                self.lines_by_name[name] = replace(
                    line, auth_code=encrypt_auth_code(_code_of(name))
                )

    def choose_options(self, texts: Iterable[str]) -> None:
        """``ITEM:NAME=VALUE`` for each option that is chosen of a product. Raises ``BusinessError``."""
        for text in texts:
            item, _, typed = text.partition(":")
            name, line = self._product(item)
            offered = product_options([line.product_id], self.client.currency_code)
            option, value = _option(item, typed, offered.get(line.product_id, ()))
            if option.id in dict(line.options):
                raise BusinessError("order.option_twice", option=option.name, item=item)
            chosen = (*line.options, (option.id, _picked(option, value)))
            self.lines_by_name[name] = replace(line, options=chosen)

    def set_nameservers(self, texts: Iterable[str]) -> None:
        """``NAME:HOST``, two to four for a name. Raises ``BusinessError``."""
        for text in texts:
            item, _, host = text.partition(":")
            name, line = self._name(item)
            self.lines_by_name[name] = replace(line, nameservers=(*line.nameservers, host.strip()))

    def hide_holders(self, texts: Iterable[str]) -> None:
        """Privacy for these names. Raises ``BusinessError``."""
        for text in texts:
            name, line = self._name(text)
            self.lines_by_name[name] = replace(line, whois_privacy=True)

    def set_extra_fields(self, texts: Iterable[str]) -> None:
        """``NAME:FIELD=VALUE``: what the registry of a name asks for besides. Raises ``BusinessError``."""
        for text in texts:
            item, _, pair = text.partition(":")
            field_name, value = _split_pair(pair, text)
            name, line = self._name(item)
            offer = offer_for_name(name, self.client.currency_code)
            asked = [str(one["name"]) for one in offer.extra_fields] if offer else []
            if field_name not in asked:
                known = ", ".join(asked) or "nothing"
                raise BusinessError(
                    "order.extra_field_unknown", domain=name, known=known, name=field_name
                )
            extra_fields = {**dict(line.extra_fields), field_name: value}
            self.lines_by_name[name] = replace(line, extra_fields=tuple(extra_fields.items()))

    def set_holder(self, texts: Sequence[str]) -> None:
        """``FIELD=VALUE`` of who holds all names; what is not said is the client's own. Raises ``BusinessError``."""
        if not texts:
            return
        holder = {name: str(getattr(self.client, name)) for name in MAX_LENGTHS}
        for text in texts:
            name, value = _split_pair(text, text)
            if name not in MAX_LENGTHS:
                raise BusinessError(
                    "order.holder_field_unknown", name=name, known=", ".join(MAX_LENGTHS)
                )
            holder[name] = value.strip()
        if wrong := missing_registrant_fields(holder):
            names, first = ", ".join(wrong), wrong[0]
            if "phone" in wrong:
                raise BusinessError("order.holder_phone_not_valid", names=names, first=first)
            raise BusinessError("order.holder_not_valid", names=names, first=first)
        for name, line in self.lines_by_name.items():
            if isinstance(line, DomainCartLine):
                self.lines_by_name[name] = replace(line, registrant=tuple(holder.items()))

    def set_agreed_prices(self, prices: Iterable[tuple[str, str, str]]) -> None:
        """Item, amount and reason of each price that was agreed on. Raises ``BusinessError``."""
        for item, amount, reason in prices:
            name = self._called(item)
            if self.lines_by_name[name].price_override is not None:
                raise BusinessError("order.price_twice", item=item)
            agreed = validate_price_override(
                PriceOverride(parse_amount(amount, self.client.currency_code), reason)
            )
            self.lines_by_name[name] = replace(self.lines_by_name[name], price_override=agreed)

    def _called(self, item: str) -> str:
        if item in self.lines_by_name:
            if f"{item}#2" in self.lines_by_name and "#" not in item:
                raise BusinessError("order.item_ambiguous", item=item)
            return item
        if item.endswith("#1") and item.removesuffix("#1") in self.lines_by_name:
            return item.removesuffix("#1")
        known = ", ".join(self.lines_by_name) or "nothing"
        try:
            name = normalize_name(item, field="domain")
        except BusinessError:
            name = ""
        if name not in self.lines_by_name:
            raise BusinessError("order.item_unknown", item=item, known=known)
        return name

    def _product(self, item: str) -> tuple[str, ProductCartLine]:
        name = self._called(item)
        line = self.lines_by_name[name]
        if not isinstance(line, ProductCartLine):
            raise BusinessError("order.domain_without_options", item=item)
        return name, line

    def _name(self, item: str) -> tuple[str, DomainCartLine]:
        name = self._called(item)
        line = self.lines_by_name[name]
        if not isinstance(line, DomainCartLine):
            raise BusinessError("order.item_not_a_domain", item=item)
        return name, line


def parse_order_lines(
    client: Client,
    *,
    products: Iterable[str],
    options: Iterable[str],
    names: Iterable[str],
    transfers: Iterable[str],
    hosts: Iterable[str],
    hidden: Iterable[str],
    holder: Sequence[str],
    extra: Iterable[str],
    prices: Iterable[tuple[str, str, str]],
) -> list[CartLine]:
    """The lines of an order for a client, as typed. Raises ``BusinessError`` with what cannot be read."""
    order = OrderInput(client)
    for text in products:
        order.add_product(text)
    for text in names:
        order.add_name("register", text)
    for text in transfers:
        order.add_name("transfer", text)
    order.choose_options(options)
    order.set_nameservers(hosts)
    order.hide_holders(hidden)
    order.set_extra_fields(extra)
    order.set_holder(holder)
    order.set_agreed_prices(prices)
    order.ask_codes()
    return list(order.lines_by_name.values())


def _code_of(name: str) -> str:
    """The code of a transfer: asked for, or the next line of what is piped in; never an argument, which others see."""
    if sys.stdin.isatty():
        asked = f"Authorization code for {name}"
        return str(click.prompt(asked, default="", show_default=False, hide_input=True, err=True))
    return sys.stdin.readline().strip()


def _option(item: str, typed: str, offered: Sequence[OfferedOption]) -> tuple[OfferedOption, str]:
    """The option whose name is before a = (which the name may have too), and its value."""
    for option in offered:
        if typed.startswith(f"{option.name}="):
            return option, typed.removeprefix(f"{option.name}=").strip()
    if "=" not in typed:
        raise BusinessError("order.option_unreadable", item=item, text=typed)
    known = ", ".join(option.name for option in offered) or "none"
    raise BusinessError(
        "order.option_unknown", item=item, option=typed.partition("=")[0], known=known
    )


def _picked(option: OfferedOption, value: str) -> int:
    if option.type == OptionType.QUANTITY:
        return _number(value)
    ticks: Mapping[str, int] = CHECKBOX_WORDS if option.type == OptionType.CHECKBOX else {}
    picked = ticks.get(value.lower(), option.picked(value))
    if picked is None:
        known = ["yes", "no"] if ticks else [one.name for one in option.values]
        raise BusinessError(
            "order.option_value_unknown", option=option.name, value=value, known=", ".join(known)
        )
    return picked


def _split_pair(pair: str, text: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals:
        raise BusinessError("command.pair_unreadable", text=text)
    return name.strip(), value


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BusinessError("command.qty_unreadable", text=text)
    return int(text)
