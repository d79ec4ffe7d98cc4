"""Each setting: its default, what it takes, what it refuses, and how it is typed again (backoffice.md 5)."""

import re

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.django import TestCase

from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings import current
from commerce.site_settings.actions import reset_setting, set_setting
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from commerce.site_settings.models import SiteSetting
from tests import make
from tests.payments.providers import mollie_side, paypal_side, stripe_side

CTX = Context(make.AT, SYSTEM)
ANY_TEXT = ("Ünder <b> & “quotes”", "x" * 20_000)
SWITCH = ("on", "maybe")

# A value that is not the default, and one that is refused.
EXAMPLES: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        (key for key, definition in SETTING_DEFINITIONS.items()
         if key.endswith(".name") or (definition.default == "" and not definition.picture)), ANY_TEXT
    ),
    **{key: ("off" if definition.default else "on", "maybe") for key, definition in SETTING_DEFINITIONS.items()
       if isinstance(definition.default, bool)},
    **{key: (str(definition.default + 1), "-1") for key, definition in SETTING_DEFINITIONS.items()
       if type(definition.default) is int},
    "company.email": ("hello@example.net", "hello"),
    "consumer.countries": ("DE,FR", "Germany"),
    "consumer.notice": ("* | 2 | Our terms", "DE | 1 | § 309 Nr. 9 BGB"),
    "company.country": ("DE", "ZZ"),
    "api.webhook_networks": ("10.0.0.0/8,fd00::/8", "everywhere"),
    "security.staff_networks": ("198.51.100.0/24,2001:db8::/48", "everywhere"),
    "branding.primary_color": ("#123456", "red"),
    "locale.display_zone": ("Europe/Berlin", "Mars/Base"),
    "billing.time_zone": ("Europe/Berlin", "Mars/Base"),
    "billing.invoice_prefix": ("R-{YYYY}-", "CN-"),
    "billing.credit_note_prefix": ("G-", "INV-"),
    "billing.run_time": ("23:59", "24:00"),
    "staff.digest_time": ("06:15", "24:00"),
    "billing.reminder_days": ("-5,2", "soon"),
    "billing.late_fee_kind": ("fixed", "much"),
    "billing.late_fee_amount": ("EUR 5.00, USD 6.50", "EUR 5.001"),
    "domains.low_balance": ("EUR 50.00, USD 60.00", "2.5 %"),
    "orders.review_rules": ("country, address 3, EUR 500.00", "XTS 5.00"),
    "orders.terms_url": ("https://example.com/terms?a=1", "javascript:alert(1)"),
    "portal.imprint_url": ("https://example.com/imprint", "imprint"),
    "portal.privacy_url": ("http://example.com/privacy", "data:text/html,x"),
    "portal.nav_links": (
        "Docs | /api/docs ; Ünder <b> & “quotes” | https://example.com/a;b?c=d,e | new tab",
        "Docs | javascript:alert(1)",
    ),
    "portal.show_prices": ("gross", "both"),
    "portal.highlights": ("Free migration | We move your website. ; Backups | Every night.", "x" * 500),
    "invoices.accent_color": ("#123456", "red"),
    "tax.eu_consumer_basis": ("origin", "here"),
    "tax.non_eu_services": ("O", "S"),
    "tax.accounting_currency": ("EUR", "QQQ"),
    "tax.rate_source": ("ecb", "federal reserve"),
    "mail.from_address": ("billing@example.net", "billing"),
    "mail.bcc_invoices": ("copies@example.net", "a@example.net\nBcc: all@example.net"),
    "payments.autopay_retry_days": ("2,4", "0,2"),
    "payments.topup_min": ("7.50", "-1"),
    "payments.topup_max": ("0", "much"),
    "gateway.stripe.publishable_key": ("pk_test_1", "sk_test_1"),
    "gateway.stripe.secret_key": ("sk_test_1", "pk_test_1"),
    "gateway.stripe.webhook_secret": ("whsec_1", "sk_test_1"),
    "gateway.mollie.api_key": ("test_1", "sk_test_1"),
    "gateway.mollie.profile_id": ("pfl_1", "1"),
    "gateway.bank_transfer.iban": ("DE89370400440532013000", "DE89370400440532013001"),
    "registrar.epp.authority": ("-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----", "YQ=="),
    "registrar.epp.certificate": ("-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----", "YQ=="),
    "registrar.epp.key": ("-----BEGIN PRIVATE KEY-----\nYQ==\n-----END PRIVATE KEY-----", "YQ=="),
    "registrar.epp.port": ("7000", "7" * 3000),
    "dns.nameservers": ("ns1.example.net,ns2.example.net", "ns1.example.net"),
    "dns.powerdns.server_id": ANY_TEXT,
    "dns.powerdns.api_url": ("https://dns.example.net:8081", "https://name:word@dns.example.net"),
    "dns.resolver": ("192.0.2.53:5353", "resolver.example.net"),
    "dns.template": ("@ NS {nameserver}.", "@ A {ipv4}"),
    **{f"domains.ns{n}": (f"ns{n}.example.net", "not a host") for n in (1, 2, 3, 4)},
}  # fmt: skip
PROVIDERS = {
    "gateway.stripe.enabled": stripe_side,
    "gateway.mollie.enabled": mollie_side,
    "gateway.paypal.enabled": paypal_side,
}
"""What must answer before a gateway can be on."""
PICTURES = {key for key, definition in SETTING_DEFINITIONS.items() if definition.picture}
"""Which are tried in ``test_pictures``."""
ALONE = {"locale.default", "locale.enabled", "domains.registrar", "dns.server"}
"""Of which an installation without more settings has no second value."""


