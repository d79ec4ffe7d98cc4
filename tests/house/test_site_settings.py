"""The settings of backoffice.md 5, key by key: each is there with its default, or waits for a part; and each is read.

A setting that nothing reads would be a promise to staff that is not kept.
"""

import re

import pytest

from commerce.dns.servers.registry import SERVER_CLASSES
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.payments.gateways.registry import GATEWAY_CLASSES
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from tests.house.source import PACKAGE

DEFAULTS = """
company.name My Hosting Company | company.email support@example.com | company.address1 | company.address2
company.city | company.state | company.postcode | company.country US | company.phone | company.website
company.tax_id | company.registration_no
branding.name Client Portal | branding.primary_color #4f46e5 | branding.logo | branding.favicon
staff.digest_time 07:30 | locale.default en | locale.enabled en | locale.display_zone UTC
billing.time_zone UTC | billing.run_time 00:05 | billing.invoice_prefix INV- | billing.invoice_start_number 1
billing.invoice_yearly_reset off | billing.credit_note_prefix CN- | billing.invoice_advance_days 7
billing.invoice_due_days 14 | billing.invoice_min_notice_days 7 | billing.grace_period_days 3
billing.termination_days 14 | billing.reminder_days -3,1,5,10 | billing.consolidate on
billing.auto_apply_credit on | billing.late_fee_kind none | billing.late_fee_amount | billing.late_fee_tax off
billing.price_change_notice_days 30
invoices.show_logo on | invoices.accent_color | invoices.footer_text | invoices.payment_terms
orders.auto_approve on | orders.cancel_unpaid_after_days 30 | orders.cart_days 30 | orders.terms_url
orders.review_rules
plan_changes.enabled on | plan_changes.require_approval off | cancellations.auto_approve off
consumer.enabled off | consumer.withdrawal_days 14 | consumer.renewal_notice_days 45
consumer.countries AT,BE,BG,CY,CZ,DE,DK,EE,ES,FI,FR,GR,HR,HU,IE,IS,IT,LI,LT,LU,LV,MT,NL,NO,PL,PT,RO,SE,SI,SK
tax.enabled on | tax.prices_include_tax off | tax.eu_consumer_basis destination | tax.vies_enabled on
tax.non_eu_services G | tax.vies_cache_days 30 | tax.accounting_currency | tax.rate_days 7 | tax.rate_source manual
payments.autopay_lead_days 14 | payments.autopay_retry_days 1,3,5,7
payments.allow_partial off | payments.session_minutes 60 | payments.bank_hold_days 5
payments.topup_min 5.00 | payments.topup_max 1000.00
gateway.bank_transfer.enabled off
servers.capacity_warning_percent 90
domains.registrar manual | domains.renewal_advance_days 30 | domains.low_balance
domains.ns1 | domains.ns2 | domains.ns3 | domains.ns4
dns.server none | dns.nameservers
portal.registration on | portal.hero_title | portal.hero_subtitle | portal.show_hero on | portal.show_products on
portal.nav_links | portal.show_faq off | portal.show_domain_search off | portal.show_impersonation off
security.require_email_verification on | security.password_min_length 8 | security.client_2fa_required off
security.session_idle_minutes 120 | security.staff_password_min_length 12 | security.staff_2fa_required on
security.staff_networks
mail.from_name | mail.from_address | mail.bcc_invoices | mail.per_minute 60
retention.mail_days 365 | retention.provisioning_days 365 | retention.audit_years 10
retention.webhook_days 90 | retention.invoice_years 10 | retention.sign_in_days 180
"""
WAITING = {
    "support and content": "tickets.auto_close_days tickets.default_priority tickets.max_attachment_kb"
    " tickets.allowed_extensions tickets.mail_enabled tickets.scan_command portal.show_kb"
    " portal.show_contact portal.show_announcements portal.show_status retention.contact_days",
}
"""What the spec names and this release does not have, by the part that will read it."""

BESIDE_THE_SPEC = {
    "api.idempotency_days": "answers that are given again (client-api-v2.md 3)",
    "api.event_days": "how long programs may pause (client-api-v2.md 7)",
    "api.webhook_networks": "private ones that webhooks may be sent to (client-api-v2.md 7)",
    "retention.event_days": "events are rows (decision 0054)",
    "portal.imprint_url": "the foot of every page",
    "portal.privacy_url": "the foot of every page",
    "portal.about": "the start page sells",
    "portal.highlights": "the start page sells",
    "dns.template": "the records of new zones",
    "dns.resolver": "whom the check of a delegation asks",
    "cancellations.reply_days": "the form to cancel says how long an answer takes",
    "consumer.notice": "a table by country, whose rows hold the sign that divides these",
    "portal.show_prices": "prices with tax for consumers in the EU",
}

BY_ANOTHER_NAME = {
    "billing.time_zone": "ZONE",
    "billing.invoice_prefix": '"billing.{sequence}_prefix"',
    "billing.credit_note_prefix": '"billing.{sequence}_prefix"',
} | {
    f"{kind}.{adapter.slug}.{field.name}": f'adapter_settings(f"{kind}.{{slug}}"'
    for kind, adapters in {
        "gateway": GATEWAY_CLASSES,
        "registrar": REGISTRAR_CLASSES,
        "dns": SERVER_CLASSES,
    }.items()
    for adapter in adapters.values()
    for field in adapter.fields
}
"""Keys that no line of code writes out, and what stands there instead."""


def named_in_the_spec() -> dict[str, str]:
    """Each key with its default as it is typed."""
    cells = [cell.strip() for line in DEFAULTS.splitlines() for cell in line.split("|")]
    return {cell.partition(" ")[0]: cell.partition(" ")[2] for cell in cells if cell}


def test_each_key_of_the_spec_has_its_default_or_waits_for_its_part() -> None:
    spec, waiting = named_in_the_spec(), set(" ".join(WAITING.values()).split())
    assert {
        key: SETTING_DEFINITIONS[key].format(SETTING_DEFINITIONS[key].default) for key in spec
    } == spec
    assert waiting & SETTING_DEFINITIONS.keys() == set()
    of_adapters = {
        key
        for key in SETTING_DEFINITIONS
        if key.startswith(("gateway.", "registrar.", "dns.powerdns."))
    }
    assert SETTING_DEFINITIONS.keys() - of_adapters - spec.keys() == BESIDE_THE_SPEC.keys()


@pytest.fixture(scope="module")
def sources() -> list[str]:
    """Our code, file by file, without the settings themselves and the demo, which only sets some."""
    return [
        path.read_text("utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.parent.name not in ("site_settings", "demo")
    ]


@pytest.mark.parametrize("key", sorted(SETTING_DEFINITIONS))
def test_each_key_is_read_somewhere(sources: list[str], key: str) -> None:
    """By its whole name; or where a name is put into ``get_setting(f"company.{field}")``, in a file that says it."""
    written = BY_ANOTHER_NAME.get(key, f'"{key}"')
    assert any(written in text or _put_together(key, text) for text in sources)


def _put_together(key: str, text: str) -> bool:
    for start, end in re.findall(r"get_setting\(\s*f\"([a-z_.]+)\{[\w.]+\}([a-z_.]*)\"", text):
        name = key.removeprefix(start).removesuffix(end)
        if key == f"{start}{name}{end}" and re.search(rf"\b{re.escape(name)}\b", text):
            return True
    return False
