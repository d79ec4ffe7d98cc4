"""A number that no column holds finds nothing, wherever an address of the staff area has one."""

from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

import pytest

from commerce.accounts.models import Client, ClientGroup
from commerce.backoffice.site import staff_site
from commerce.payments.models import Payment
from tests import make
from tests.backoffice.base.test_walk import PATTERNS, _path
from tests.make.people import make_client
from tests.make.staff import staff_browser

pytestmark = pytest.mark.django_db

BEYOND = str(2**63)
WILD = (BEYOND, str(-(2**63) - 1), "9" * 30, "x")
COMPARISONS = ("", "__id__exact", "__in", "__gte", "_from", "_to", "_from_0", "_from_1")
OF_EACH_LIST = ("p", "o", "e", "q", "_facets")


def named(admin: Any) -> Iterator[str]:
    """What the addresses of a list may ask for: of each column three comparisons, by turns."""
    yield from OF_EACH_LIST
    comparisons = cycle(COMPARISONS)
    for column in sorted(admin._compared_columns):
        yield from (f"{column}{one}" for one in islice(comparisons, 3))


@pytest.mark.parametrize("slug", sorted(one.slug for one in staff_site.record_admins))
def test_of_a_list(slug: str) -> None:
    admin = next(one for one in staff_site.record_admins if one.slug == slug)
    web = staff_browser()
    for name, value in zip(named(admin), cycle((*WILD[:2], BEYOND)), strict=False):
        address = f"/admin/{slug}?{name}={value}"
        answer = web.get(address)
        assert answer.status_code in (200, 302, 303, 400), address


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("group={beyond}", 0),
        ("group={least}", 0),
        ("tag={beyond}", 0),
        ("group__id__exact={beyond}", 0),
        ("group__in={beyond},{group}", 1),
        ("group={group}", 1),
        ("group__lt={beyond}", 1),
        ("group__gte={beyond}", 0),
        ("group__gt={least}", 1),
    ],
)
def test_it_compares_as_the_number_that_it_is(query: str, found: int) -> None:
    group = ClientGroup.objects.create(name="Resellers")
    make_client()
    Client.objects.filter(pk=make_client().pk).update(group=group)
    asked = query.format(beyond=BEYOND, least=f"-{BEYOND}9", group=group.pk)
    web = staff_browser()
    page = web.get(f"/admin/clients?{asked}")
    assert len(page.context["cl"].result_list) == found
    lines = web.get(f"/admin/clients.csv?{asked}").getvalue().decode().splitlines()
    assert len(lines) - 1 == found


def test_a_text_of_many_digits_stays_as_it_is() -> None:
    payment_of = make.make_invoice(status="paid")
    Payment.objects.filter(invoice=payment_of).update(transaction_id=BEYOND)
    page = staff_browser().get(f"/admin/payments?transaction_id={BEYOND}")
    assert len(page.context["cl"].result_list) == 1


def test_of_each_record() -> None:
    web = staff_browser()
    for name in PATTERNS:
        for value in WILD[:3]:
            if value in _path(name, value):
                status = web.get(_path(name, value)).status_code
                assert status in (302, 303, 404, 405, 410), (name, value)


def test_of_other_addresses() -> None:
    web = staff_browser()
    for value in WILD[:3]:
        for address in (
            f"clients/{value}",
            f"invoices/{value}/pdf",
            f"domains/{value}/renew",
            f"orders/new?client={value}&product={value}",
            f"clients/{value}/group-prices?product={value}",
            f"search?q={value}",
            f"dashboard?currency={value}",
            f"reports/revenue?first={value}&last={value}&client={value}",
            f"reports/revenue.csv?table={value}",
            f"autocomplete/?app_label=accounts&model_name=client&field_name=group&term={value}&page={value}",
        ):
            status = web.get(f"/admin/{address}").status_code
            assert status in (200, 302, 303, 400, 403, 404, 422), address