def test_each_key_has_an_example() -> None:
    assert set(SETTING_DEFINITIONS) - set(EXAMPLES) == ALONE | PICTURES


@pytest.mark.django_db
@pytest.mark.parametrize("key", sorted(EXAMPLES))
def test_a_key_is_set_told_and_reset(key: str) -> None:
    if key in PROVIDERS:
        with PROVIDERS[key]():
            reset_setting(key=key, ctx=CTX)
            _is_set_told_and_reset(key)
        return
    if key == "gateway.bank_transfer.enabled":
        for name in ("account_name", "account_number"):
            set_setting(key=f"gateway.bank_transfer.{name}", value="1", ctx=CTX)
    if key == "billing.invoice_yearly_reset":
        set_setting(key="billing.invoice_prefix", value="{YYYY}-", ctx=CTX)
    _is_set_told_and_reset(key)


def _is_set_told_and_reset(key: str) -> None:
    definition, (good, bad) = SETTING_DEFINITIONS[key], EXAMPLES[key]
    with pytest.raises(BusinessError, match=r"\w"):
        set_setting(key=key, value=bad, ctx=CTX)
    assert current.get_setting(key) == definition.default
    assert not SiteSetting.objects.filter(pk=key).exists()

    after = set_setting(key=key, value=good, ctx=CTX)
    assert current.get_setting(key) == after != definition.default
    entry = AuditEntry.objects.filter(action="settings.updated").latest("pk")
    told = (
        ({}, {key: "changed"}) if definition.secret else ({key: definition.default}, {key: after})
    )
    assert (entry.before, entry.after) == told
    before = AuditEntry.objects.count()
    assert set_setting(key=key, value=definition.format(after), ctx=CTX) == after
    assert AuditEntry.objects.count() == before

    assert reset_setting(key=key, ctx=CTX) == current.get_setting(key) == definition.default
    assert not SiteSetting.objects.filter(pk=key).exists()


@pytest.mark.parametrize("key", sorted(SETTING_DEFINITIONS))
def test_what_a_default_shows_is_read_as_the_default(key: str) -> None:
    definition = SETTING_DEFINITIONS[key]
    assert definition.parse(definition.format(definition.default)) == definition.default


class TestTyped(TestCase):
    @given(some.sampled_from(sorted(SETTING_DEFINITIONS)), some.text(max_size=60))
    def test_what_a_key_shows_is_read_as_the_same(self, key: str, typed: str) -> None:
        definition = SETTING_DEFINITIONS[key]
        try:
            value = definition.parse(typed)
        except BusinessError:
            return
        assert definition.parse(definition.format(value)) == value


@given(
    some.dictionaries(some.sampled_from(["EUR", "JPY", "KWD"]), some.integers(0, 10**12)),
    some.integers(0, 9999),
)
def test_amounts_are_typed_in_the_scale_of_their_currency(
    amounts: dict[str, int], orders: int
) -> None:
    for key, value in (
        ("billing.late_fee_amount", amounts),
        ("orders.review_rules", {"country": 1, "address": orders, **amounts}),
    ):
        assert SETTING_DEFINITIONS[key].parse(SETTING_DEFINITIONS[key].format(value)) == value


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("A\x00c\x1bme\r\nLtd", "Acme Ltd"), ("  Acme\u202e  ", "Acme"), ("Cafe\u0301", "Café")],
)
def test_a_line_is_one_line_without_control_characters(typed: str, kept: str) -> None:
    assert SETTING_DEFINITIONS["mail.from_name"].parse(typed) == kept
    assert not re.search(r"[\x00-\x08\r]", SETTING_DEFINITIONS["invoices.footer_text"].parse(typed))


