"""What clients do with invoices: order, pay, use credit."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

from commerce.billing.credit.actions import add_credit, apply_credit, remove_credit
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.manual import draft_manual_invoice
from commerce.billing.invoices.rules import OUTSIDE_SCOPE, BilledDays, DraftLine
from commerce.billing.models import Invoice
from commerce.billing.tax.rules import VatAsked
from commerce.domains.models import Domain
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.orders.actions.lifecycle import activate_paid_order
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import CartLine, DomainCartLine, ProductCartLine
from commerce.orders.models import Order
from tests.make.records import make_payment
from tests.model import plan_model as pm
from tests.model.plan_model.arithmetic import proportional, round_half_up
from tests.model.shops import NAME_PRICE, Code, Person
from tests.model.stage import Stage


def order(world: Stage, person: Person) -> None:
    """Some units of one product or two, perhaps with a domain name and a promo code."""
    dice = world.dice
    wishes: list[CartLine] = []
    items: list[pm.OrderItem] = []
    for _ in range(dice.choice([1, 1, 2])):
        plan = world.plans[dice.choice(list(world.plans))]
        cycle, qty = dice.choice(list(plan.prices)), dice.choice([1, 1, 2, 3])
        value = dice.choice(list(plan.option)) if plan.option else ""
        chosen = (plan.option_ids[value],) if value else ()
        wishes.append(
            ProductCartLine(product_id=plan.pk, billing_cycle=cycle, options=chosen, qty=qty)
        )
        price, setup = world.quote(plan, cycle, value, 0), plan.prices[cycle][1]
        units = tuple(f"new {len(items)} {n}" for n in range(qty))
        items.append(
            pm.OrderItem(units, plan.name, cycle, price.base, price.options, setup, kind=plan.kind)
        )
    code = dice.choice([None, None, *world.codes])
    items = discounted(items, person.percent, code)
    if world.chance(0.3):
        name = f"name{Domain.objects.count()}.example"
        wishes.append(DomainCartLine(action="register", domain=name))
        tax = world.tax(person, "domain")
        items.append(pm.OrderItem((), "name", "annually", NAME_PRICE, tax=tax))
    placed = place_cart_lines(
        cart_lines=wishes,
        client=person.client,
        placed_by=None,
        shown_total=None,
        promo_code=code.code if code else "",
        idempotency_key=f"form {Order.objects.count()}",
        **world.say,
    )
    rows = Service.objects.filter(order_unit__item__order=placed).order_by("pk")
    keys = iter([f"s{pk}" for pk in rows.values_list("pk", flat=True)])
    named = [with_units(item, [next(keys) for _ in item.units]) for item in items]
    pm.place_order(world.books, world.today, person.key, named)
    world.seen["orders"] += 1
    world.last = "an order"
    if placed.invoice is not None and placed.invoice.amount_due and world.chance(0.9):
        pay_invoice(world, person, world.number_of(placed.invoice), placed.invoice.amount_due)
    activate(world, person)


def with_units(item: pm.OrderItem, units: Sequence[str]) -> pm.OrderItem:
    """An item whose units have their names."""
    values = {name: getattr(item, name) for name in item.__dataclass_fields__}
    return pm.OrderItem(**values | {"units": tuple(units)})


def discounted(
    items: Sequence[pm.OrderItem], percent: int, code: Code | None
) -> list[pm.OrderItem]:
    """``catalog-and-orders.md`` 5, steps 4 to 7: the percentage of the group, then the code, for each unit."""
    prices = []
    for item in items:
        amount = item.base + sum(item.options)
        prices += [amount - round_half_up(Fraction(amount * percent, 10_000))] * len(item.units)
    if code is None:
        offs = [0] * len(prices)
    elif code.percent:
        offs = [round_half_up(Fraction(price * code.percent, 10_000)) for price in prices]
    else:
        offs = proportional(min(code.fixed, sum(prices)), prices)
    shares = iter(offs)
    found = []
    for item in items:
        values = {name: getattr(item, name) for name in item.__dataclass_fields__}
        values["group_bp"] = percent
        values["promos"] = tuple(next(shares) for _ in item.units)
        values["promo_recurring"] = code is not None and code.recurring
        found.append(pm.OrderItem(**values))
    return found


def activate(world: Stage, person: Person) -> None:
    """What was ordered and paid runs from today on."""
    own = Invoice.objects.filter(client=person.client, kind="order", status="paid")
    for invoice in own.order_by("pk"):
        pending = Service.objects.filter(
            order_unit__item__order__invoice=invoice, status="pending"
        ).order_by("pk")
        if not pending:
            continue
        activate_paid_order(invoice_id=invoice.pk, **world.say)
        for service in pending:
            activate_service(service=service, **world.say)
            pm.activate(world.books, world.today, f"s{service.pk}")
        world.last = "an activation"


def pay_invoice(world: Stage, person: Person, number: int, amount: int) -> None:
    """A payment for one invoice, whatever its state."""
    invoice = world.invoice(person, number)
    world.both(
        "payment",
        lambda: make_payment(
            invoice,
            at=world.at,
            amount=amount,
            received_on=world.today,
            gateway=world.gateway,
        ),
        lambda done: pm.pay(
            world.books, world.today, f"p{done.pk if done else 0}", [number], amount
        ),
    )


def pay(world: Stage, person: Person) -> bool:
    """An open invoice is paid: mostly right, at times short, too much, or by credit; a closed one now and then."""
    own = [one for one in world.books.invoices.values() if one.client == person.key]
    open_ones = [one for one in own if one.status in pm.OPEN]
    if not open_ones:
        if own and world.chance(0.02):
            pay_invoice(world, person, world.dice.choice(own).number, 321)
            return True
        return False
    invoice = world.dice.choice(open_ones)
    due, roll = invoice.amount_due, world.dice.random()
    there = pm.balance(world.books, person.key)
    if there and roll < 0.2:
        use_credit(world, person, invoice.number, min(there, due))
    elif roll < (0.6 if invoice.kind == "manual" else 0.3) and due > 1:
        pay_invoice(world, person, invoice.number, world.dice.randrange(1, due))
    elif roll < 0.4:
        pay_invoice(world, person, invoice.number, due + 555)
    else:
        pay_invoice(world, person, invoice.number, due)
    return True


def use_credit(world: Stage, person: Person, number: int, amount: int) -> None:
    """Credit pays an open invoice, in part at times."""
    if world.chance(0.3):
        amount = world.dice.randrange(1, amount + 1)
    invoice = world.invoice(person, number)
    world.both(
        "credit applied",
        lambda: apply_credit(invoice=invoice, amount=amount, **world.say),
        lambda _: pm.apply_credit(world.books, world.today, number, amount),
    )


def staff_credit(world: Stage, person: Person) -> None:
    """Staff give credit, or take it."""
    amount, give = world.dice.randrange(1, 3_000), world.chance(0.7)
    act = add_credit if give else remove_credit
    world.both(
        "staff credit",
        lambda: act(
            client=person.client,
            currency_code=world.currency,
            amount=amount,
            note="staff",
            **world.say,
        ),
        lambda _: pm.staff_credit(
            world.books, world.today, person.key, amount if give else -amount
        ),
    )


def manual_invoice(world: Stage, person: Person) -> None:
    """Staff bill by hand: for a service and days, for a service, or for neither."""
    live = world.services_of(person, "active")
    drafts: list[DraftLine] = []
    lines: list[pm.ManualLine] = []
    for _ in range(world.dice.choice([1, 2, 2])):
        kind, amount = world.dice.choice(["hosting", "other"]), world.dice.randrange(1, 4_000)
        unit = world.dice.choice(live) if live and world.chance(0.7) else None
        start = world.today + timedelta(days=world.dice.randrange(-10, 10))
        end = start + timedelta(days=world.dice.randrange(1, 60))
        with_days = unit is not None and world.chance(0.7)
        days = (start, end) if with_days else (None, None)
        subject = ("service", int(unit[1:])) if unit else None
        drafts.append(
            DraftLine(
                "By hand",
                amount,
                OUTSIDE_SCOPE,
                tax_kind=kind,
                subject=subject,
                days=BilledDays(*days),
            )
        )
        lines.append(pm.ManualLine(amount, world.tax(person, kind), unit, *days))

    def write() -> Invoice:
        draft = draft_manual_invoice(
            client=person.client, currency_code=world.currency, lines=drafts, **world.say
        )
        issue_invoice(invoice=draft, vat=VatAsked(draft.client_id), **world.say)
        return draft

    world.both(
        "manual invoice",
        write,
        lambda _: pm.manual_invoice(world.books, world.today, person.key, lines),
    )
