"""The setup assistant leads from an empty installation to one in which a client can order and pay."""

import pytest

from commerce.backoffice.base.pages import page_of
from commerce.billing.models import TaxRule
from commerce.catalog.models import Currency, Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import TldPrice
from commerce.kit.context import SYSTEM, Context
from commerce.payments.gateways.registry import account_for_transfers, offered_gateways
from commerce.site_settings.current import get_setting
from tests.make import AT, make_currency, make_product
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.nameservers import give_nameservers
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db
IBAN = "DE89370400440532013000"
COMPANY = {
    "company.name": "Example Hosting GmbH",
    "company.country": "DE",
    "company.address1": "Hauptstr. 1",
    "company.postcode": "10115",
    "company.city": "Berlin",
    "company.email": "support@hosting.example",
}
TAX = {"currency": "EUR", "tax_rate": "19", "tax_name": "VAT", "eu_consumers": "destination"}
PRODUCT = {"product": "Starter", "product_group": "Web hosting", "price": "5.00"}
DOMAINS = {
    "domains.ns1": "ns1.example.net",
    "domains.ns2": "ns2.example.net",
    "domains.registrar": "manual",
    "tld": "com",
    "register": "12.00",
}
BANK = {"account": IBAN, "account_name": "Example Hosting GmbH"}


def test_step_by_step_it_leads_to_a_store_where_clients_can_order_and_pay(
    web: HttpsTestClient,
) -> None:
    assert "Continue" in web.get("/admin/setup").text
    following = "/admin/setup/company"
    for answers in (COMPANY, TAX, PRODUCT, BANK, {}):
        done = web.post(following, answers)
        assert done.status_code == 303, done.text
        following = done["Location"]
    assert following == "/admin/setup/domains"
    assert get_setting("billing.time_zone") == get_setting("locale.display_zone") == "Europe/Berlin"
    assert get_setting("branding.name") == "Example Hosting GmbH"
    assert Currency.objects.get(is_default=True).code == "EUR"
    assert TaxRule.objects.get(country="DE").rate_milli == 19_000
    assert Product.objects.listed().get().name == "Starter"
    assert "Starter" in make_browser().get("/store").text
    assert [each.slug for each in offered_gateways("EUR", 500)] == ["bank_transfer"]
    account = account_for_transfers()
    assert account is not None
    assert (account.iban, account.account_name) == (IBAN, "Example Hosting GmbH")
    overview = web.get("/admin/setup")
    missing = [step["step"] for step in overview.context["steps"] if step["missing"]]
    assert missing == ["mail"]  # mails of tests go nowhere


def test_the_currency_of_the_companys_country_is_proposed_until_one_is_chosen(
    web: HttpsTestClient,
) -> None:
    def proposed() -> str:
        return str(web.get("/admin/setup/tax").context["form"]["currency"].value())

    assert proposed() == "USD"
    web.post("/admin/setup/company", COMPANY)
    assert proposed() == "EUR"
    web.post("/admin/setup/tax", {**TAX, "currency": "CHF"})
    assert proposed() == "CHF"


def test_each_step_can_be_skipped_and_nothing_is_kept(web: HttpsTestClient) -> None:
    following = "/admin/setup/company"
    seen = []
    while following != "/admin/setup":
        seen.append(following)
        following = web.get(following).context["skip_url"]
    assert [path.rpartition("/")[2] for path in seen] == [
        *("company", "tax", "product", "payments", "mail", "domains"),
    ]
    assert get_setting("company.name") == "My Hosting Company"
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("step", "answers", "field", "reason"),
    [
        ("company", {**COMPANY, "company.postcode": ""}, "company.postcode", "required"),
        ("company", {**COMPANY, "company.email": "support"}, "company.email", "email address"),
        ("tax", {**TAX, "tax_rate": "a lot"}, "tax_rate", "percentage"),
        ("product", {**PRODUCT, "price": "5.001"}, "price", ""),
        ("payments", {**BANK, "account": "DE89370400440532013001"}, "account", "IBAN"),
        ("domains", {"domains.ns1": "x", "domains.ns2": ""}, "domains.ns1", "hostname"),
    ],
)
def test_a_wrong_answer_is_told_beside_its_question(
    web: HttpsTestClient, step: str, answers: dict[str, str], field: str, reason: str
) -> None:
    if step == "tax":
        web.post("/admin/setup/company", COMPANY)
    refused = web.post(f"/admin/setup/{step}", answers)
    assert refused.status_code == 422
    assert reason in " ".join(refused.context["form"].errors[field])


