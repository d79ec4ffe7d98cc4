"""What consumers state, and what follows: withdrawals of services and names, endings."""

from datetime import timedelta

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.consumers.actions.carrying_out import carry_out_statement, settle_ended_contract
from commerce.consumers.models import ConsumerStatement
from commerce.domains.actions.states import confirm_domain_registration
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.orders.models import Order, OrderUnit
from commerce.payments.models import Refund
from commerce.site_settings.current import get_setting
from commerce.support.consumers.actions import give_instruction, record_begin_consent
from tests.make.statements import state
from tests.model import plan_model as pm
from tests.model.shops import Person
from tests.model.stage import Stage

REFUND_DAYS = 180
"""So long the test's gateway sends money back."""


def terms_of(world: Stage, person: Person, contract: Service | Domain) -> pm.Terms:
    """What was agreed: for an order perhaps with the instruction, perhaps with the tick."""
    days = get_setting("consumer.withdrawal_days")
    unit = (
        OrderUnit.objects.filter(
            **{"service" if isinstance(contract, Service) else "domain": contract}
        )
        .select_related("item__order")
        .first()
    )
    if unit is None:
        return pm.Terms(contract.created_at.date(), days=days)
    order: Order = unit.item.order
    if order.pk in world.terms:
        return world.terms[order.pk]
    told, asked = world.dice.choice([(True, True)] * 4 + [(True, False), (False, True)])
    is_consumer = person.buyer in ("home", "exempt")
    if is_consumer:
        client = Client.objects.get(pk=person.client.pk)
        record = ("order", order.pk)
        if told:
            give_instruction(client=client, record=record, ctx=Context(order.created_at, SYSTEM))
        if asked:
            member = Context(order.created_at, Actor("member", 1, "member@example.com"))
            record_begin_consent(client=client, record=record, given=True, ctx=member)
    agreed = order.created_at.date()
    terms = pm.Terms(agreed, told and is_consumer, asked and is_consumer, days)
    return world.terms.setdefault(order.pk, terms)


def withdraw(world: Stage, person: Person, key: str, *, later: int = 0) -> None:
    """A service is withdrawn from; staff carry it out some days ``later``."""
    service = world.service(key)
    terms, stated = terms_of(world, person, service), world.today
    statement = state("withdrawal", about=service, at=world.at)
    world.live(later)
    carried_out = world.both(
        "withdrawal",
        lambda: _carry_out(world, statement),
        lambda _: _notes(world, pm.withdraw_contract(world.books, world.today, key, stated, terms)),
    )
    if carried_out:
        settle_money(world, person, statement)


def withdraw_name(world: Stage, person: Person, domain: Domain) -> None:
    """A name is withdrawn from, registered or not yet."""
    terms, registered = terms_of(world, person, domain), world.chance(0.5)
    if registered:
        confirm_domain_registration(
            domain=domain,
            registration_date=world.today,
            expiry_date=world.today + timedelta(days=365),
            **world.say,
        )
    invoice = Invoice.objects.get(order__items__units__domain=domain)
    number, stated = world.number_of(invoice), world.today
    statement = state("withdrawal", about=domain, at=world.at)
    carried_out = world.both(
        "withdrawal of a name",
        lambda: _carry_out(world, statement),
        lambda _: _notes(
            world,
            pm.withdraw_name(
                world.books, world.today, number, stated, terms, registered=registered
            ),
        ),
    )
    if carried_out:
        settle_money(world, person, statement)


def end(world: Stage, person: Person, key: str) -> None:
    """A contract is ended; its day comes, and what is paid for the days after goes back."""
    service = world.service(key)
    notice = world.dice.choice([0, 1, 1, 2])
    world.set("consumer.notice", f"* | {notice} | test")
    last = pm.day_of_end(world.books.services[key], world.today, notice)
    statement = state(about=service, at=world.at)
    carried_out = world.both(
        "ending",
        lambda: _carry_out(world, statement),
        lambda _: pm.plan_end_of_contract(world.books, world.today, key, last),
    )
    if not carried_out:
        return
    statement.refresh_from_db()
    assert statement.ends_on == last, f"the end {world.about()}"
    world.compare(person)
    pass_days(world, (last - world.today).days)
    settle_ended_contract(service_id=service.pk, **world.say)
    world.last = "the end of a contract"
    _notes(world, pm.settle_end(world.books, world.today, key, last))
    settle_money(world, person, statement)


def pass_days(world: Stage, days: int) -> None:
    """Some days without an act; then the daily run, which catches up."""
    if days:
        world.today += timedelta(days=days)
        for person in world.people:  # what was answered about a number counts for a year
            world.become(person, person.buyer)
        world.tell_taxes()
        world.night()


def _carry_out(world: Stage, statement: ConsumerStatement) -> ConsumerStatement:
    carry_out_statement(statement=statement, **world.say)
    return statement


def _notes(world: Stage, notes: list[pm.Note]) -> None:
    world.notes = notes


def settle_money(world: Stage, person: Person, statement: ConsumerStatement) -> None:
    """What the statement says that it gives is what the model's notes give, and goes back as far as it was paid."""
    statement.refresh_from_db()
    given = sum(note.total for note in world.notes)
    assert statement.given_back == given, f"{statement.given_back} for {given} {world.about()}"
    sent = Refund.objects.filter(client=person.client, is_paid_back=True, pk__gt=world.refunds)
    for refund in sent:
        pm.pay_back(world.books, world.today, f"p{refund.payment_id}", refund.amount)
        world.refunds = max(world.refunds, refund.pk)
    amount = sum(refund.amount for refund in sent)
    oldest = world.today - timedelta(days=REFUND_DAYS)
    least, most = pm.money_of(world.books, world.notes, oldest)
    if world.gateway == "bank_transfer":  # which sends nothing back: a payout by hand
        least = most = 0
    assert least <= amount <= most, f"{amount} sent of {least} to {most} {world.about()}"
    world.seen["given back"] += bool(given)
    world.seen["sent back"] += bool(amount)
    world.compare(*world.people)
