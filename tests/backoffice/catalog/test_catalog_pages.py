"""What staff do with products, prices, options, promo codes, currencies, tax rules and TLDs on their pages."""

import pytest
from django.urls import reverse

from commerce.audit.models import AuditEntry
from commerce.billing.models import TaxRule
from commerce.catalog.actions.prices import set_price
from commerce.catalog.models import (
    Currency,
    Option,
    OptionGroup,
    OptionPrice,
    Price,
    Product,
    ProductGroup,
    PromoCode,
)
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Tld, TldPrice
from commerce.kit.context import SYSTEM, Context
from tests.make import AT, make_currency, make_group, make_product
from tests.make.browser import HttpsTestClient
from tests.make.html_forms import form_values
from tests.make.nameservers import give_nameservers
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_forms import action_url, fill_in, list_action_url, send

pytestmark = pytest.mark.django_db

CTX = Context(AT, SYSTEM)


@pytest.fixture
def grace() -> HttpsTestClient:
    """A browser of the super admin."""
    return staff_browser(make_staff())


def _prices(product: Product) -> list[tuple[str, str, int, int]]:
    rows = Price.objects.filter(product=product).order_by("currency_id", "billing_cycle")
    return list(rows.values_list("currency_id", "billing_cycle", "price", "setup_fee"))


def test_a_product_is_made_and_priced_in_three_currencies_at_once(grace: HttpsTestClient) -> None:
    make_currency("JPY")
    group = make_group()
    answer = send(
        grace,
        list_action_url(Product, "new"),
        name="Pro hosting",
        group=group.slug,
        kind="hosting",
    )
    product = Product.objects.get()
    assert answer["Location"] == reverse("admin:catalog_product_change", args=[product.pk])
    typed = {
        "price-USD-monthly": "5.00",
        "setup-USD-monthly": "10",
        "price-EUR-annually": "50.5",
        "price-JPY-monthly": "800",
    }
    send(grace, action_url(product, "prices"), **typed)
    assert _prices(product) == [
        ("EUR", "annually", 5050, 0),
        ("JPY", "monthly", 800, 0),
        ("USD", "monthly", 500, 1000),
    ]
    send(grace, action_url(product, "prices"), **{"price-USD-monthly": "", "setup-USD-monthly": ""})
    assert [code for code, *_ in _prices(product)] == ["EUR", "JPY"]
    actions = AuditEntry.objects.filter(record_kind="product", action__startswith="price.")
    assert sorted(actions.values_list("action", flat=True)) == ["price.removed", *["price.set"] * 3]


