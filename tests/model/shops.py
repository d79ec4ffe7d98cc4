"""Random installations of which a world is made, in the product and in the model."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from commerce.accounts.actions.client_flags import end_exemption, exempt_client
from commerce.accounts.actions.client_groups import create_client_group
from commerce.accounts.models import Client
from commerce.billing.tax.actions import add_tax_rule, mark_vat_number_valid
from commerce.catalog.actions.options import create_option, create_option_group, set_option_price
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.product_settings import create_product
from commerce.catalog.actions.products import create_product_group
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.nameservers import give_nameservers
from tests.make.people import make_client
from tests.make.records import make_currency
from tests.model import plan_model as pm
from tests.model.plan_model.arithmetic import round_half_up

START = date(2026, 1, 20)
VAT_NUMBER = "ATU10000005"
BUYERS = ("home", "home", "reverse", "export", "exempt")
CYCLES = {"monthly": 1, "quarterly": 3, "annually": 12}
NAME_PRICE = 900
"""Of a domain name, which an order may have beside its services."""


@dataclass(eq=False)
class Plan:
    """A product: price and setup fee by cycle, and the price of its option by value and cycle."""

    pk: int
    name: str
    kind: str
    prices: dict[str, tuple[int, int]] = field(default_factory=dict)
    option: dict[str, dict[str, int]] = field(default_factory=dict)
    option_ids: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Code:
    """A promo code: a percentage in basis points, or a fixed amount for the order."""

    code: str
    percent: int = 0
    fixed: int = 0
    recurring: bool = False


@dataclass(eq=False)
class Person:
    """A client in the product and, by ``key``, in the model."""

    client: Client
    percent: int
    buyer: str

    @property
    def key(self) -> str:
        """The client's name in the model."""
        return f"c{self.client.pk}"


