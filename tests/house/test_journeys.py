"""The files that a journey passes through are those that docs/architecture.md lists."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType

import pytest

from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.carts import (
    add_product_to_cart,
    cart_lines_of,
    get_or_create_cart,
    quote_cart,
)
from commerce.orders.actions.placing import place_cart
from commerce.orders.cart_lines import cart_fingerprint
from commerce.payments.actions.manual import record_manual_payment
from tests import make
from tests.house.source import PACKAGE, ROOT
from tests.make.company import RENEWED_AT
from tests.make.renewals import make_renewal, renew_services_of

TOOL = 4  # one of the numbers that sys.monitoring leaves free

TOOLBOX = ("audit", "db", "events", "jobs", "kit", "site_settings")
"""Apps that know no business: what every journey uses, and nobody reads on the way."""


@contextmanager
def files_run() -> Iterator[set[str]]:
    """The files of the product of which a function begins inside the block, below ``src/commerce``."""
    files: set[str] = set()

    def on_start(code: CodeType, _offset: int) -> object:
        if code.co_filename.startswith(str(PACKAGE)) and code.co_name != "<module>":
            files.add(str(Path(code.co_filename).relative_to(PACKAGE)))
        return sys.monitoring.DISABLE

    sys.monitoring.use_tool_id(TOOL, "journeys")
    sys.monitoring.register_callback(TOOL, sys.monitoring.events.PY_START, on_start)
    sys.monitoring.restart_events()
    sys.monitoring.set_events(TOOL, sys.monitoring.events.PY_START)
    try:
        yield files
    finally:
        sys.monitoring.set_events(TOOL, 0)
        sys.monitoring.free_tool_id(TOOL)


def checkout() -> Callable[[], object]:
    """A client orders one product: from the cart to the issued invoice."""
    client = make.make_client()
    product = make.make_product()
    cart = get_or_create_cart(client=client, at=make.AT)
    add_product_to_cart(cart=cart, product=product, billing_cycle="monthly", at=make.AT)
    quote = quote_cart(cart, at=make.AT)
    fingerprint = cart_fingerprint(cart_lines_of(cart))
    return lambda: place_cart(
        vat_refresh=None,
        cart=cart,
        placed_by=None,
        quote=quote,
        shown_total=quote.sums.total,
        shown_fingerprint=fingerprint,
        idempotency_key=f"form {cart.pk}",
        ctx=Context(make.AT, SYSTEM),
    )


def renewal() -> Callable[[], object]:
    """The daily run bills one service."""
    service = make.make_service(status="active")
    return lambda: renew_services_of(service.client)


def bank_payment() -> Callable[[], object]:
    """Staff record a bank transfer that pays a renewal."""
    invoice = make_renewal()
    return lambda: record_manual_payment(
        invoice=invoice,
        amount=invoice.amount_due,
        method="bank_transfer",
        received_on=RENEWED_AT.date(),
        idempotency_key=f"form {invoice.pk}",
        ctx=Context(RENEWED_AT, SYSTEM),
    )


JOURNEYS = {
    "From a cart to an issued invoice": checkout,
    "One renewal": renewal,
    "A bank transfer that staff record": bank_payment,
}


def section(title: str) -> tuple[str, str]:
    """The heading of a journey on the page, and its text."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    found = re.search(
        rf"^### ({re.escape(title)}: .*)\n\n((?:.|\n)*?)\n\n(?=##)", page, re.MULTILINE
    )
    assert found, f"no heading says {title}"
    return found[1], found[2]


def files_of(title: str) -> set[str]:
    """What a journey runs when it is not the first of its kind in this process, which compiles statements once."""
    JOURNEYS[title]()()
    act = JOURNEYS[title]()
    with files_run() as files:
        act()
    return files


@pytest.mark.django_db
@pytest.mark.parametrize("title", sorted(JOURNEYS))
def test_a_journey_passes_through_the_files_that_are_listed(title: str) -> None:
    files = files_of(title)
    tools = {name for name in files if name.split("/")[0] in TOOLBOX}
    rows = {name for name in files - tools if "models" in re.split(r"[/.]", name)}
    heading, text = section(title)
    assert sorted(re.findall(r"`([\w/]+\.py)`", text)) == sorted(files - tools - rows)
    counts = f"{len(files - tools - rows)} files, {len(rows)} of rows, {len(tools)} of the toolbox"
    assert heading == f"{title}: {counts}"
