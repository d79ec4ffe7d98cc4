"""Why an action on something of the catalog is not possible now: what is asked before says what it raises."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Model
from django.db.models.deletion import CASCADE, PROTECT, get_candidate_relations_to_delete

from commerce.accounts.actions.client_groups import create_client_group
from commerce.billing.models import TaxRule
from commerce.billing.tax.actions import remove_tax_rule, remove_tax_rule_blocked_reason
from commerce.catalog.actions import currencies, deletion, options, prices
from commerce.catalog.actions.product_settings import create_product
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.exchange_rates.actions import (
    confirm_held_rate,
    confirm_held_rate_blocked_reason,
)
from commerce.catalog.exchange_rates.refresh import (
    fetch_exchange_rates_blocked_reason,
    fetch_exchange_rates_now,
)
from commerce.catalog.models import Currency, OptionGroup, Price, Product, ProductGroup, PromoCode
from commerce.dns.actions.templates import (
    product_template_blocked_reason,
    remove_product_template,
    save_product_template,
)
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.blocked_reasons import Acts, blocked_codes

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)

CURRENCY_ACTS: Acts = {
    "activate": (
        currencies.activate_currency_blocked_reason,
        lambda one: currencies.activate_currency(currency=one, ctx=CTX),
    ),
    "deactivate": (
        currencies.deactivate_currency_blocked_reason,
        lambda one: currencies.deactivate_currency(currency=one, ctx=CTX),
    ),
    "default": (
        currencies.make_default_currency_blocked_reason,
        lambda one: currencies.make_default_currency(currency=one, ctx=CTX),
    ),
    "rate": (
        currencies.set_exchange_rate_blocked_reason,
        lambda one: currencies.set_exchange_rate(
            currency=one, rate=Decimal(2), on=date(2026, 3, 1), ctx=CTX
        ),
    ),
    "confirm": (
        confirm_held_rate_blocked_reason,
        lambda one: confirm_held_rate(currency=one, ctx=CTX),
    ),
    "delete": (
        currencies.delete_currency_blocked_reason,
        lambda one: currencies.delete_currency(currency=one, ctx=CTX),
    ),
}
NOTHING_HELD = {"activate": "currency.already_active", "confirm": "currency.no_rate_held"}


def test_what_is_said_of_a_currency_is_what_is_raised() -> None:
    pound = make.make_currency("GBP")
    assert blocked_codes(CURRENCY_ACTS, pound, CTX) == NOTHING_HELD
    Currency.objects.filter(pk="GBP").update(held_quotes="6/5", held_on=date(2026, 4, 1))
    pound.refresh_from_db()
    assert blocked_codes(CURRENCY_ACTS, pound, CTX) == {"activate": "currency.already_active"}
    currencies.deactivate_currency(currency=pound, ctx=CTX)
    assert blocked_codes(CURRENCY_ACTS, pound, CTX) == {
        "deactivate": "currency.already_inactive",
        "default": "currency.default_inactive",
    }
    assert blocked_codes(CURRENCY_ACTS, Currency.objects.get(is_default=True), CTX) == {
        **NOTHING_HELD,
        "deactivate": "currency.default_stays_active",
        "default": "currency.already_default",
        "rate": "currency.default_rate_fixed",
        "delete": "currency.default_not_deletable",
    }


def test_the_bank_is_not_asked_where_rates_are_typed() -> None:
    set_setting(key="tax.rate_source", value="manual", ctx=CTX)
    acts: Acts = {
        "fetch": (
            fetch_exchange_rates_blocked_reason,
            lambda _none: fetch_exchange_rates_now(ctx=CTX),
        )
    }
    assert blocked_codes(acts, None, CTX) == {"fetch": "currency.rates_by_hand"}


def test_a_currency_in_use_stays() -> None:
    yen, pound = make.make_currency("JPY"), make.make_currency("GBP")
    make.make_client(currency_code="JPY")
    make.make_product(prices=[("GBP", "monthly", 500)])
    found = [blocked_codes(CURRENCY_ACTS, one, CTX)["delete"] for one in (yen, pound)]
    assert found == ["currency.used_by_clients", "currency.in_use"]
    reason = currencies.delete_currency_blocked_reason(pound, CTX)
    assert reason
    assert "1 × price" in str(reason)


PRODUCT_ACTS: Acts = {
    "price": (
        prices.set_price_blocked_reason,
        lambda one: prices.set_price(
            product=one, currency_code="EUR", billing_cycle="monthly", price=1, ctx=CTX
        ),
    ),
    "template": (
        product_template_blocked_reason,
        lambda one: remove_product_template(product=one, ctx=CTX),
    ),
    "save template": (
        product_template_blocked_reason,
        lambda one: save_product_template(product=one, text="", ctx=CTX),
    ),
    "delete": (
        deletion.delete_product_blocked_reason,
        lambda one: deletion.delete_product(product=one, ctx=CTX),
    ),
}


def test_what_is_said_of_a_product_is_what_is_raised() -> None:
    none = dict.fromkeys(("template", "save template"), "dns.off")
    fresh, used, limited = make.make_product(), make.make_product(), make.make_product()
    assert blocked_codes(PRODUCT_ACTS, fresh, CTX) == none
    make.make_service(make.make_client(), product=used)
    assert blocked_codes(PRODUCT_ACTS, used, CTX) == none | {"delete": "product.in_use"}
    create_promo(code="SPRING", percent=1000, products=[limited], ctx=CTX)
    limited_says = blocked_codes(PRODUCT_ACTS, limited, CTX)
    assert limited_says == none | {"delete": "product.used_by_promo_codes"}
    names = create_product(group=fresh.group, name="Names", kind="domain", ctx=CTX)
    assert blocked_codes(PRODUCT_ACTS, names, CTX) == none | {"price": "product.priced_by_tld"}


def test_what_is_said_of_groups_options_and_codes_is_what_is_raised() -> None:
    product = make.make_product()
    group_acts: Acts = {
        "delete": (
            deletion.delete_product_group_blocked_reason,
            lambda one: deletion.delete_product_group(group=one, ctx=CTX),
        )
    }
    assert blocked_codes(group_acts, make.make_group(), CTX) == {}
    assert blocked_codes(group_acts, product.group, CTX) == {"delete": "product_group.in_use"}
    option_acts: Acts = {
        "delete": (
            deletion.delete_option_group_blocked_reason,
            lambda one: deletion.delete_option_group(group=one, ctx=CTX),
        )
    }
    free = options.create_option_group(name="Free", ctx=CTX)
    assert blocked_codes(option_acts, free, CTX) == {}
    offered = options.create_option_group(name="Offered", products=[product], ctx=CTX)
    assert blocked_codes(option_acts, offered, CTX) == {"delete": "option_group.used_by_products"}

    code_acts: Acts = {
        "delete": (
            deletion.delete_promo_blocked_reason,
            lambda one: deletion.delete_promo(promo=one, ctx=CTX),
        )
    }
    promo = create_promo(code="SPRING", percent=1000, ctx=CTX)
    assert blocked_codes(code_acts, promo, CTX) == {}
    make.make_order(promo_code="SPRING")
    assert blocked_codes(code_acts, promo, CTX) == {"delete": "promo_code.in_use"}


def test_what_is_said_of_an_option_and_its_values_is_what_is_raised() -> None:
    group = options.create_option_group(name="Extras", ctx=CTX)
    add: Acts = {
        "add": (
            options.add_option_value_blocked_reason,
            lambda one: options.add_option_value(option=one, name="More", ctx=CTX),
        )
    }
    remove: Acts = {
        "remove": (
            options.remove_option_value_blocked_reason,
            lambda one: options.remove_option_value(value=one, ctx=CTX),
        )
    }
    for kind in ("dropdown", "radio", "checkbox", "quantity"):
        option = options.create_option(group=group, name=kind, kind=kind, values=["One"], ctx=CTX)
        single = kind in ("checkbox", "quantity")
        expected = {"add": "option.one_value_only"} if single else {}
        assert blocked_codes(add, option, CTX) == expected
        value = option.values.get()
        assert blocked_codes(remove, value, CTX) == {"remove": "option.last_value"}
    dropdown = group.options.get(name="dropdown")
    options.add_option_value(option=dropdown, name="Two", ctx=CTX)
    assert blocked_codes(remove, dropdown.values.get(name="One"), CTX) == {}


def test_what_is_said_of_a_tax_rule_is_what_is_raised() -> None:
    acts: Acts = {
        "remove": (
            remove_tax_rule_blocked_reason,
            lambda one: remove_tax_rule(rule=one, ctx=CTX),
        )
    }
    said = {"country": "DE", "rate_milli": 19_000, "category": "S"}
    now, later = (
        TaxRule.objects.create(valid_from=day, **said)
        for day in (date(2026, 1, 1), date(2027, 1, 1))
    )
    assert blocked_codes(acts, now, CTX) == {}
    make.make_invoice(make.make_client())
    assert blocked_codes(acts, now, CTX) == {"remove": "tax.rule_in_force"}
    assert blocked_codes(acts, later, CTX) == {}


def test_a_group_has_prices_once_a_product_has() -> None:
    group = create_client_group(name="Partners", ctx=CTX)
    product = make.make_product()
    Price.objects.all().delete()
    acts: Acts = {
        "price": (
            prices.group_prices_blocked_reason,
            lambda one: prices.set_group_price(
                group=one,
                product=product,
                currency_code="EUR",
                billing_cycle="monthly",
                price=1,
                ctx=CTX,
            ),
        )
    }
    assert blocked_codes(acts, group, CTX) == {"price": "price.none"}
    make.make_product(prices=[("EUR", "monthly", 500)])
    assert blocked_codes(acts, group, CTX) == {}


@pytest.mark.parametrize("model", [Product, ProductGroup, OptionGroup, PromoCode, Currency])
def test_nothing_refers_to_the_parts_of_what_can_be_deleted(model: type[Model]) -> None:
    """What keeps a row is looked for beside the row itself alone."""
    waiting, parts = [model], set()
    while waiting:
        for relation in get_candidate_relations_to_delete(waiting.pop()._meta):
            if relation.on_delete is CASCADE and relation.related_model not in parts:
                parts.add(relation.related_model)
                waiting.append(relation.related_model)
    assert not [
        (part, relation.related_model)
        for part in parts
        for relation in get_candidate_relations_to_delete(part._meta)
        if relation.on_delete is PROTECT
    ]
