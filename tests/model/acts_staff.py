"""What staff do with invoices and services."""

from django.db.models import Q

from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.payments.actions.disputes import lose_dispute, open_dispute, win_dispute
from commerce.payments.actions.refund_results import apply_refund_report
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.gateways.contract import RefundReport
from commerce.payments.models import Dispute, Payment
from tests.model import acts_buying
from tests.model import acts_services as services
from tests.model import plan_model as pm
from tests.model.shops import Person
from tests.model.stage import Stage

DECISIONS = {"bill_again": "again", "waive": "waive"}


def act(world: Stage, person: Person) -> None:
    """One of them."""
    acts = [note, note, note, void, refund, refund, dispute]
    acts += [acts_buying.staff_credit, acts_buying.manual_invoice, acts_buying.manual_invoice]
    acts += [services.adopt, services.paid_elsewhere, services.move, services.end]
    acts += [services.give_days, services.give_days, services.edit_price, services.edit_cycle]
    acts += [charge_back] * 4
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
    """A part of a payment goes to credit, or back by its gateway, at the gateway's own site."""
    paid = Q(invoice__isnull=False) | Q(shares__isnull=False)
    rows = Payment.objects.filter(paid, client=person.client).order_by("pk")
    if not rows:
        return
    payment = world.dice.choice(list(rows))
    share = payment.shares.first()
    invoice = payment.invoice or (share and share.invoice)
    assert invoice is not None
    most = share.amount if share else payment.amount
    amount = most if world.chance(0.3) else world.dice.randrange(1, most + 1)
    number = world.number_of(invoice)
    world.seen["refunds tried"] += 1
    key = f"f{world.seen['refunds tried']}"
    way = world.dice.choice(["credit", "gateway"])
    if way == "gateway":  # what was done there is booked, whatever it is
        if share:
            return
        left = pm.left_of(world.books, world.books.payments[f"p{payment.pk}"])
        amount = min(amount, left, world.books.invoices[number].held)
        if amount <= 0 or payment.status != "completed":
            return

    def give_back() -> None:
        if way == "credit":
            refund_payment(
                method="credit",
                payment=payment,
                amount=amount,
                reason="r",
                idempotency_key=key,
                invoice=invoice if share else None,
                **world.say,
            )
            return
        report = RefundReport(
            "succeeded", payment.transaction_id, key, amount, payment.currency_id, reason="r"
        )
        apply_refund_report(gateway=payment.gateway, report=report, **world.say)

    world.both(
        f"refund by {way}",
        give_back,
        lambda _: pm.refund(world.books, world.today, key, f"p{payment.pk}", number, amount, way),
    )


def dispute(world: Stage, person: Person) -> None:
    """The payer's bank asks for a payment; such a dispute is won some days later."""
    opened = Dispute.objects.open().filter(client=person.client).order_by("pk").first()
    if opened is not None:
        key = f"p{opened.payment_id}"
        world.both(
            "dispute won",
            lambda: win_dispute(dispute=opened, **world.say),
            lambda _: pm.win_back(world.books, world.today, key),
        )
        return
    rows = Payment.objects.filter(client=person.client, status="completed").order_by("pk")
    if not rows:
        return
    payment = world.dice.choice(list(rows))
    world.both(
        "dispute opened",
        lambda: open_dispute(
            payment=payment,
            reference=f"dp-{payment.pk}-{world.today}-{world.seen['dispute opened']}",
            amount=payment.amount,
            reason="r",
            **world.say,
        ),
        lambda _: pm.dispute(world.books, f"p{payment.pk}"),
    )


def charge_back(world: Stage, person: Person) -> None:
    """The bank takes a payment, whenever it was; at times it comes back."""
    lost = Dispute.objects.filter(pk__in=world.lost, client=person.client, status="lost")
    if lost and world.chance(0.5):
        won = world.dice.choice(list(lost.order_by("pk")))
        world.both(
            "chargeback won",
            lambda: win_dispute(dispute=won, **world.say),
            lambda _: pm.win_back(world.books, world.today, f"p{won.payment_id}"),
        )
        return
    rows = Payment.objects.filter(client=person.client).exclude(disputes__status="lost")
    if not rows:
        return
    payment = world.dice.choice(list(rows.order_by("pk")))
    key = f"p{payment.pk}"

    def take() -> Dispute:
        opened = Dispute.objects.open().filter(payment=payment).first() or open_dispute(
            payment=payment,
            reference=f"cb-{payment.pk}-{world.today}-{world.seen['chargeback']}",
            amount=payment.amount,
            reason="r",
            **world.say,
        )
        lose_dispute(dispute=opened, **world.say)
        return opened

    if not pm.can_be_taken(
        world.books, key
    ):  # a bank may ask all the same: a to-do, and nothing in the books
        world.both("chargeback of nothing", take, lambda _: None)
    elif taken := world.both(
        "chargeback", take, lambda _: pm.charge_back(world.books, world.today, key)
    ):
        world.lost.append(taken.pk)