class Installation:
    """An installation on ``START``: settings, rates, products, codes and clients, as the model has them too."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311 - a world that can be had again
        self.today = START
        self._second = 0
        dice = self.dice
        self.settings = pm.Settings(
            inclusive=dice.random() < 0.4,
            auto_apply_credit=dice.random() < 0.6,
            consolidate=dice.random() < 0.8,
            require_approval=dice.random() < 0.2,
            advance_days=dice.choice([0, 3, 7, 7, 14]),
            cancel_unpaid_after_days=0,
            dunning=True,
            termination_days=999,
            given_days_stay_given=True,
        )
        self.currency = dice.choice(["EUR", "EUR", "EUR", "JPY", "KWD"])
        self.books = pm.Books(self.settings)
        make_currency(self.currency)
        self._set_up()
        self.rates = self._rules()
        self.plans: dict[int, Plan] = {}
        self.groups: list[list[int]] = []
        self._catalog()
        self.codes = self._codes()
        self.people = [self._person(n) for n in range(dice.choice([1, 1, 2]))]
        self.tell_taxes()

    @property
    def at(self) -> datetime:
        """Each act a second later than the one before."""
        self._second += 1
        return datetime.combine(self.today, time(9), UTC) + timedelta(seconds=self._second)

    @property
    def say(self) -> dict[str, Any]:
        """What each action is told: when, and by whom."""
        return {"ctx": Context(self.at, SYSTEM)}

    def chance(self, part: float) -> bool:
        """True in this part of cases."""
        return self.dice.random() < part

    def _set_up(self) -> None:
        settings = self.settings
        switches = {
            "tax.prices_include_tax": settings.inclusive,
            "billing.auto_apply_credit": settings.auto_apply_credit,
            "billing.consolidate": settings.consolidate,
            "plan_changes.require_approval": settings.require_approval,
        }
        values = {
            "company.email": "staff@example.com",
            "company.country": "DE",
            "company.tax_id": "DE123456788",
            "tax.vies_enabled": "off",
            "tax.vies_cache_days": "365",
            "billing.invoice_advance_days": str(settings.advance_days),
        }
        values |= {key: "on" if value else "off" for key, value in switches.items()}
        for key, value in values.items():
            self.set(key, value)

    def set(self, key: str, value: str) -> None:
        """A setting."""
        set_setting(key=key, value=value, **self.say)

    def _rules(self) -> list[tuple[date, str, int]]:
        """(from, product kind, rate): hosting, and another rate for other things; both may change on the way."""
        dice = self.dice
        found = [(date(2020, 1, 1), "all", dice.choice([19_000, 20_000, 8_875]))]
        found.append((date(2020, 1, 1), "other", dice.choice([7_000, 19_000, 0])))
        for _ in range(dice.choice([0, 1, 2])):
            kind = dice.choice(["all", "other"])
            day = START + timedelta(days=dice.randrange(15, 120))
            if all((day, kind) != one[:2] for one in found):
                found.append((day, kind, dice.choice([16_000, 19_000, 21_000, 5_000])))
        for day, kind, rate in found:
            add_tax_rule(
                country="DE",
                rate=rate,
                category="S" if rate else "Z",
                valid_from=day,
                product_kind=kind,
                name="VAT",
                note="" if rate else "Zero",
                **self.say,
            )
        return found

    def _catalog(self) -> None:
        dice = self.dice
        for g in range(dice.choice([1, 1, 2])):
            group = create_product_group(name=f"Group {g}", **self.say)
            row: list[int] = []
            kinds = ["hosting"] * 4 if dice.random() < 0.6 else ["hosting", "other"] * 2
            for n in range(dice.choice([2, 3, 4])):
                product = create_product(
                    name=f"Plan {g}{n}", group=group, tax_kind=kinds[n], **self.say
                )
                self.plans[product.pk] = Plan(product.pk, product.name, kinds[n])
                self.price(product)
                row.append(product.pk)
            self.groups.append(row)
            if dice.random() < 0.4:
                self._option(row[: dice.randrange(1, len(row) + 1)])

    def price(self, product: Product) -> None:
        """A product has new prices; a cycle that it has already stays one."""
        dice, plan = self.dice, self.plans[product.pk]
        month = dice.choice([0, 333, 499, 1000, 1999, 9000, 20000])
        for cycle, months in CYCLES.items():
            if cycle == "monthly" or dice.random() < 0.5 or cycle in plan.prices:
                amount = month * months * dice.choice([100, 90, 83]) // 100
                fee = dice.choice([0, 0, 500, 333])
                set_price(
                    product=product,
                    currency_code=self.currency,
                    billing_cycle=cycle,
                    price=amount,
                    setup_fee=fee,
                    **self.say,
                )
                plan.prices[cycle] = amount, fee

    def _option(self, products: list[int]) -> None:
        rows = list(Product.objects.filter(pk__in=products))
        group = create_option_group(name=f"Extras {products}", products=rows, **self.say)
        option = create_option(
            group=group, name="Backup", kind="dropdown", values=["None", "Daily"], **self.say
        )
        by_name = {one.name: one.pk for one in option.values.all()}
        prices = {cycle: self.dice.choice([0, 250, 777]) for cycle in CYCLES}
        for cycle, amount in prices.items():
            if amount:
                set_option_price(
                    value=option.values.get(name="Daily"),
                    currency_code=self.currency,
                    billing_cycle=cycle,
                    price=amount,
                    **self.say,
                )
        for pk in products:
            self.plans[pk].option = {"None": {}, "Daily": prices}
            self.plans[pk].option_ids = {
                name: (option.pk, value) for name, value in by_name.items()
            }

    def _codes(self) -> list[Code]:
        found = [
            Code("PERCENT", percent=2500),
            Code("EACH", percent=1000, recurring=True),
            Code("FIXED", fixed=777),
            Code("FIXEDEACH", fixed=301, recurring=True),
        ]
        for code in found:
            amount: dict[str, Any] = {"percent": code.percent}
            if code.fixed:
                amount = {"amounts": {self.currency: code.fixed}}
            create_promo(code=code.code, recurring=code.recurring, **amount, **self.say)
        give_nameservers()
        tld = set_tld(tld="example", **self.say)
        prices = {"currency_code": self.currency, "register": NAME_PRICE, "renew": NAME_PRICE}
        set_tld_price(tld=tld, **prices, **self.say)
        return found

    def _person(self, number: int) -> Person:
        percent = self.dice.choice([0, 0, 1000, 1500])
        client = make_client(email=f"billing{number}@example.com", currency_code=self.currency)
        if percent:
            group = create_client_group(name=f"Group {number}", discount=percent, **self.say)
            Client.objects.filter(pk=client.pk).update(group=group)
        person = Person(client, percent, "")
        pm.add_client(self.books, person.key)
        self.become(person, self.dice.choice(BUYERS))
        return person

    def become(self, person: Person, buyer: str) -> None:
        """The buyer is somebody else by now: what is billed from now on is taxed so."""
        values: dict[str, Any] = {"country": "DE", "tax_id": "", "company": ""}
        values |= {
            "home": {},
            "reverse": {"country": "AT", "tax_id": VAT_NUMBER, "company": "Firma"},
            "export": {"country": "US", "state": "NY"},
            "exempt": {},
        }[buyer]
        Client.objects.filter(pk=person.client.pk).update(**values)
        person.client.refresh_from_db()
        if person.client.tax_exempt and buyer != "exempt":
            end_exemption(client=person.client, reason="over", **self.say)
        elif buyer == "exempt" and not person.client.tax_exempt:
            exempt_client(client=person.client, reason="A charity", **self.say)
        person.buyer = buyer
        if buyer == "reverse":
            mark_vat_number_valid(client=person.client, evidence="seen", **self.say)

    # What the model is told

    def tell_taxes(self) -> None:
        """How each kind of product is taxed for each client today (billing.md 5.1 and 5.2)."""
        for person in self.people:
            for kind in ("hosting", "other"):
                pm.set_tax(self.books, person.key, self.tax(person, kind), kind)

    def tax(self, person: Person, kind: str) -> pm.Tax:
        """How one is taxed today for one of the four buyers."""
        named = {"other": "other"}.get(kind, "all")
        rate = max(one for one in self.rates if one[0] <= self.today and one[1] == named)[2]
        away = {"reverse": "AE", "export": "G", "exempt": "E"}.get(person.buyer)
        if away:
            return pm.Tax(away, 0, rate)
        return pm.Tax("S" if rate else "Z", rate, rate)

    def quote(self, plan: Plan, cycle: str, value: str, percent: int) -> pm.Price:
        """The price of a unit by ``catalog-and-orders.md`` 5, without a promo code."""
        base = plan.prices[cycle][0]
        extra = plan.option.get(value, {}).get(cycle, 0)
        off = round_half_up(Fraction((base + extra) * percent, 10_000))
        return pm.Price(base, (extra,) if extra else (), off)

    def plans_beside(self, plan: Plan) -> Iterator[tuple[Plan, str]]:
        """Each plan of the group in each cycle."""
        [group] = [row for row in self.groups if plan.pk in row]
        for pk in group:
            for cycle in self.plans[pk].prices:
                yield self.plans[pk], cycle
