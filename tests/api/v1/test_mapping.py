"""The table of client-api.md 8: each state inside, and what the API shows and filters by for it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import pytest

from commerce.api.v1 import domains, invoices, orders, services
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.domains.rules import DomainStatus
from commerce.hosting.rules import ServiceStatus
from commerce.orders.rules import OrderStatus

# (inside, outside) as the contract has them, in the order in which it lists a filter's values.
TABLES = [
    (
        services.STATUSES,
        ServiceStatus,
        "active suspended pending cancelled",
        {"terminated": "cancelled"},
        set(),
    ),
    (
        invoices.STATUSES,
        InvoiceStatus,
        "unpaid paid overdue cancelled",
        {"refunded": "cancelled"},
        {"draft"},
    ),
    (orders.STATUSES, OrderStatus, "pending active fraud cancelled", {}, set()),
    (
        domains.STATUSES,
        DomainStatus,
        "active expired transferred_away cancelled pending_transfer",
        {"redemption": "expired", "fraud": "cancelled"},
        {"pending"},
    ),
]


@pytest.mark.parametrize(
    ("shown", "inside", "values", "mapped", "hidden"),
    TABLES,
    ids=["services", "invoices", "orders", "domains"],
)
def test_each_state_has_one_outside_or_is_hidden(
    shown: Mapping[str, Sequence[str]],
    inside: type[StrEnum],
    values: str,
    mapped: dict[str, str],
    hidden: set[str],
) -> None:
    assert list(shown) == values.split()
    outside = {one: value for value, many in shown.items() for one in many}
    assert sum(map(len, shown.values())) == len(outside), "no state is shown in two ways"
    assert outside == {value: value for value in values.split()} | mapped
    assert set(inside) == outside.keys() | hidden
