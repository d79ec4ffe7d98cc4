"""A second count of the money, from payments.md 9 alone, beside the books over random journeys of one client."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.billing.credit.actions import apply_credit
from commerce.billing.models import CreditAccount, Invoice
from commerce.kit.errors import BusinessError
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.models import Payment
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.draws import draws
from tests.make.proof import assert_proven
from tests.payments.funds.conftest import CTX, add_funds, hear, pay, several

KINDS = "several several several meanwhile top_up single spend reverse".split()
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 15), st.integers(1, 4200)),
    min_size=3,
    max_size=10,
)
DAYS = (8, 2, 5, 11)


class RollBack(Exception):
    """Ends an example, and takes its rows back."""


@dataclass
class Model:
    """What is due of each invoice by its day, what the client has, and what each payment went to; None is credit."""

    due: dict[int, int] = field(default_factory=lambda: dict.fromkeys(DAYS, 1200))
    credit: int = 0
    payments: list[dict[int | None, int] | None] = field(default_factory=list)
    uses: list[tuple[int, int, int]] = field(default_factory=list)
    """What credit paid: on which day's invoice, how much, and how many payments there were by then."""

    def receive(self, days: list[int], amount: int) -> None:
        """Oldest due date first, each at most what is due of it; what no longer fits is credit."""
        parts: dict[int | None, int] = {}
        for day in sorted(days):
            parts[day] = min(amount, self.due[day])
            self.due[day] -= parts[day]
            amount -= parts[day]
        parts[None] = amount
        self.credit += amount
        self.payments.append(parts)

    def reverse(self, which: int) -> None:
        """Its invoices are open again; its credit goes as far as it is there, and what that paid since is open again,
        the newest first.
        """
        parts = self.payments[which] or {}
        self.payments[which] = None
        gone = parts.pop(None, 0)
        from_credit = min(self.credit, gone)
        self.credit -= from_credit
        gone -= from_credit
        for n, (day, amount, payments) in reversed(list(enumerate(self.uses))):
            if payments > which:
                again = min(gone, amount)
                self.due[day] += again
                self.uses[n] = (day, amount - again, payments)
                gone -= again
        for day, amount in parts.items():
            assert day is not None
            self.due[day] += amount


@pytest.mark.django_db
@pytest.mark.usefixtures("client")
@hypothesis(max_examples=draws(10), suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_the_books_say_what_a_second_count_says(
    provider: FakeProvider, steps: list[tuple[str, int, int]]
) -> None:
    try:
        with transaction.atomic():
            live(provider, steps)
            raise RollBack
    except RollBack:
        pass


def live(provider: FakeProvider, steps: list[tuple[str, int, int]]) -> None:
    client, model = make.make_client(), Model()
    invoices = dict(zip(DAYS, several(client, *DAYS), strict=True))
    for kind, mask, amount in steps:
        act(provider, model, invoices, kind, mask, amount)
        stored = {day: Invoice.objects.get(pk=each.pk) for day, each in invoices.items()}
        assert {day: each.amount_due for day, each in stored.items()} == model.due
        assert all((each.status == "paid") == (each.amount_due == 0) for each in stored.values())
        account = CreditAccount.objects.filter(client=client).first()
        assert (account.balance if account else 0) == model.credit
    assert_proven()


def act(
    provider: FakeProvider,
    model: Model,
    invoices: dict[int, Invoice],
    kind: str,
    mask: int,
    amount: int,
) -> None:
    client = invoices[2].client
    chosen = [day for n, day in enumerate(DAYS) if mask >> n & 1 and model.due[day]]
    booked = list(Payment.objects.filter(client=client).order_by("pk"))
    if kind in ("several", "meanwhile") and len(chosen) > 1:
        attempt = pay([invoices[day] for day in chosen])
        if (
            kind == "meanwhile"
        ):  # one of them is paid in part or whole by transfer before the money comes
            single(model, invoices, chosen[0], amount)
        received(provider, attempt, amount)
        model.receive(chosen, amount)
    elif kind == "single":
        single(model, invoices, DAYS[mask % 4], amount)
    elif kind == "top_up":
        received(provider, add_funds(client, max(500, amount)), amount)
        model.receive([], amount)
    elif kind == "spend" and chosen and model.credit:
        used = apply_credit(invoice=fresh(invoices[chosen[0]]), ctx=CTX)
        model.credit -= used
        model.uses.append((chosen[0], used, len(model.payments)))
        model.due[chosen[0]] = fresh(invoices[chosen[0]]).amount_due
    elif kind == "reverse" and booked:
        which = mask % len(booked)
        try:
            with transaction.atomic():
                reverse_payment(payment=booked[which], reason="bounced", ctx=CTX)
        except BusinessError:
            assert model.payments[which] is None
        else:
            model.reverse(which)


def fresh(invoice: Invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def single(model: Model, invoices: dict[int, Invoice], day: int, amount: int) -> None:
    make.make_payment(fresh(invoices[day]), amount=amount)
    model.receive([day], amount)


def received(provider: FakeProvider, attempt: Any, amount: int) -> None:
    provider.pay(attempt.reference or "", amount=amount)
    hear(attempt)
