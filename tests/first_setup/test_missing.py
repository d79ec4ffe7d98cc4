"""What an order still lacks is said until it lacks nothing, each with the step of the assistant that gives it."""

import pytest
from django.conf import LazySettings

from commerce.billing.tax.actions import add_tax_rule
from commerce.domains.actions.tlds import set_tld
from commerce.first_setup.company import save_company
from commerce.first_setup.missing import SetupStep, missing_parts
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import business_date
from tests import make
from tests.make.names import sell_tld

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
COMPANY = {
    "company.name": "Example Ltd",
    "company.address1": "Hauptstr. 1",
    "company.email": "support@hosting.example",
    "company.country": "DE",
    "billing.time_zone": "Europe/Berlin",
}


def missing() -> list[str]:
    return [part.step.value for part in missing_parts(business_date(make.AT))]


def test_an_empty_installation_lacks_everything_that_an_order_needs_in_the_order_of_the_steps() -> (
    None
):
    assert missing() == ["company", "tax", "product", "payments", "mail"]
    beside = (SetupStep.DOMAINS, SetupStep.CONSUMERS)
    assert missing() == [step.value for step in SetupStep if step not in beside]


def test_each_step_takes_its_part_off_the_list(settings: LazySettings) -> None:
    save_company(COMPANY, CTX)
    assert missing() == ["tax", "product", "payments", "mail"]
    add_tax_rule(
        country="DE",
        rate=19_000,
        category="S",
        name="VAT",
        valid_from=business_date(make.AT),
        ctx=CTX,
    )
    assert missing() == ["product", "payments", "mail"]
    make.make_product()
    assert missing() == ["payments", "mail"]
    set_setting(key="gateway.bank_transfer.account_name", value="Example", ctx=CTX)
    set_setting(key="gateway.bank_transfer.account_number", value="1", ctx=CTX)
    set_setting(key="gateway.bank_transfer.enabled", value="on", ctx=CTX)
    assert missing() == ["mail"]
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "mail.example.com", "port": 587},
        }
    }
    assert missing() == []


def test_a_company_that_charges_no_tax_lacks_no_rate() -> None:
    set_setting(key="tax.enabled", value="off", ctx=CTX)
    assert "tax" not in missing()


def test_a_tld_on_sale_needs_a_registrar_that_is_configured() -> None:
    for key in ("domains.ns1", "domains.ns2"):
        set_setting(key=key, value=f"{key[-3:]}.example.net", ctx=CTX)
    sell_tld("com")
    assert "domains" not in missing()
    set_tld(tld="com", registrar="opensrs", ctx=CTX)
    [part] = [part for part in missing_parts(business_date(make.AT)) if part.step == "domains"]
    assert "OpenSRS" in str(part.text)
    set_tld(tld="com", is_active=False, ctx=CTX)
    assert "domains" not in missing()
