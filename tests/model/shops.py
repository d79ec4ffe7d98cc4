"""Random installations of which a world is made, in the product and in the model."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from commerce.accounts.actions.client_flags import end_exemption, exempt_client
from commerce.accounts.actions.client_groups import create_client_group
from commerce.accounts.models import Client
from commerce.billing.tax.actions import add_tax_rule, mark_vat_number_valid
from commerce.catalog.actions.options import create_option, create_option_group, set_option_price
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.products import create_product, create_product_group
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.nameservers import give_nameservers
from tests.make.people import make_client
from tests.model.arithmetic import MONTHS, TaxKey
from tests.model.books import Books
from tests.model.records import Bill, Code, Plan, Unit

START = date(2026, 1, 20)
VAT_NUMBER = "ATU10000005"


@dataclass
class Person:
    """A client in the product and in the model."""

    client: Client
    books: Books
    services: dict[Unit, int]
    invoices: dict[Bill, int]


class Installation:
    """An installation on ``START``: settings, rates, products, codes and clients, as the model has them too."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311 - a world that can be had again
        self.today = START
        self.inclusive = self.dice.random() < 0.4
        self.advance = self.dice.choice([0, 3, 7, 7, 14, 30])
        self.auto_apply = self.dice.random() < 0.8
        self._settings()
        self.rates = self._rules()
        self.plans: dict[int, Plan] = {}
        self.groups: list[list[int]] = []
        self.options: dict[int, dict[str, tuple[int, int]]] = {}
        self._catalogue()
        self.codes = self._codes()
        self.people = [self._person(n) for n in range(self.dice.choice([1, 1, 1, 2]))]

    # What there is

    @property
    def at(self) -> datetime:
        """Each act a second later than the one before."""
        self._second = getattr(self, "_second", 0) + 1
        return datetime.combine(self.today, time(9), UTC) + timedelta(seconds=self._second)

    @property
    def say(self) -> dict[str, Any]:
        return {"ctx": Context(self.at, SYSTEM)}

    def _settings(self) -> None:
        values = {
            "company.country": "DE",
            "company.tax_id": "DE123456788",
            "tax.prices_include_tax": "on" if self.inclusive else "off",
            "tax.vies_enabled": "off",
            "tax.vies_cache_days": "365",
            "billing.invoice_advance_days": str(self.advance),
            "billing.auto_apply_credit": "on" if self.auto_apply else "off",
        }
        for key, value in values.items():
            set_setting(key=key, value=value, **self.say)

    def _rules(self) -> list[tuple[date, str, int]]:
        """(from, product kind, rate): hosting, and another rate for other things; both may change on the way."""
        dice = self.dice
        found = [(date(2020, 1, 1), "all", dice.choice([19_000, 20_000, 8_875]))]
        found.append((date(2020, 1, 1), "other", dice.choice([7_000, 19_000, 0])))
        for _ in range(dice.choice([0, 1, 2])):
            kind = dice.choice(["all", "other"])
            day = START + timedelta(days=dice.randrange(30, 370))
            if all((day, kind) != one[:2] for one in found):
                found.append((day, kind, dice.choice([16_000, 19_000, 21_000, 5_000])))
        for day, kind, rate in found:
            add_tax_rule(
                country="DE",
                rate_milli=rate,
                category="S" if rate else "Z",
                valid_from=day,
                product_kind=kind,
                name="VAT",
                note="" if rate else "Zero",
                **self.say,
            )
        return found

    def _catalogue(self) -> None:
        dice = self.dice
        for g in range(dice.choice([1, 1, 2])):
            group = create_product_group(name=f"Group {g}", **self.say)
            row: list[int] = []
            kinds = ["hosting"] * 4 if dice.random() < 0.6 else ["hosting", "other"] * 2
            for n in range(dice.choice([2, 3, 4])):
                product = create_product(
                    name=f"Plan {g}{n}", group=group, tax_kind=kinds[n], **self.say
                )
                plan = Plan(product.name, kinds[n], {}, {})
                self.plans[product.pk] = plan
                self._prices(product, plan)
                row.append(product.pk)
            self.groups.append(row)
            if dice.random() < 0.4:
                self._option(row[: dice.randrange(1, len(row) + 1)])

    def _prices(self, product: Product, plan: Plan) -> None:
        dice = self.dice
        month = dice.choice([0, 333, 499, 1000, 1999, 9000, 20000])
        for cycle, months in MONTHS.items():
            if cycle == "monthly" or dice.random() < 0.5 or cycle in plan.prices:
                price = month * months * dice.choice([100, 90, 83]) // 100
                fee = dice.choice([0, 0, 500, 333])
                set_price(
                    product=product,
                    currency_code="EUR",
                    billing_cycle=cycle,
                    price=price,
                    setup_fee=fee,
                    **self.say,
                )
                plan.prices[cycle] = price, fee

    def _option(self, products: list[int]) -> None:
        rows = list(Product.objects.filter(pk__in=products))
        group = create_option_group(name=f"Extras {products}", products=rows, **self.say)
        option = create_option(
            group=group, name="Backup", kind="dropdown", values=["None", "Daily"], **self.say
        )
        by_name = {one.name: one.pk for one in option.values.all()}
        prices = {cycle: self.dice.choice([0, 250, 777]) for cycle in MONTHS}
        for cycle, price in prices.items():
            if price:
                set_option_price(
                    value=option.values.get(name="Daily"),
                    currency_code="EUR",
                    billing_cycle=cycle,
                    price=price,
                    **self.say,
                )
        for pk in products:
            self.plans[pk].option = {"None": {}, "Daily": prices}
            self.options[pk] = {name: (option.pk, value) for name, value in by_name.items()}

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
                amount = {"amounts": {"EUR": code.fixed}}
            create_promo(code=code.code, recurring=code.recurring, **amount, **self.say)
        give_nameservers()
        tld = set_tld(tld="example", **self.say)
        set_tld_price(tld=tld, currency_code="EUR", register=900, renew=900, **self.say)
        return found

    def _person(self, number: int) -> Person:
        percent = self.dice.choice([0, 0, 1000, 1500])
        group = None
        if percent:
            group = create_client_group(name=f"Group {number}", discount=percent, **self.say)
        client = make_client(email=f"billing{number}@example.com")
        Client.objects.filter(pk=client.pk).update(group=group)
        person = Person(
            client,
            Books(
                tax_of=lambda kind, day: self._tax(client, kind, day),
                inclusive=self.inclusive,
                advance=self.advance,
                auto_apply=self.auto_apply,
                group=percent,
            ),
            {},
            {},
        )
        self._become(person, self.dice.choice(["home", "home", "reverse", "export", "exempt"]))
        return person

    def _become(self, person: Person, status: str) -> None:
        """The buyer is somebody else by now: what is billed from now on is taxed so."""
        values: dict[str, Any] = {"country": "DE", "tax_id": "", "company": ""}
        values |= {
            "home": {},
            "reverse": {"country": "AT", "tax_id": VAT_NUMBER, "company": "Firma"},
            "export": {"country": "US", "state": "NY"},
            "exempt": {},
        }[status]
        Client.objects.filter(pk=person.client.pk).update(**values)
        person.client.refresh_from_db()
        if person.client.tax_exempt and status != "exempt":
            end_exemption(client=person.client, reason="over", **self.say)
        elif status == "exempt" and not person.client.tax_exempt:
            exempt_client(client=person.client, reason="A charity", **self.say)
        self.status = {**getattr(self, "status", {}), person.client.pk: status}
        if status == "reverse":
            mark_vat_number_valid(client=person.client, evidence="seen", **self.say)

    def vouch(self) -> None:
        """Numbers that staff have found valid count for a year; they look again each half."""
        for person in self.people:
            if self.status[person.client.pk] == "reverse" and (self.today - START).days % 180 == 0:
                mark_vat_number_valid(client=person.client, evidence="seen again", **self.say)

    def _tax(self, client: Client, kind: str, day: date) -> tuple[TaxKey, int]:
        """billing.md 5.1 and 5.2 for these four buyers: (category, rate), and the home rate."""
        named = {"other": "other"}.get(kind, "all")
        own = [one for one in self.rates if one[0] <= day and one[1] == named]
        rate = max(own)[2]
        status = self.status[client.pk]
        key = {"reverse": ("AE", 0), "export": ("G", 0), "exempt": ("E", 0)}.get(status)
        return key or ("S" if rate else "Z", rate), rate
