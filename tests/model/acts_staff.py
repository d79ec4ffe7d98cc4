"""What staff do with invoices and services."""

from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.payments.actions.refunds import refund_payment_to_credit
from commerce.payments.models import Payment
from tests.model import acts_buying
from tests.model import plan_model as pm
from tests.model.shops import Person
from tests.model.stage import Stage

DECISIONS = {"bill_again": "again", "waive": "waive"}


def act(world: Stage, person: Person) -> None:
    """One of them."""
    acts = (note, note, void, refund, acts_buying.staff_credit, acts_buying.manual_invoice)
    world.dice.choice(acts)(world, person)


def _decisions(world: Stage, person: Person) -> tuple[dict[tuple[str, int], str], dict[str, str]]:
    """What is chosen for each service, in the words of the product and of the model."""
    rows = {key: world.dice.choice(list(DECISIONS)) for key in world.books.services}
    product = {("service", int(key[1:])): choice for key, choice in rows.items()}
    return product, {key: DECISIONS[choice] for key, choice in rows.items()}


def note(world: Stage, person: Person) -> None:
    """A credit note by amount, or by line."""
    own = [one for one in world.books.invoices.values() if one.client == person.key and one.total]
    if not own:
        return
    invoice = world.dice.choice(own)
    row, by_line = world.invoice(person, invoice.number), world.chance(0.5)
    product, model = _decisions(world, person)
    if by_line:
        count = world.dice.choice([1, 1, 2])
        lines = sorted({world.dice.choice(invoice.lines).number for _ in range(count)})
        world.both(
            "note by line",
            lambda: credit_invoice(
                invoice=row,
                lines=dict.fromkeys(lines),
                reason="r",
                decisions=product,
                **world.say,
            ),
            lambda _: pm.credit_note(
                world.books, world.today, invoice.number, lines=lines, decisions=model
            ),
        )
        return
    left = invoice.total - invoice.noted
    amount = left if world.chance(0.2) else world.dice.randrange(1, max(left, 2))
    world.both(
        "note by amount",
        lambda: credit_invoice(
            invoice=row, amount=amount, reason="r", decisions=product, **world.say
        ),
        lambda _: pm.credit_note(world.books, world.today, invoice.number, amount, decisions=model),
    )


def void(world: Stage, person: Person) -> None:
    """An open invoice is voided."""
    own = [one for one in world.books.invoices.values() if one.client == person.key]
    own = [one for one in own if one.status in pm.OPEN]
    if not own:
        return
    number = world.dice.choice(own).number
    row = world.invoice(person, number)
    product, model = _decisions(world, person)
    world.both(
        "void",
        lambda: void_invoice(invoice=row, reason="r", decisions=product, **world.say),
        lambda _: pm.void(world.books, world.today, number, model),
    )


def refund(world: Stage, person: Person) -> None:
    """A part of a payment goes to credit."""
    rows = Payment.objects.filter(client=person.client, invoice__isnull=False).order_by("pk")
    if not rows:
        return
    payment = world.dice.choice(list(rows))
    assert payment.invoice is not None
    amount = world.dice.randrange(1, payment.amount + 1)
    if world.chance(0.3):
        amount = payment.amount
    number = world.number_of(payment.invoice)
    world.seen["refunds tried"] += 1
    key = f"f{world.seen['refunds tried']}"
    world.both(
        "refund to credit",
        lambda: refund_payment_to_credit(
            payment=payment, amount=amount, reason="r", idempotency_key=key, **world.say
        ),
        lambda _: pm.refund(
            world.books, world.today, key, f"p{payment.pk}", number, amount, "credit"
        ),
    )