def test_a_wrong_price_is_told_at_its_cell_and_nothing_is_saved_or_lost(
    grace: HttpsTestClient,
) -> None:
    make_currency("JPY")
    product = make_product(prices=[("EUR", "monthly", 500)])
    typed = {
        "price-EUR-monthly": "6.00",
        "price-JPY-monthly": "8.5",
        "setup-EUR-annually": "3",
        "price-USD-monthly": "-1",
    }
    answer = send(grace, action_url(product, "prices"), **typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    for name in ("price-JPY-monthly", "price-EUR-annually", "price-USD-monthly"):
        assert f'id="id_{name}_error"' in page, name
    assert 'id="id_price-EUR-monthly_error"' not in page
    assert 'value="8.5"' in page
    assert 'value="6.00"' in page
    assert _prices(product) == [("EUR", "monthly", 500, 0)]


def test_who_saves_prices_second_is_told_and_loses_nothing(grace: HttpsTestClient) -> None:
    product = make_product(prices=[("EUR", "monthly", 500)])
    url = action_url(product, "prices")
    sent = fill_in(grace, url, **{"price-EUR-annually": "50"})
    set_price(product=product, currency_code="EUR", billing_cycle="monthly", price=900, ctx=CTX)
    answer = grace.post(url, sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Someone else changed these prices in the meantime." in page
    assert 'value="50"' in page
    assert _prices(product) == [("EUR", "monthly", 900, 0)]


def test_a_product_is_edited_hidden_counted_and_deleted(grace: HttpsTestClient) -> None:
    product = make_product(prices=[("EUR", "monthly", 500)])
    typed = {"name": "Starter plus", "slug": "starter-plus", "features": "Storage: 10 GB"}
    assert send(grace, action_url(product, "edit"), **typed).status_code == 303
    send(grace, action_url(product, "stock"), units="3")
    send(grace, action_url(product, "status"), status="hidden")
    product.refresh_from_db()
    assert (product.name, product.slug, product.features) == tuple(typed.values())
    assert (product.stock.left, product.status) == (3, "hidden")
    answer = send(grace, action_url(product, "delete"))
    assert answer["Location"] == reverse("admin:catalog_product_changelist")
    assert not Product.objects.exists()
    assert send(grace, action_url(product.group, "delete")).status_code == 303
    assert not ProductGroup.objects.exists()


def test_options_have_values_and_prices(grace: HttpsTestClient) -> None:
    product = make_product()
    url = list_action_url(OptionGroup, "new")
    grace.post(url, fill_in(grace, url, name="Extras") | {"products": [product.slug]})
    group = OptionGroup.objects.get()
    assert list(group.products.all()) == [product]
    send(grace, action_url(group, "add_option"), name="Memory", values="4 GB\n8 GB")
    option = Option.objects.get()
    large = option.values.get(name="8 GB")
    send(grace, action_url(large, "prices"), **{"price-EUR-monthly": "-1.50"})
    assert OptionPrice.objects.get().price == -150
    send(grace, action_url(option, "add_value"), name="16 GB")
    send(grace, action_url(large, "edit"), name="8 gigabytes", position="7")
    send(grace, action_url(option, "edit"), name="RAM")
    option.refresh_from_db()
    assert (option.name, option.values.count()) == ("RAM", 3)
    send(grace, action_url(large, "delete"))
    assert not OptionPrice.objects.exists()
    send(grace, action_url(option, "delete"))
    assert b"because products use it" in grace.get(action_url(group, "delete")).content


def test_a_promo_code_takes_off_a_share_or_amounts_but_not_both(grace: HttpsTestClient) -> None:
    url = list_action_url(PromoCode, "new")
    both = send(grace, url, code="SPRING", percent="20", **{"amount-EUR": "5"})
    assert both.status_code == 422
    assert b"Enter a percentage, or amounts, but not both." in both.content
    send(grace, url, code="spring", percent="12.5", tlds="com, .net")
    promo = PromoCode.objects.get()
    assert (promo.code, promo.percent, promo.tlds, promo.is_active) == (
        *("SPRING", 1250),
        *(["com", "net"], True),
    )
    edited = fill_in(grace, action_url(promo, "edit"), max_uses="9")
    del edited["is_active"]
    grace.post(action_url(promo, "edit"), edited)
    promo.refresh_from_db()
    assert (promo.max_uses, promo.is_active, promo.tlds) == (9, False, ["com", "net"])


def test_a_currency_is_added_rated_and_made_the_default(grace: HttpsTestClient) -> None:
    send(grace, list_action_url(Currency, "new"), code="gbp", name="Pound sterling", prefix="£")
    pound = Currency.objects.get(pk="GBP")
    assert (pound.prefix, pound.exponent) == ("£", 2)
    send(grace, action_url(pound, "rate"), rate="1.17")
    pound.refresh_from_db()
    assert pound.rate == "1.17"
    assert send(grace, action_url(pound, "rate"), rate="0").status_code == 422
    send(grace, action_url(pound, "deactivate"))
    assert b"Activate this currency before" in grace.get(action_url(pound, "default")).content
    send(grace, action_url(pound, "activate"))
    send(grace, action_url(pound, "default"))
    assert Currency.objects.get(is_default=True) == pound
    assert b"delete the default currency" in grace.get(action_url(pound, "delete")).content


def test_a_tax_rule_is_added_and_taken_back_before_it_counts(grace: HttpsTestClient) -> None:
    url = list_action_url(TaxRule, "new")
    assert send(grace, url, country="DE", rate="19.1234").status_code == 422
    send(grace, url, country="DE", rate="19", name="VAT", valid_from="2999-01-01")
    rule = TaxRule.objects.get()
    assert (rule.country, rule.rate_milli, rule.name) == ("DE", 19000, "VAT")
    send(grace, action_url(rule, "delete"))
    assert not TaxRule.objects.exists()


def test_who_may_not_manage_settings_sees_tax_rules_only() -> None:
    admin = staff_browser(make_staff("admin"))
    page = admin.get(reverse("admin:billing_taxrule_changelist"))
    assert page.status_code == 200
    assert b"Add tax rule" not in page.content
    assert admin.get(list_action_url(TaxRule, "new")).status_code == 403


def test_a_tld_is_added_and_priced(grace: HttpsTestClient) -> None:
    send(grace, list_action_url(Tld, "new"), tld=".com")
    com = Tld.objects.get()
    assert (com.tld, com.is_active) == ("com", False)
    send(grace, action_url(com, "prices"), **{"-EUR-register": "12", "-EUR-renew": "14.5"})
    price = TldPrice.objects.get()
    assert (price.currency_id, price.register, price.renew, price.transfer) == (
        *("EUR", 1200),
        *(1450, None),
    )
    send(grace, action_url(com, "edit"), min_years="2")
    com.refresh_from_db()
    assert com.min_years == 2


def test_adding_a_tld_that_exists_changes_nothing_of_it(grace: HttpsTestClient) -> None:
    give_nameservers()
    set_tld(tld="co.uk", is_active=True, grace_days=7, ctx=CTX)
    answer = send(grace, list_action_url(Tld, "new"), tld=" .CO.UK")
    assert answer.status_code == 422
    assert b"The TLD .co.uk already exists." in answer.content
    kept = Tld.objects.get()
    assert (kept.is_active, kept.grace_days) == (True, 7)


def test_a_price_list_is_taken_over_only_as_it_was_shown(grace: HttpsTestClient) -> None:
    com = set_tld(tld="com", is_active=False, ctx=CTX)
    set_tld_price(tld=com, currency_code="EUR", register=1200, renew=1400, ctx=CTX)
    url, header = list_action_url(Tld, "import"), "tld,currency,register\n"
    unseen = {"text": f"{header}com,EUR,1.00\n", "confirmed": "on"}
    assert send(grace, url, **unseen).status_code == 422  # confirmed without looking
    shown = send(grace, url, text=f"{header}com,EUR,13.00\n")
    seen = form_values(shown.content.decode()) | {"confirmed": "on"}
    other = grace.post(url, seen | unseen)
    assert other.status_code == 422
    assert "confirmed" not in form_values(other.content.decode())
    set_tld_price(tld=com, currency_code="EUR", register=1250, ctx=CTX)
    assert grace.post(url, seen).status_code == 422  # another price is replaced than was shown
    assert TldPrice.objects.get().register == 1250
    shown_again = form_values(grace.post(url, seen).content.decode())
    assert grace.post(url, shown_again | {"confirmed": "on"}).status_code == 303
    assert TldPrice.objects.get().register == 1300


def test_a_price_list_is_shown_before_it_is_taken_over(grace: HttpsTestClient) -> None:
    com = set_tld(tld="com", is_active=False, ctx=CTX)
    set_tld_price(tld=com, currency_code="EUR", register=1200, renew=1400, ctx=CTX)
    exported = grace.get(reverse("admin:tld_price_list"))
    assert AuditEntry.objects.filter(action="list.exported", record_name="tlds").exists()
    changed = exported.content.decode().replace("12.00", "13.00")
    url = list_action_url(Tld, "import")
    shown = send(grace, url, text=changed)
    assert shown.status_code == 422
    assert "13.00" in shown.content.decode()
    assert TldPrice.objects.get().register == 1200
    seen = form_values(shown.content.decode())
    grace.post(url, seen | {"confirmed": "on"})
    assert TldPrice.objects.get().register == 1300
    wrong = send(grace, url, text="tld,currency\ncom,XXX\n")
    assert wrong.status_code == 422
