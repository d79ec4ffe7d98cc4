"""What staff do with services, without a document: adopt, move, give days, edit terms, end."""

from collections.abc import Callable
from datetime import timedelta

from commerce.accounts.actions.client_locks import bump_revision
from commerce.billing.changes.cancellations.actions import cancel_service_without_request
from commerce.billing.changes.plan_changes.actions.paid_elsewhere import state_paid_elsewhere
from commerce.billing.changes.service_edits import edit_price_and_dates
from commerce.hosting.actions.editing import create_service
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests.model import plan_model as pm
from tests.model.acts_changes import withdraw
from tests.model.plan_model.arithmetic import start_of
from tests.model.shops import Person
from tests.model.stage import Stage


def adopt(world: Stage, person: Person) -> None:
    """A service comes from elsewhere: without documents, due some day; at times it is known what was paid there."""
    if len(world.services_of(person, "active", "suspended")) > 5:
        return
    dice = world.dice
    plan = world.plans[dice.choice(list(world.plans))]
    cycle = dice.choice(list(plan.prices))
    price = world.quote(plan, cycle, "", person.percent)
    anchor = world.today - timedelta(days=dice.randrange(1, 28))
    due = start_of(anchor, cycle, 1)
    bump_revision(person.client.pk, Context(world.at, SYSTEM))
    service = create_service(
        client=person.client,
        product=world.product(plan),
        billing_cycle=cycle,
        amount=price.amount,
        currency_code=world.currency,
        price_parts={"base": price.base, "group_discount": price.group_discount},
        **world.say,
    )
    activate_service(service=service, ctx=Context(world.at - (world.today - anchor), SYSTEM))
    key = f"s{service.pk}"
    pm.adopt(
        world.books, key, person.key, plan.name, cycle, price, due, anchor=anchor, kind=plan.kind
    )
    world.seen["adopted"] += 1
    world.last = "an adoption"
    if world.chance(0.6):
        paid_elsewhere(world, person, key)


def paid_elsewhere(world: Stage, person: Person, key: str = "") -> None:
    """Staff state what was paid elsewhere for days of a service."""
    live = [one for one in world.services_of(person, "active") if not _is_stated(world, one)]
    key = key or (world.dice.choice(live) if live else "")
    if not key:
        return
    start = world.today + timedelta(days=world.dice.randrange(-40, 5))
    end = start + timedelta(days=world.dice.randrange(1, 90))
    amount = world.dice.randrange(1, 9_000)
    state_paid_elsewhere(
        service=world.service(key),
        amount=amount,
        first_day=start,
        last_day=end - timedelta(days=1),
        reason="r",
        **world.say,
    )
    pm.state_elsewhere(world.books, key, pm.PaidElsewhere(amount, start, end))
    world.seen["paid elsewhere"] += 1
    world.last = "what was paid elsewhere"


def _is_stated(world: Stage, key: str) -> bool:
    return bool(world.service(key).paid_elsewhere.exists())


def move(world: Stage, person: Person) -> None:
    """A service goes to another client, whose documents count from then on."""
    others = [one for one in world.people if one is not person]
    live = world.services_of(person, "active")
    if not others or not live:
        return
    other, key = world.dice.choice(others), world.dice.choice(live)
    for request in [one for one in world.books.requests.values() if one.service == key]:
        if request.state in ("pending", "awaiting_payment"):
            withdraw(world, request.key)
    if any(one.status in pm.OPEN for one in world.books.invoices.values() if key in one.units()):
        return
    Service.objects.filter(pk=int(key[1:])).update(client=other.client)
    pm.move(world.books, key, other.key)
    world.seen["moved"] += 1
    world.last = "a move"


def _edited(world: Stage, name: str, edit: Callable[[], None], model: Callable[[], None]) -> None:
    """An edit that the product may refuse for a reason that the model does not know."""
    try:
        edit()
    except BusinessError as error:
        world.seen[f"{name}: {error.code}"] += 1
        return
    model()
    world.seen[name] += 1
    world.last = name


def give_days(world: Stage, person: Person) -> None:
    """Staff edit the next due date: mostly later, so that days are given."""
    live = world.services_of(person, "active")
    if not live:
        return
    key = world.dice.choice(live)
    service = world.service(key)
    due = service.next_due_date or world.today
    to = due + timedelta(days=world.dice.choice([-20, -5, 1, 3, 10, 31, 45]))
    _edited(
        world,
        "next due date edited",
        lambda: edit_price_and_dates(service=service, reason="r", next_due_date=to, **world.say),
        lambda: pm.set_next_due(world.books, key, to),
    )


def edit_price(world: Stage, person: Person) -> None:
    """Staff set another price: it stands for itself."""
    live = world.services_of(person, "active")
    if not live:
        return
    key, amount = world.dice.choice(live), world.dice.randrange(0, 3_000)
    service = world.service(key)
    if service.options:
        return
    _edited(
        world,
        "price edited",
        lambda: edit_price_and_dates(service=service, reason="r", amount=amount, **world.say),
        lambda: pm.set_price(world.books, key, pm.Price(amount)),
    )


def edit_cycle(world: Stage, person: Person) -> None:
    """Staff set another cycle at the same price."""
    live = world.services_of(person, "active")
    if not live:
        return
    key, cycle = world.dice.choice(live), world.dice.choice(["monthly", "quarterly"])
    service = world.service(key)
    _edited(
        world,
        "cycle edited",
        lambda: edit_price_and_dates(service=service, reason="r", billing_cycle=cycle, **world.say),
        lambda: pm.set_cycle(world.books, key, cycle),
    )


def end(world: Stage, person: Person) -> None:
    """Staff end a service, now or with its period."""
    live = world.services_of(person, "active", "suspended")
    if not live or world.chance(0.5):
        return
    key, at_once = world.dice.choice(live), world.chance(0.5)
    service = world.service(key)
    kind = "immediate" if at_once else "end_of_period"

    def model(_: object) -> None:
        if at_once:
            pm.end_service(world.books, world.today, key)
        else:
            pm.plan_ending(world.books, world.today, key)

    world.both(
        f"ended: {kind}",
        lambda: cancel_service_without_request(service=service, kind=kind, reason="r", **world.say),
        model,
    )
