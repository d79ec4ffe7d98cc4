"""Changes of plan: offered, asked for, paid, approved, withdrawn, carried out on account."""

from dataclasses import astuple
from datetime import UTC, datetime, time, timedelta
from typing import Any

from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.offers import PlanOffer, plan_offers
from commerce.billing.models import PlanChange
from commerce.payments.actions.plan_change_payments import record_plan_change_payment
from commerce.payments.actions.received_money import ReceivedMoney
from tests.model import plan_model as pm
from tests.model.shops import Person
from tests.model.stage import Stage, differences
from tests.model.views import in_order


def offers(world: Stage, person: Person, key: str) -> list[PlanOffer]:
    """What a service can change to: the same ways with the same figures on both sides."""
    service = world.service(key)
    found = plan_offers(service, world.today)
    shown = {
        f"{one.product.name} {one.billing_cycle}": _figures_of_product(world, one) for one in found
    }
    expected = {}
    for plan, cycle in world.plans_beside(world.plan_of(service)):
        if (plan.pk, cycle) != (service.product_id, service.billing_cycle):
            target = world.target(person, service, plan, cycle)
            one = pm.offer(world.books, world.today, key, target)
            if one.figures is not None:
                expected[f"{plan.name} {cycle}"] = _figures_of_model(world, person, one.figures)
    world.seen["comparisons"] += len(expected)
    assert shown == expected, f"offers of {key} {world.about()}:\n{differences(shown, expected)}"
    world.seen["offers" if found else "no offers"] += 1
    return found


def _figures_of_product(world: Stage, offer: PlanOffer) -> dict[str, Any]:
    notes = {}
    for credit in offer.unused.invoices:
        rows = (
            (
                part.share.position,
                f"s{part.share.service}",
                part.net,
                part.tax,
                *part.share.tax_key,
            )
            for part in credit.credited
            if part.net or part.tax
        )
        notes[world.number_of(credit.invoice)] = in_order(rows)
    return {
        "notes": notes,
        "elsewhere": sum(amount for _row, amount in offer.unused.elsewhere),
        "charge": [
            (
                one.net,
                one.tax,
                one.line.tax.category,
                one.line.tax.rate_milli,
                one.line.days.start,
                one.line.days.end,
            )
            for one in offer.charge.priced.lines
        ],
        "figures": astuple(offer.totals),
        "amount": offer.amount,
    }


def _figures_of_model(world: Stage, person: Person, found: pm.Figures) -> dict[str, Any]:
    notes = {}
    for note in found.notes:
        rows = (
            (one.line, one.unit, one.net, one.tax, one.category, one.rate)
            for one in note.lines
            if one.net or one.tax
        )
        notes[note.invoice] = in_order(rows)
    return {
        "notes": notes,
        "elsewhere": found.elsewhere,
        "charge": [
            (one.net, one.tax, one.category, one.rate, one.start, one.end) for one in found.lines
        ],
        "figures": (found.unused, found.charge, found.difference),
        "amount": found.amount,
    }


def ask(world: Stage, person: Person, key: str) -> bool:
    """One of the ways that are offered is confirmed."""
    found = offers(world, person, key)
    if not found:
        return False
    service = world.service(key)
    same = [one for one in found if one.billing_cycle == service.billing_cycle]
    offer = world.dice.choice(same if same and world.chance(world.keeps_cycle) else found)
    ticked = world.chance(0.4)
    plan = world.plans[offer.product.pk]
    target = world.target(person, service, plan, offer.billing_cycle)
    world.both(
        "change asked for",
        lambda: actions.request_plan_change(
            vat_refresh=None,
            service=service,
            product_id=offer.product.pk,
            billing_cycle=offer.billing_cycle,
            expected=offer.totals,
            losses_accepted=True,
            use_credit=ticked,
            **world.say,
        ),
        lambda done: pm.ask_change(
            world.books,
            world.today,
            f"r{done.pk if done else 0}",
            key,
            target,
            use_credit=ticked,
        ),
    )
    return True


