"""Promo codes: what staff may enter, and why one cannot be used (catalog-and-orders.md 5)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commerce.audit.models import AuditEntry
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.catalog.models import PromoAmount, PromoCode
from commerce.catalog.promo_checks import (
    PromoUseCounts,
    check_promo_code,
    find_promo_code,
    promo_discount_of,
)
from commerce.catalog.quote import DomainPrice, ProductPrice, PromoDiscount, apply_discounts
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
TODAY = date(2026, 3, 1)
HOSTING = ProductPrice(product_id=1, billing_cycle="monthly", base=1000)
COM = DomainPrice(action="register", tld="com", unit_amount=1000)


def ask(row: PromoCode | None, *items: Any, **over: Any) -> PromoDiscount:
    values = {"currency_code": "EUR", "on": TODAY} | over
    return check_promo_code(row, lines=items or [HOSTING], **values)


def text(row: PromoCode | None, *items: Any, **over: Any) -> str:
    """Why the code cannot be used."""
    with pytest.raises(BusinessError) as refused:
        ask(row, *items, **over)
    assert refused.value.field == "promo_code"
    return str(refused.value)


def ten(**over: Any) -> PromoCode:
    return create_promo(**{"code": "TEN", "percent": 1000} | over, ctx=CTX)


def test_a_code_is_found_as_people_type_it() -> None:
    row = create_promo(code=" spring-26 ", percent=1000, ctx=CTX)
    assert row.code == "SPRING-26"
    assert find_promo_code(" Spring-26\n") == row
    assert find_promo_code("SPRING") is None
    assert find_promo_code("") is None


def test_a_code_that_fits_is_what_the_quote_takes() -> None:
    product = make.make_product()
    row = ten(products=[product], cycles=["monthly"], tlds=[".COM"], recurring=True)
    promo = ask(row, ProductPrice(product_id=product.pk, billing_cycle="monthly", base=1000), COM)
    assert promo == PromoDiscount(
        code="TEN",
        percent=1000,
        recurring=True,
        products=frozenset({product.pk}),
        cycles=frozenset({"monthly"}),
        tlds=frozenset({"com"}),
    )
    [name] = apply_discounts([COM], promo=promo)
    assert name.total_promo_discount == 100


def test_unknown_and_inactive_codes_get_the_same_text() -> None:
    row = ten(is_active=False, ends_on=TODAY - timedelta(1))
    assert (
        text(row) == text(None) == "This promo code isn't valid. Check the spelling and try again."
    )


def test_both_days_are_included() -> None:
    row = ten(starts_on=TODAY, ends_on=TODAY)
    assert ask(row)
    assert "yet" in text(row, on=TODAY - timedelta(1))
    assert "expired" in text(row, on=TODAY + timedelta(1))


def test_a_code_is_used_up() -> None:
    row = ten(max_uses=2, max_uses_per_client=1)
    assert ask(row, count_uses=lambda: PromoUseCounts(1, 0))
    assert "This promo code is no longer available" in text(
        row, count_uses=lambda: PromoUseCounts(2, 0)
    )
    assert "You've already used this promo code" in text(
        row, count_uses=lambda: PromoUseCounts(1, 1)
    )


def test_uses_are_not_counted_without_a_limit() -> None:
    def count() -> PromoUseCounts:
        raise AssertionError("asked")

    assert ask(ten(), count_uses=count)


def test_a_code_for_new_clients() -> None:
    row = ten(new_clients_only=True)
    assert ask(row, new_client=True)
    assert "This promo code is for new customers only" in text(row, new_client=False)


def test_a_code_for_other_things() -> None:
    assert "This promo code doesn't apply to the items in your cart" in text(ten(), COM)


def test_a_fixed_code_counts_in_its_currencies() -> None:
    row = create_promo(code="FIVE", amounts={"EUR": 500}, ctx=CTX)
    assert ask(row) == PromoDiscount(code="FIVE", amount=500)
    assert "in USD" in text(row, currency_code="USD")
    assert promo_discount_of(row, "USD").amount == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": ""},
        {"code": "A B"},
        {"code": "Ä"},
        {"code": "A" * 51},
        {"code": "taken"},
        {"percent": 0},
        {"percent": 10_001},
        {"percent": -1},
        {"amounts": {"EUR": 1}},
        {"percent": 0, "amounts": {"EUR": 0}},
        {"percent": 0, "amounts": {"CHF": 100}},
        {"cycles": ["weekly"]},
        {"max_uses": 0},
        {"max_uses_per_client": 0},
        {"starts_on": TODAY, "ends_on": TODAY - timedelta(1)},
    ],
)
def test_wrong_codes_are_refused(wrong: dict[str, Any]) -> None:
    ten(code="TAKEN")
    with pytest.raises(BusinessError):
        ten(**wrong)
    assert PromoCode.objects.count() == 1


def test_a_code_changes_with_what_changed_in_the_log() -> None:
    product, row = make.make_product(), ten(starts_on=TODAY)
    change_promo(promo=row, is_active=False, ends_on=TODAY, products=[product], ctx=CTX)
    change_promo(promo=row, is_active=False, products=[product], ctx=CTX)
    assert (row.is_active, list(row.products.all())) == (False, [product])
    noted = AuditEntry.objects.filter(record_kind="promo_code").exclude(action="promo_code.created")
    assert [entry.after for entry in noted.order_by("pk")] == [
        {"is_active": False, "ends_on": "2026-03-01"},
        {"products": [product.pk]},
    ]
    with pytest.raises(BusinessError):
        change_promo(promo=row, ends_on=TODAY - timedelta(1), ctx=CTX)


def test_m16_the_database_holds_percentages_and_amounts() -> None:
    row = ten()
    for wrong in ({"percent": 0}, {"percent": 10_001}, {"kind": "fixed"}, {"kind": "gift"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PromoCode.objects.filter(pk=row.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        PromoAmount.objects.create(promo=row, currency_id="EUR", amount=0)
