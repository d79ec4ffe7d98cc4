"""``move``: a state changes by compare-and-swap, with its entry, or nothing changes (invariants.md 3)."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from commerce.audit.models import AuditEntry
from commerce.audit.states import move
from commerce.catalog.models import Product
from commerce.hosting.actions.states import move_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import StateConflict
from tests import make

pytestmark = pytest.mark.django_db

TABLE = {"active": frozenset({"hidden"}), "hidden": frozenset({"retired"})}
STAFF = Actor(kind="staff", id=7, name="Ada")


@pytest.fixture
def product() -> Product:
    return make.make_product(name="Starter")


def to(row: Product, state: str, **over: Any) -> str:
    given: dict[str, Any] = {"allowed": TABLE, "ctx": Context(make.AT, STAFF), "client_id": 3}
    return move(row, state, **given | over)


def moves() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action__in=["product.hidden", "product.retired"]))


def test_a_move_says_what_it_left_and_writes_who_moved_what_when_and_why(product: Product) -> None:
    Product.objects.filter(pk=product.pk).update(position=4)
    assert to(product, "hidden", reason="Sold out.") == "active"
    assert (product.status, product.position) == ("hidden", 4)  # read again
    [entry] = moves()
    assert (entry.at, entry.actor_kind, entry.actor_id) == (make.AT, "staff", 7)
    assert (entry.action, entry.record_kind, entry.record_id, entry.record_name) == (
        "product.hidden", "product", product.pk, "Starter",
    )  # fmt: skip
    assert (entry.before, entry.after) == ({"status": "active"}, {"status": "hidden"})
    assert (entry.client_id, entry.reason) == (3, "Sold out.")


def test_without_a_reason_none_is_written_and_silently_nothing_is(product: Product) -> None:
    to(product, "hidden")
    to(product, "retired", without_audit=True)
    assert [entry.reason for entry in moves()] == [""]
    assert product.status == "retired"


@pytest.mark.parametrize("stored_state", [None, "active"])
def test_what_stands_beside_the_state_changes_with_it_in_this_row_alone(
    product: Product, stored_state: str | None
) -> None:
    other = make.make_product()
    to(product, "hidden", position=9, stored_state=stored_state)
    assert (product.status, product.position) == ("hidden", 9)
    stored = Product.objects.values_list("status", "position")
    assert stored.get(pk=product.pk) == ("hidden", 9)
    assert stored.get(pk=other.pk) == ("active", 0)


@pytest.mark.parametrize("stored_state", [None, "active"])
def test_what_the_table_does_not_list_changes_nothing(
    product: Product, stored_state: str | None
) -> None:
    cannot = r"^The status can't change from active to retired\.$"
    with pytest.raises(StateConflict, match=cannot), transaction.atomic():
        to(product, "retired", stored_state=stored_state, position=9)
    Product.objects.filter(pk=product.pk).update(status="retired")
    with pytest.raises(StateConflict, match="The status can't change from retired to hidden"):
        to(product, "hidden")  # the stored state counts, not that of the row in hand
    assert moves() == []
    assert Product.objects.get(pk=product.pk).position == 0


def test_whoever_comes_second_changes_nothing(product: Product) -> None:
    Product.objects.filter(pk=product.pk).update(status="hidden")
    with (
        pytest.raises(StateConflict, match="Someone else just changed this"),
        transaction.atomic(),
    ):
        to(product, "hidden", stored_state="active", position=9)
    assert moves() == []
    product.refresh_from_db()
    assert (product.status, product.position) == ("hidden", 0)


def test_one_whose_state_is_known_is_not_read_and_opens_no_savepoint(product: Product) -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as said:
        to(product, "hidden", stored_state="active")
    assert [query["sql"].split()[0] for query in said] == ["UPDATE", "INSERT"]


def test_a_refused_move_leaves_the_transaction_around_it_usable(product: Product) -> None:
    """What failed within is undone, and no more than that."""
    with transaction.atomic():
        Product.objects.filter(pk=product.pk).update(position=F("position") + 1)
        with pytest.raises(StateConflict):
            to(product, "retired")
    assert Product.objects.get(pk=product.pk).position == 1


def test_another_column_can_hold_the_state(product: Product) -> None:
    table = {"hosting": frozenset({"other"})}
    assert to(product, "other", allowed=table, field="type") == "hosting"
    assert (product.type, product.status) == ("other", "active")
    entry = AuditEntry.objects.get(action="product.other")
    assert (entry.before, entry.after) == ({"type": "hosting"}, {"type": "other"})


def test_who_comes_second_is_told() -> None:
    """The row that an action holds may be old: what counts is the stored state."""
    service = make.make_service(status="active")
    held = Service.objects.get(pk=service.pk)
    move_service(
        service=service,
        to="cancelled",
        ctx=Context(make.AT, SYSTEM),
        cancelled_at=make.AT,
        next_due_date=None,
    )
    with pytest.raises(StateConflict):
        move_service(
            service=held,
            to="suspended",
            ctx=Context(make.AT, SYSTEM),
            suspended_at=make.AT,
            suspension_reason="staff",
        )