def decide(world: Stage, person: Person) -> bool:
    """Something happens to a request: mostly money comes, right or not."""
    own = [one for one in world.books.requests.values() if one.client == person.key]
    open_ones = [one for one in own if one.state in ("pending", "awaiting_payment")]
    if not open_ones:
        ended = [one for one in own if one.state != "rejected"]
        if ended and world.chance(0.06):
            pay_request(world, person, world.dice.choice(ended).key, 432)
            return True
        return False
    request = world.dice.choice(open_ones)
    if request.state == "pending":
        _by_staff(world, person, request.key)
    else:
        _by_client(world, person, request.key)
    return True


def _change(key: str) -> PlanChange:
    return PlanChange.objects.select_related("service", "client", "product").get(pk=int(key[1:]))


def _by_client(world: Stage, person: Person, key: str) -> None:
    roll, asked = world.dice.random(), pm.asks(world.books, key)
    if roll < 0.08:
        withdraw(world, key)
    elif roll < 0.16:
        on_account(world, person, key)
    elif roll < 0.3 and asked > 1:
        pay_request(world, person, key, world.dice.randrange(1, asked))
    elif roll < 0.4:
        pay_request(world, person, key, asked + 444)
    elif roll < 0.85:
        pay_request(world, person, key, max(asked, 1))
    else:
        expect(world, key)


def expect(world: Stage, key: str) -> None:
    """A try to pay is open in the next run: the renewal waits. Not beyond the last day: that ends it in any case."""
    request, tomorrow = world.books.requests[key], world.today + timedelta(days=1)
    if request.last_day >= tomorrow:
        until = datetime.combine(tomorrow, time(23), UTC)
        actions.expect_payment(change=_change(key), until=until, **world.say)
        world.expected[request.service] = tomorrow
        world.seen["payment expected"] += 1


def _by_staff(world: Stage, person: Person, key: str) -> None:
    roll = world.dice.random()
    if roll < 0.1:
        withdraw(world, key)
    elif roll < 0.2:
        on_account(world, person, key)
    elif roll < 0.3:
        world.both(
            "change rejected",
            lambda: actions.reject_plan_change(change=_change(key), note="no", **world.say),
            lambda _: pm.reject(world.books, key),
        )
    elif roll < 0.7:
        target = target_of(world, person, key)
        world.both(
            "change approved",
            lambda: actions.approve_plan_change(change=_change(key), **world.say),
            lambda _: pm.approve(world.books, world.today, key, target),
        )


def target_of(world: Stage, person: Person, key: str) -> pm.Target:
    """What a request leads to, at the prices of today."""
    change = _change(key)
    service = world.service(f"s{change.service_id}")
    return world.target(person, service, world.plans[change.product_id], change.billing_cycle)


def withdraw(world: Stage, key: str) -> None:
    """Nobody wants it any more."""
    world.both(
        "change withdrawn",
        lambda: actions.withdraw_plan_change(change=_change(key), **world.say),
        lambda _: pm.withdraw(world.books, key),
    )


def on_account(world: Stage, person: Person, key: str) -> None:
    """Staff carry it out before it is paid."""
    target = target_of(world, person, key)
    world.both(
        "change on account",
        lambda: actions.carry_out_on_account(change=_change(key), **world.say),
        lambda _: pm.on_account(world.books, world.today, key, target),
    )


def pay_request(world: Stage, person: Person, key: str, amount: int) -> None:
    """Money comes for a request, whatever its state."""
    target = target_of(world, person, key)
    change = _change(key)
    world.seen["money of requests"] += 1
    world.both(
        "request paid",
        lambda: record_plan_change_payment(
            change=change,
            money=ReceivedMoney(
                gateway=world.gateway,
                transaction_id=f"request-{change.pk}-{world.seen['money of requests']}",
                amount=amount,
                currency_code=change.service.currency_id,
                received_on=world.today,
            ),
            **world.say,
        ),
        lambda done: pm.pay_request(
            world.books, world.today, f"p{done.pk if done else 0}", key, amount, target
        ),
    )
