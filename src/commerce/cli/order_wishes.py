"""What staff type for an order, read into wishes: products with options, names, and prices that were agreed on."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from commerce.accounts.models import Client
    from commerce.catalog.offers import OfferedOption
    from commerce.orders.wishes import DomainWish, ProductWish, Wish

TICKS = {"yes": 1, "on": 1, "1": 1, "no": 0, "off": 0, "0": 0}


@dataclass(slots=True)
class Wishes:
    """The wishes of an order by what they are called: ``starter``, ``starter#2`` for the second of it, ``acme.com``."""

    client: "Client"
    named: "dict[str, Wish]" = field(default_factory=dict)

    def add_product(self, text: str) -> None:
        """``SLUG:CYCLE[:QTY[:DOMAIN]]``. Raises ``Refused``."""
        from commerce.catalog.models import Product
        from commerce.kit.errors import Refused
        from commerce.orders.offered import named
        from commerce.orders.wishes import ProductWish

        slug, *rest = text.split(":")
        if len(rest) > 3:
            raise Refused(f"{text} has too many parts; write SLUG:CYCLE[:QTY[:DOMAIN]].")
        cycle, qty, domain = [*rest, "", "", ""][:3]
        found = Product.objects.at(slug)
        if found is None:
            raise Refused(f"There is no product {slug} on sale.")
        wish = ProductWish(
            product_id=found.pk,
            billing_cycle=cycle,
            qty=_number(qty or "1"),
            domain=domain and named(domain),
        )
        before = sum(1 for name in self.named if name.split("#")[0] == slug)
        self.named[f"{slug}#{before + 1}" if before else slug] = wish

    def add_name(self, action: str, text: str) -> None:
        """``NAME[:YEARS]`` to register, ``NAME`` to transfer. Raises ``Refused``."""
        from commerce.kit.errors import Refused
        from commerce.orders.offered import named
        from commerce.orders.wishes import DomainWish

        typed, _, years = text.partition(":")
        name = named(typed)
        if name in self.named:
            raise Refused(f"{name} is in the order already.")
        if action == "transfer":
            if years:
                raise Refused(f"A transfer has no years; write {typed}.")
            self.named[name] = DomainWish(action=action, domain=name)
        else:
            self.named[name] = DomainWish(action=action, domain=name, years=_number(years or "1"))

    def ask_codes(self) -> None:
        """The code of each transfer, in their order; last, since what is asked for should not be typed in vain."""
        from commerce.orders.quoting import seal
        from commerce.orders.wishes import DomainWish

        for name, wish in self.named.items():
            if isinstance(wish, DomainWish) and wish.action == "transfer":
                self.named[name] = replace(wish, auth_code=seal(_code_of(name)))

    def choose(self, texts: Iterable[str]) -> None:
        """``ITEM:NAME=VALUE`` for each option that is chosen of a product. Raises ``Refused``."""
        from commerce.catalog.reading import options_of
        from commerce.kit.errors import Refused

        for text in texts:
            item, _, typed = text.partition(":")
            name, wish = self._product(item)
            offered = options_of([wish.product_id], self.client.currency_code)
            option, value = _option(item, typed, offered.get(wish.product_id, ()))
            if option.id in dict(wish.options):
                raise Refused(f"{option.name} of {item} is given twice.")
            chosen = (*wish.options, (option.id, _picked(option, value)))
            self.named[name] = replace(wish, options=chosen)

    def set_nameservers(self, texts: Iterable[str]) -> None:
        """``NAME:HOST``, two to four for a name. Raises ``Refused``."""
        for text in texts:
            item, _, host = text.partition(":")
            name, wish = self._name(item)
            self.named[name] = replace(wish, nameservers=(*wish.nameservers, host.strip()))

    def hide_holders(self, texts: Iterable[str]) -> None:
        """Privacy for these names. Raises ``Refused``."""
        for text in texts:
            name, wish = self._name(text)
            self.named[name] = replace(wish, whois_privacy=True)

    def answer(self, texts: Iterable[str]) -> None:
        """``NAME:FIELD=VALUE``: what the registry of a name asks for besides. Raises ``Refused``."""
        from commerce.domains.offers import offer_for
        from commerce.kit.errors import Refused

        for text in texts:
            item, _, said = text.partition(":")
            field_name, value = _pair(said, text)
            name, wish = self._name(item)
            offer = offer_for(name, self.client.currency_code)
            asked = [str(one["name"]) for one in offer.extra_fields] if offer else []
            if field_name not in asked:
                known = ", ".join(asked) or "nothing"
                raise Refused(f"The registry of {name} asks for {known}, not for {field_name}.")
            given = {**dict(wish.extra_fields), field_name: value}
            self.named[name] = replace(wish, extra_fields=tuple(given.items()))

    def set_holder(self, texts: Sequence[str]) -> None:
        """``FIELD=VALUE`` of who holds all names; what is not said is the client's own. Raises ``Refused``."""
        from commerce.domains.holders import LENGTHS, lacking
        from commerce.kit.errors import Refused
        from commerce.orders.wishes import DomainWish

        if not texts:
            return
        holder = {name: str(getattr(self.client, name)) for name in LENGTHS}
        for text in texts:
            name, value = _pair(text, text)
            if name not in LENGTHS:
                raise Refused(f"A holder has no {name}; he has {', '.join(LENGTHS)}.")
            holder[name] = value.strip()
        if wrong := lacking(holder):
            raise Refused(
                f"The holder needs a right {', '.join(wrong)}: --holder {wrong[0]}=…"
                + (" (a phone is written +49.301234)." if "phone" in wrong else ".")
            )
        for name, wish in self.named.items():
            if isinstance(wish, DomainWish):
                self.named[name] = replace(wish, registrant=tuple(holder.items()))

    def agree(self, prices: Iterable[tuple[str, str, str]]) -> None:
        """Item, amount and reason of each price that was agreed on. Raises ``Refused``."""
        from commerce.cli.payment_rows import minor
        from commerce.kit.errors import Refused
        from commerce.orders.agreed import checked
        from commerce.orders.wishes import Agreed

        for item, amount, reason in prices:
            name = self._called(item)
            if self.named[name].agreed is not None:
                raise Refused(f"The price of {item} is given twice.")
            agreed = checked(Agreed(minor(amount, self.client.currency_code), reason))
            self.named[name] = replace(self.named[name], agreed=agreed)

    def _called(self, item: str) -> str:
        from commerce.kit.errors import Refused
        from commerce.orders.offered import named

        if item in self.named:
            if f"{item}#2" in self.named and "#" not in item:
                raise Refused(f"{item} is in the order more than once; write {item}#1 or {item}#2.")
            return item
        if item.endswith("#1") and item.removesuffix("#1") in self.named:
            return item.removesuffix("#1")
        known = ", ".join(self.named) or "nothing"
        try:
            name = named(item)
        except Refused:
            name = ""
        if name not in self.named:
            raise Refused(f"{item} is not in the order, which has {known}.")
        return name

    def _product(self, item: str) -> "tuple[str, ProductWish]":
        from commerce.kit.errors import Refused
        from commerce.orders.wishes import ProductWish

        name = self._called(item)
        wish = self.named[name]
        if not isinstance(wish, ProductWish):
            raise Refused(f"{item} is a domain name and has no options.")
        return name, wish

    def _name(self, item: str) -> "tuple[str, DomainWish]":
        from commerce.kit.errors import Refused
        from commerce.orders.wishes import DomainWish

        name = self._called(item)
        wish = self.named[name]
        if not isinstance(wish, DomainWish):
            raise Refused(f"{item} is a product; only a domain name has that.")
        return name, wish


