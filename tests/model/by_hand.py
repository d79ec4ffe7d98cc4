"""A small world that is counted by hand: what its tests share."""

from datetime import date

from tests.model import plan_model as pm
from tests.model.plan_model import OrderItem, Price, Settings, Target, Tax

VAT = Tax("S", 20_000, 20_000)
NONE = Tax("AE", 0, 20_000)
JUN = {day: date(2026, 6, day) for day in range(1, 31)}
JUL = {day: date(2026, 7, day) for day in range(1, 32)}
BIG = Target("big", "monthly", Price(6_000))
TINY = Target("tiny", "monthly", Price(1_500))
YEAR = Target("small", "annually", Price(30_000))


def world(n: int = 1, price: int = 3_000, **kwargs: object) -> pm.Books:
    """Client A, n units "u1".. of `small`, monthly, 30.00 + 20 %, paid and active on 1 June (30 days)."""
    books = pm.Books(Settings(auto_apply_credit=False, **kwargs))  # type: ignore[arg-type]
    pm.add_client(books, "A", {"": VAT})
    pm.add_client(books, "B", {"": VAT})
    units = tuple(f"u{i}" for i in range(1, n + 1))
    invoice = pm.place_order(books, JUN[1], "A", [OrderItem(units, "small", "monthly", price)])
    pm.pay(books, JUN[1], "p1", [invoice.number], invoice.amount_due)
    for unit in units:
        pm.activate(books, JUN[1], unit)
    return books


def ask(
    books: pm.Books,
    day: date,
    target: Target,
    key: str = "r1",
    *,
    credit: bool = False,
    unit: str = "u1",
) -> str:
    """Ask, and say the state."""
    return pm.ask_change(books, day, key, unit, target, use_credit=credit).state


def blocked(books: pm.Books, day: date, target: Target = BIG) -> str | None:
    """Why it is not offered."""
    return pm.offer(books, day, "u1", target).blocked


def sums(books: pm.Books, day: date, target: Target, unit: str = "u1") -> tuple[int, int, int]:
    """Unused, charge, difference."""
    found = pm.offer(books, day, unit, target).figures
    assert found is not None
    return found.unused, found.charge, found.difference


def ledger(books: pm.Books, client: str = "A") -> list[tuple[str, int]]:
    """Rows of credit."""
    return [(row.reason, row.amount) for row in pm.show_client(books, client).ledger]


def ok(books: pm.Books) -> None:
    """All invariants hold."""
    assert pm.problems(books) == []


# Offered
