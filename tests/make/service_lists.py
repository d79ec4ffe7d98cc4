"""Many rows at once, for tests of long lists."""

from collections.abc import Sequence
from datetime import timedelta

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.hosting.models import Service
from commerce.kit import ids
from commerce.kit.context import SYSTEM, Context
from tests.make.people import AT
from tests.make.records import make_product


def make_many_services(
    client: Client, number: int, *, states: Sequence[str] = ("pending",), start: int = 0
) -> list[int]:
    """So many services, a second apart from ``start`` seconds after ``AT`` on, in these states by turns; every third
    has the instant of the one before. Their ids, newest first.
    """
    bump_revision(client.pk, Context(AT, SYSTEM))
    if not number:
        return []
    known = client.services.values_list("product", flat=True).first()
    product = known or make_product().pk
    made = Service.objects.bulk_create(
        _service(client, product, start + n, states[n % len(states)]) for n in range(number)
    )
    rows = sorted(((one.created_at, one.pk) for one in made), reverse=True)
    return [pk for _, pk in rows]


def _service(client: Client, product: int, second: int, status: str) -> Service:
    at = AT + timedelta(seconds=second)
    ended = status in ("cancelled", "terminated")
    return Service(
        client=client,
        product_id=product,
        label=f"Service {second}",
        status=status,
        provisioning_key=ids.random_key(),
        billing_cycle="monthly",
        amount=500,
        currency_id="EUR",
        next_due_date=None if ended else at.date(),
        cancelled_at=at if status == "cancelled" else None,
        terminated_at=at if status == "terminated" else None,
        created_at=at - timedelta(seconds=second % 3 == 1),
        changed_at=at,
    )
