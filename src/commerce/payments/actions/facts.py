"""What a gateway says of our attempts, made true here; who asked, and how often, does not matter (payments.md 2)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.kit.actor import Actor
from commerce.kit.errors import Moved
from commerce.payments.actions.attempts import close_attempt, fail_attempt
from commerce.payments.actions.receipts import receive_money
from commerce.payments.gateways.contract import Fact
from commerce.payments.models import Attempt, Payment
from commerce.preferences import current


@transaction.atomic
def act_on_fact(*, gateway: str, fact: Fact, at: datetime, actor: Actor) -> None:
    """Book money, or end the attempt that brought none. The same fact again, or an older one, changes nothing.

    Money under a reference that is none of ours is kept as a stray receipt (payments.md 2.1).
    """
    mine = Attempt.objects.select_related("invoice").filter(gateway=gateway)
    attempt = mine.filter(reference=fact.reference).first()
    if fact.kind == "paid":
        _book(gateway, fact, attempt, at, actor)
    elif attempt is not None:
        try:
            if fact.kind == "failed":
                fail_attempt(attempt=attempt, reason=fact.reason, at=at, actor=actor)
            elif fact.kind == "closed":
                close_attempt(attempt=attempt, at=at, actor=actor)
        except Moved:  # it ended before; a failure after a success is none
            pass


def _book(gateway: str, fact: Fact, attempt: Attempt | None, at: datetime, actor: Actor) -> None:
    # A gateway east of us may have tomorrow already; its money is no less received.
    today = current.business_date(at)
    details: dict[str, Any] = {"fee": fact.fee}
    if fact.card is not None:
        details["method"] = Payment.Method.CARD
        details |= {"card_brand": fact.card.brand, "card_last4": fact.card.last4}
    receive_money(
        invoice=attempt.invoice if attempt else None,
        gateway=gateway,
        transaction_id=fact.transaction_id or fact.reference,
        amount=fact.amount,
        currency_code=fact.currency_code,
        received_on=min(fact.received_on or today, today),
        reference=fact.reference,
        attempt=attempt,
        raw=fact.raw,
        at=at,
        actor=actor,
        **details,
    )