def test_a_company_that_charges_no_tax_says_none(web: HttpsTestClient) -> None:
    web.post("/admin/setup/company", COMPANY)
    web.post("/admin/setup/tax", {**TAX, "tax_rate": "none"})
    assert get_setting("tax.enabled") is False
    assert not TaxRule.objects.exists()
    assert web.get("/admin/setup/tax").context["form"]["tax_rate"].value() == "none"


def test_a_first_tld_is_sold_and_searched(web: HttpsTestClient) -> None:
    assert web.post("/admin/setup/domains", DOMAINS).status_code == 303
    price = TldPrice.objects.get()
    assert (price.tld.tld, price.register, price.renew) == ("com", 1200, 1200)
    assert get_setting("portal.show_domain_search") is True


def test_the_rights_of_consumers_are_proposed_in_the_eu_and_switched_on_by_who_has_read_them(
    web: HttpsTestClient,
) -> None:
    key, path = "consumer.enabled", "/admin/setup/consumers"
    assert web.get(path).status_code == 404  # in the USA
    web.post("/admin/setup/company", COMPANY)
    assert web.get("/admin/setup/domains").context["skip_url"] == path
    page = web.get(path)
    assert "Germany" in page.text
    for read in ("/admin/settings/consumers", "/admin/withdrawal-instructions"):
        assert f'href="{read}"' in page.text
        assert web.get(read).status_code == 200
    assert page.context["form"][key].value() == "on"
    refused = web.post(path, {key: "on"})
    assert (refused.status_code, get_setting(key)) == (422, False)
    assert "lawyer" in " ".join(refused.context["form"].errors["is_read"])
    assert web.post(path, {}).status_code == 303
    assert get_setting(key) is False
    assert web.post(path, {key: "on", "is_read": "on"}).status_code == 303
    assert get_setting(key) is True
    assert "is_read" not in web.get(path).context["form"].fields


def test_what_exists_is_not_overwritten_but_linked(web: HttpsTestClient) -> None:
    give_nameservers()
    ctx = Context(AT, SYSTEM)
    com = set_tld(tld="com", is_active=False, ctx=ctx)
    set_tld_price(tld=com, currency_code="EUR", register=900, ctx=ctx)
    starter = make_product(name="Starter", prices=[("EUR", "monthly", 700)])
    pound = make_currency("GBP")
    web.post("/admin/setup/company", COMPANY)
    taken = {
        ("product", "product", starter): {**PRODUCT, "product": "STARTER"},
        ("domains", "tld", com): {**DOMAINS, "tld": ".Com"},
        ("tax", "currency", pound): {**TAX, "currency": "GBP"},
    }
    for (step, field, record), answers in taken.items():
        refused = web.post(f"/admin/setup/{step}", answers)
        assert refused.status_code == 422, step
        assert refused.context["form"].errors[field], step
        assert f'<a href="{page_of(record)}">{record}</a>' in refused.text
    assert starter.prices.get().price == 700
    com.refresh_from_db()
    assert (com.is_active, com.prices.get().register) == (False, 900)
    assert Currency.objects.get(is_default=True).code == "USD"
    assert not TaxRule.objects.exists()


def test_a_new_company_chooses_its_currency(web: HttpsTestClient) -> None:
    web.post("/admin/setup/company", COMPANY)
    assert web.post("/admin/setup/tax", {**TAX, "currency": "GBP"}).status_code == 303
    assert Currency.objects.get(is_default=True).code == "GBP"


def test_what_is_sold_is_set_up_by_those_who_may_manage_products() -> None:
    staff = make_staff("admin", permissions=["settings.manage", "settings.view"])
    web = staff_browser(staff)
    steps = [step["step"] for step in web.get("/admin/setup").context["steps"]]
    assert steps == ["company", "payments", "mail"]
    assert web.post("/admin/setup/company", COMPANY)["Location"] == "/admin/setup/payments"
    for step, answers in (("tax", TAX), ("product", PRODUCT), ("domains", DOMAINS)):
        for refused in (web.get(f"/admin/setup/{step}"), web.post(f"/admin/setup/{step}", answers)):
            assert refused.status_code == 403, step
            assert "“Edit the catalog”" in refused.text
    assert not Product.objects.exists()
    dashboard = web.get("/admin/dashboard").text
    assert "/admin/setup/mail" in dashboard
    assert "/admin/setup/product" not in dashboard


def test_it_is_for_those_who_may_change_settings() -> None:
    admin = staff_browser(make_staff("admin"))
    assert admin.get("/admin/setup").status_code == 403
    assert admin.post("/admin/setup/company", COMPANY).status_code == 403
