"""What a plan change and an order keep of the days and lines that were paid, in figures worked out by hand."""

import pytest

from commerce.accounts.models import Client
from commerce.billing.models import InvoiceSubject, PlanChange
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import ProductGroup
from commerce.site_settings.actions import set_setting
from tests import make
from tests.billing.changes.test_credit_back import CTX, bought, change, group, plan, rates, wish

pytestmark = pytest.mark.django_db
__all__ = ["group", "rates"]


@pytest.mark.parametrize(
    ("inclusive", "country", "net", "tax", "tax_key"),
    [
        ("on", "DE", 1307, 248, ["S", 19_000]),
        ("on", "US", 1307, 0, ["G", 0]),
        ("off", "DE", 1555, 295, ["S", 19_000]),
        ("off", "US", 1555, 0, ["G", 0]),
    ],
)
def test_a_change_says_which_days_it_charged_and_their_tax(
    *, group: ProductGroup, inclusive: str, country: str, net: int, tax: int, tax_key: list[object]
) -> None:
    """14 of 30 days at 33.33 are 15.55, and 13.07 where the price includes 19 %."""
    set_setting(key="tax.prices_include_tax", value=inclusive, ctx=CTX)
    client = make.make_client()
    Client.objects.filter(pk=client.pk).update(country=country)
    client.refresh_from_db()
    small, big = plan(group, 1000), plan(group, 3333)
    [service] = bought(wish(small), client=client)
    later = make.AT.replace(day=18)
    change(service, big, later)
    change(service, small, later.replace(day=21))
    change(service, big, later.replace(day=24))
    first, second, last = PlanChange.objects.order_by("pk")
    assert last.coverage["periods"] == [
        {"start": "2026-04-24", "end": "2026-05-08", "net": net, "tax": tax, "tax_key": tax_key}
    ]
    assert first.invoice is not None
    assert last.invoice is not None
    ordered = service.invoice_subjects.get(invoice__kind="order").invoice_id
    assert last.coverage["invoices"] == [last.invoice.pk, first.invoice.pk, ordered]
    assert second.coverage["invoices"] == [first.invoice.pk, ordered]


def test_units_say_which_lines_bill_them(group: ProductGroup) -> None:
    """3 × 10.00 and 20.00, each with a fifth or two of the 1.00 that the code takes off."""
    create_promo(code="ONE", amounts={"EUR": 100}, ctx=CTX)
    small, large = plan(group, 1000, setup=100), plan(group, 2000)
    bought(wish(small, qty=3), wish(large), promo_code="ONE")
    shares = InvoiceSubject.objects.order_by("service_id").values_list("shares", flat=True)
    assert list(shares) == [[[1, 1000], [3, 20]]] * 3 + [[[4, 2000], [5, 40]]]
