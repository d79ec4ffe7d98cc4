"""Where acts are done twice, in the product and in the model, and what both have is compared."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction

from commerce.billing.models import Invoice
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.kit.errors import BusinessError
from tests.model import plan_model as pm
from tests.model.shops import Installation, Person, Plan
from tests.model.views import model_view, product_view


class Stage(Installation):
    """An installation with what its worlds have done so far."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.keeps_cycle = 0.5
        self.gateway = "bank_transfer"
        self.expected: dict[str, date] = {}
        """Services for whose request money is on its way in the run of that day."""
        self.lost: list[int] = []
        """Disputes that took something."""
        self.notes: list[pm.Note] = []
        """Those of the statement that was carried out last."""
        self.terms: dict[int, pm.Terms] = {}
        """What was agreed with each order, once it was asked for."""
        self.refunds = 0
        """The last one that is known."""
        self.seen: Counter[str] = Counter()
        self.last = ""

    def both[T](
        self, name: str, product: Callable[[], T], model: Callable[[T | None], object]
    ) -> T | None:
        """An act that both do, or both refuse: then it has changed nothing, and None is given."""
        self.last = name
        done, refusal, other = None, "", ""
        try:
            with transaction.atomic():
                done = product()
        except BusinessError as error:
            refusal = error.code
        try:
            model(done)
        except pm.Refused as error:
            other = str(error)
        both = f"the product: {refusal or 'done'}, the model: {other or 'done'}"
        assert bool(refusal) == bool(other), f"{name} {self.about()}: {both}"
        self.seen["refused" if refusal else name] += 1
        return done

    def about(self) -> str:
        """Where we are."""
        return f"on {self.today} after {self.last}"

    def night(self) -> None:
        """The daily run."""
        raise NotImplementedError

    def live(self, days: int) -> Counter[str]:
        """Each day: the daily run, and what people do."""
        raise NotImplementedError

    # Who is who

    def number_of(self, invoice: Invoice) -> int:
        """The model's number of an invoice: the n-th of its client."""
        rows = Invoice.objects.filter(client=invoice.client_id, issued_at__isnull=False)
        place = rows.filter(pk__lt=invoice.pk).count()
        client = f"c{invoice.client_id}"
        own = [one.number for one in self.books.invoices.values() if one.client == client]
        return own[place]

    def invoice(self, person: Person, number: int) -> Invoice:
        """An invoice of the product by the model's number."""
        own = [one.number for one in self.books.invoices.values() if one.client == person.key]
        rows = Invoice.objects.filter(client=person.client, issued_at__isnull=False)
        return rows.order_by("pk")[own.index(number)]

    def service(self, key: str) -> Service:
        """A service of the product."""
        return Service.objects.select_related("product").get(pk=int(key[1:]))

    def services_of(self, person: Person, *states: str) -> list[str]:
        """Those of a client in one of these states."""
        rows = self.books.services.items()
        return [key for key, one in rows if one.client == person.key and one.state in states]

    def product(self, plan: Plan) -> Product:
        """The product of a plan."""
        return Product.objects.get(pk=plan.pk)

    def plan_of(self, service: Service) -> Plan:
        """The product of a service."""
        return self.plans[service.product_id]

    def target(self, person: Person, service: Service, plan: Plan, cycle: str) -> pm.Target:
        """A plan as it would be sold to a client today, with the options that a service carries over."""
        value = next((str(one["value"]) for one in service.options), "")
        price = self.quote(plan, cycle, value, person.percent)
        return pm.Target(plan.name, cycle, price, plan.kind)

    # What is compared

    def compare(self, *people: Person) -> None:
        """All that clients have."""
        for person in people:
            mine, theirs = product_view(person.client.pk), model_view(self.books, person.key)
            self.seen["comparisons"] += len(theirs)
            if mine != theirs:
                raise AssertionError(f"{self.about()}:\n{differences(mine, theirs)}")
        found = pm.problems(self.books)
        assert not found, f"{self.about()}: the model is at odds with itself: {found}"


def differences(product: Any, model: Any, where: str = "") -> str:
    """What differs, down to the smallest part that has a name."""
    if isinstance(product, dict) and isinstance(model, dict):
        keys = [key for key in {**product, **model} if product.get(key) != model.get(key)]
        parts = (differences(product.get(k), model.get(k), f"{where} {k}") for k in keys)
        return "\n".join(parts)
    return f"{where}\n  product {product}\n  model   {model}"