@pytest.mark.parametrize(
    "address",
    [
        *("javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "//example.com/x"),
        *("/terms", "http://", "https:// example.com", 'https://example.com/"><script>'),
        *("java\tscript:alert(1)", "ftp://example.com/", "http://[", "\x01https://example.com"),
    ],
)
def test_a_link_leads_to_the_web(address: str) -> None:
    with pytest.raises(BusinessError, match="https://"):
        SETTING_DEFINITIONS["orders.terms_url"].parse(address)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("Docs", "that starts with https://, or a path on this site such as /store"),
        (" | /docs", 'characters, a URL, and optionally "new tab":'),
        ("Docs | /docs | somewhere", 'characters, a URL, and optionally "new tab":'),
        ("Docs | /docs | new tab | new tab", 'characters, a URL, and optionally "new tab":'),
        (f"{'x' * 31} | /docs", 'characters, a URL, and optionally "new tab":'),
        (
            "Docs | //example.com/docs",
            "that starts with https://, or a path on this site such as /store",
        ),
        (
            "Docs | /\\example.com",
            "that starts with https://, or a path on this site such as /store",
        ),
        (
            'Docs | /docs"><script>',
            "that starts with https://, or a path on this site such as /store",
        ),
        ("Docs | /docs here", "that starts with https://, or a path on this site such as /store"),
        ("Docs | docs", "that starts with https://, or a path on this site such as /store"),
        (
            "Docs | http://example.com",
            "that starts with https://, or a path on this site such as /store",
        ),
        (
            "Docs | data:text/html,x",
            "that starts with https://, or a path on this site such as /store",
        ),
        ("Docs | https://", "https://example.com"),
        (" ; ".join(["Docs | /docs"] * 9), "8 links or fewer"),
    ],
)
def test_a_link_of_the_top_bar_leads_to_this_site_or_safely_to_another(
    typed: str, why: str
) -> None:
    with pytest.raises(BusinessError, match=why):
        SETTING_DEFINITIONS["portal.nav_links"].parse(typed)


def test_links_of_the_top_bar_are_on_a_line_each_or_behind_a_semicolon() -> None:
    parse = SETTING_DEFINITIONS["portal.nav_links"].parse
    assert parse("\n A|/a\n\nB | https://b.example | new tab ;\n") == [
        {"label": "A", "url": "/a", "new_tab": False},
        {"label": "B", "url": "https://b.example", "new_tab": True},
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("invoices", "notes", "collide"),
    [
        ("A-", "A-", True),
        ("A-{YYYY}-", "A-2026-", True),
        ("{YYYY}{MM}-", "202612-", True),
        ("A", "A1", True),  # A11 is number 11 of one and number 1 of the other
        ("", "{YYYY}", True),
        ("A-{MM}-", "A-{YYYY}-", False),
        ("A-1-", "A-2-", False),
        ("A-", "B-", False),
        ("A-", "a-", False),
    ],
)
def test_invoices_and_credit_notes_never_share_a_number(
    invoices: str, notes: str, *, collide: bool
) -> None:
    set_setting(key="billing.invoice_prefix", value=invoices, ctx=CTX)
    if not collide:
        set_setting(key="billing.credit_note_prefix", value=notes, ctx=CTX)
        return
    with pytest.raises(BusinessError, match="same numbers"):
        set_setting(key="billing.credit_note_prefix", value=notes, ctx=CTX)


@pytest.mark.django_db
def test_the_default_language_is_one_of_those_enabled(settings: LazySettings) -> None:
    settings.LANGUAGES = [("en", "English")]
    for key in ("locale.default", "locale.enabled"):
        with pytest.raises(BusinessError, match="Available languages: en"):
            set_setting(key=key, value="de", ctx=CTX)
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
    with pytest.raises(BusinessError, match=r"Add it to locale\.enabled first"):
        set_setting(key="locale.default", value="de", ctx=CTX)
    assert set_setting(key="locale.enabled", value="de, en de", ctx=CTX) == ["de", "en"]
    set_setting(key="locale.default", value="de", ctx=CTX)
    for value, why in (
        ("en,fr", "Add it to locale.enabled first"),
        (" , ", "at least one"),
        ("xx", "Available languages"),
    ):
        with pytest.raises(BusinessError, match=why):
            set_setting(key="locale.enabled", value=value, ctx=CTX)
    with pytest.raises(BusinessError, match=r"Add it to locale\.enabled first"):
        reset_setting(key="locale.enabled", ctx=CTX)
    assert current.get_setting("locale.enabled") == ["de", "en"]