def wishes_of(
    client: "Client",
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
) -> "list[Wish]":
    """The wishes of an order for a client, as typed. Raises ``Refused`` with what cannot be read."""
    found = Wishes(client)
    for text in products:
        found.add_product(text)
    for text in names:
        found.add_name("register", text)
    for text in transfers:
        found.add_name("transfer", text)
    found.choose(options)
    found.set_nameservers(hosts)
    found.hide_holders(hidden)
    found.answer(extra)
    found.set_holder(holder)
    found.agree(prices)
    found.ask_codes()
    return list(found.named.values())


def _code_of(name: str) -> str:
    """The code of a transfer: asked for, or the next line of what is piped in; never an argument, which others see."""
    if sys.stdin.isatty():
        asked = f"Authorisation code of {name}"
        return str(click.prompt(asked, default="", show_default=False, hide_input=True, err=True))
    return sys.stdin.readline().strip()


def _option(
    item: str, typed: str, offered: "Sequence[OfferedOption]"
) -> "tuple[OfferedOption, str]":
    """The option whose name is before a = (which the name may have too), and its value."""
    from commerce.kit.errors import Refused

    for option in offered:
        if typed.startswith(f"{option.name}="):
            return option, typed.removeprefix(f"{option.name}=").strip()
    if "=" not in typed:
        raise Refused(f"{item}:{typed} is not an option; write ITEM:NAME=VALUE.")
    known = ", ".join(option.name for option in offered) or "none"
    raise Refused(f"{item} has no option {typed.partition('=')[0]}. Its options: {known}.")


def _picked(option: "OfferedOption", value: str) -> int:
    from commerce.kit.errors import Refused

    if option.type == "quantity":
        return _number(value)
    ticks: Mapping[str, int] = TICKS if option.type == "checkbox" else {}
    picked = ticks.get(value.lower(), option.picked(value))
    if picked is None:
        known = ["yes", "no"] if ticks else [one.name for one in option.values]
        raise Refused(f"{option.name} is not offered with {value}; choose {', '.join(known)}.")
    return picked


def _pair(said: str, text: str) -> tuple[str, str]:
    from commerce.kit.errors import Refused

    name, equals, value = said.partition("=")
    if not equals:
        raise Refused(f"{text} has no = in it; write FIELD=VALUE.")
    return name.strip(), value


def _number(text: str) -> int:
    from commerce.kit.errors import Refused

    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Refused(f"{text} is not a quantity.")
    return int(text)
