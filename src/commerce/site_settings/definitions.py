"""Every setting that this release uses: its key, type, default and what it means (backoffice.md 5).

Those of the gateways are added by ``payments.gateways.registry``, from the fields of their adapters.
"""

from dataclasses import dataclass
from typing import Any

from commerce.kit.pictures import PictureBounds
from commerce.site_settings.parsers import (
    SettingFormatter,
    SettingParser,
    format_amounts,
    format_highlights,
    format_links,
    format_plain,
    integer_between,
    one_of,
    optional,
    parse_days,
    parse_email,
    parse_highlights,
    parse_hostname,
    parse_language,
    parse_languages,
    parse_late_fee,
    parse_line,
    parse_nav_links,
    parse_number_prefix,
    parse_picture_name,
    parse_review_rules,
    parse_switch,
    parse_text,
    parse_time_zone,
    parse_url,
    text_matching,
)


@dataclass(frozen=True, slots=True)
class SettingDefinition:
    """One setting: how a typed value is parsed (raises ``BusinessError`` with the reason), its default, and what it is.

    ``format`` turns a value into the text of which ``parse`` makes it. A ``secret`` is a text that is kept encrypted,
    and never shown again. With ``picture`` the value is the name of a kept picture, which was drawn to fit.
    """

    parse: SettingParser
    default: Any
    description: str
    format: SettingFormatter = format_plain
    secret: bool = False
    picture: PictureBounds | None = None

    def display(self, value: Any) -> str:
        """A value for people to read; a secret only as "set"."""
        if self.secret:
            return "set" if value else ""
        return self.format(value)


SETTING_DEFINITIONS: dict[str, SettingDefinition] = {
    "company.name": SettingDefinition(
        parse_line, "My Hosting Company", "name on invoices and in mails"
    ),
    "company.email": SettingDefinition(
        parse_email, "support@example.com", "where clients reach the company"
    ),
    "company.address1": SettingDefinition(parse_line, "", "street"),
    "company.address2": SettingDefinition(parse_line, "", "more of the address"),
    "company.city": SettingDefinition(parse_line, "", "city"),
    "company.state": SettingDefinition(parse_line, "", "state or region"),
    "company.postcode": SettingDefinition(parse_line, "", "postcode"),
    "company.country": SettingDefinition(
        text_matching("[A-Z]{2}", "setting.country_not_valid"), "US", "country"
    ),
    "company.phone": SettingDefinition(parse_line, "", "phone"),
    "company.website": SettingDefinition(parse_line, "", "website"),
    "company.tax_id": SettingDefinition(parse_line, "", "tax number"),
    "company.registration_no": SettingDefinition(parse_line, "", "registration number"),
    "branding.name": SettingDefinition(parse_line, "Client Portal", "name of the portal"),
    "branding.primary_color": SettingDefinition(
        text_matching("#[0-9a-fA-F]{6}", "setting.colour_not_valid"), "#4f46e5", "the accent colour"
    ),
    "branding.logo": SettingDefinition(
        parse_picture_name,
        "",
        "logo of pages and documents, by `commerce setting upload`; empty: the name",
        picture=PictureBounds(640, 160),
    ),
    "branding.favicon": SettingDefinition(
        parse_picture_name,
        "",
        "icon of the browser's tab, by `commerce setting upload`; empty: the initial",
        picture=PictureBounds(128, 128, square=True),
    ),
    "locale.default": SettingDefinition(
        parse_language, "en", "default language, of who chose none of those enabled"
    ),
    "locale.enabled": SettingDefinition(
        parse_languages, ["en"], "languages that people may choose"
    ),
    "locale.display_zone": SettingDefinition(
        parse_time_zone, "UTC", "time zone of readers who chose none"
    ),
    "billing.time_zone": SettingDefinition(
        parse_time_zone,
        "UTC",
        "time zone of business dates; a change counts from the next daily run",
    ),
    "billing.invoice_prefix": SettingDefinition(
        parse_number_prefix, "INV-", "what invoice numbers start with"
    ),
    "billing.run_time": SettingDefinition(
        text_matching("([01][0-9]|2[0-3]):[0-5][0-9]", "setting.time_not_valid"),
        "00:05",
        "when the daily run starts, in the business time zone",
    ),
    "billing.invoice_yearly_reset": SettingDefinition(
        parse_switch, False, "invoice numbers start at 1 each year"
    ),
    "billing.credit_note_prefix": SettingDefinition(
        parse_number_prefix, "CN-", "what credit note numbers start with"
    ),
    "billing.invoice_advance_days": SettingDefinition(
        integer_between(0, 60), 7, "days before its period in which a service is invoiced"
    ),
    "billing.grace_period_days": SettingDefinition(
        integer_between(0, 90), 3, "days after the due date until a service is suspended"
    ),
    "billing.termination_days": SettingDefinition(
        integer_between(4, 365), 14, "days from suspension to the end of a service"
    ),
    "billing.reminder_days": SettingDefinition(
        parse_days, [-3, 1, 5, 10], "days of reminders, counted from the due date"
    ),
    "billing.consolidate": SettingDefinition(
        parse_switch, True, "one renewal invoice for each client and run"
    ),
    "billing.auto_apply_credit": SettingDefinition(
        parse_switch, True, "credit pays invoices when they are issued"
    ),
    "billing.late_fee_kind": SettingDefinition(
        one_of("none", "fixed", "percent"), "none", "late fee: none, fixed or percent"
    ),
    "billing.late_fee_amount": SettingDefinition(
        parse_late_fee,
        {},
        "late fee: an amount for each currency if it is fixed, a part of the amount due if it is percent,"
        " such as EUR 5.00, USD 6.00, 2.5 %",
        format_amounts,
    ),
    "billing.late_fee_tax": SettingDefinition(parse_switch, False, "late fees are taxed"),
    "billing.price_change_notice_days": SettingDefinition(
        integer_between(0, 365), 30, "days from the notice of a new price until it counts"
    ),
    "invoices.show_logo": SettingDefinition(parse_switch, True, "the logo stands on documents"),
    "invoices.accent_color": SettingDefinition(
        text_matching("(#[0-9a-fA-F]{6})?", "setting.optional_colour_not_valid"),
        "",
        "accent colour of documents; empty: the portal's",
    ),
    "invoices.footer_text": SettingDefinition(parse_text, "", "last lines of each document"),
    "invoices.payment_terms": SettingDefinition(parse_text, "", "terms of payment on invoices"),
    "plan_changes.enabled": SettingDefinition(
        parse_switch, True, "clients may change the plan of a service"
    ),
    "plan_changes.require_approval": SettingDefinition(
        parse_switch, False, "staff approve each plan change"
    ),
    "cancellations.auto_approve": SettingDefinition(
        parse_switch, False, "cancellations need no approval"
    ),
    "tax.enabled": SettingDefinition(parse_switch, True, "tax is charged by the tax rules"),
    "tax.prices_include_tax": SettingDefinition(
        parse_switch, False, "prices contain tax; fixed once invoices exist"
    ),
    "tax.eu_consumer_basis": SettingDefinition(
        one_of("destination", "origin"), "destination", "whose rate consumers in the EU pay"
    ),
    "tax.vies_enabled": SettingDefinition(parse_switch, True, "VAT numbers are checked online"),
    "tax.vies_cache_days": SettingDefinition(
        integer_between(1, 365), 30, "days for which an answer about a number counts"
    ),
    "tax.accounting_currency": SettingDefinition(
        text_matching("([A-Z]{3})?", "setting.optional_currency_not_valid"),
        "",
        "currency of the tax total for the books; empty: the default currency",
    ),
    "payments.allow_partial": SettingDefinition(
        parse_switch, False, "clients may pay a part of an invoice"
    ),
    "payments.session_minutes": SettingDefinition(
        integer_between(5, 1440), 60, "minutes until a try to pay expires"
    ),
    "payments.bank_hold_days": SettingDefinition(
        integer_between(0, 30), 5, "days for which a declared transfer holds suspension"
    ),
    "domains.renewal_advance_days": SettingDefinition(
        integer_between(1, 90), 30, "days before its expiry in which a domain is invoiced"
    ),
    "domains.registrar": SettingDefinition(
        text_matching("[a-z0-9_-]{1,40}", "setting.registrar_not_valid"),
        "manual",
        "registrar of new names whose TLD names none",
    ),
    "domains.ns1": SettingDefinition(
        parse_hostname, "", "first nameserver of names that are registered without any"
    ),
    "domains.ns2": SettingDefinition(parse_hostname, "", "second nameserver"),
    "domains.ns3": SettingDefinition(parse_hostname, "", "third nameserver"),
    "domains.ns4": SettingDefinition(parse_hostname, "", "fourth nameserver"),
    "billing.invoice_start_number": SettingDefinition(
        integer_between(1, 999_999_999), 1, "first invoice number"
    ),
    "billing.invoice_due_days": SettingDefinition(
        integer_between(0, 365), 14, "days from issue to the due date"
    ),
    "billing.invoice_min_notice_days": SettingDefinition(
        integer_between(0, 365), 7, "least days between issue and due date"
    ),
    "orders.auto_approve": SettingDefinition(
        parse_switch, True, "a paid order becomes active without staff"
    ),
    "orders.cancel_unpaid_after_days": SettingDefinition(
        integer_between(0, 365),
        30,
        "days after the due date until an unpaid order is cancelled; 0: never",
    ),
    "orders.cart_days": SettingDefinition(
        integer_between(1, 365), 30, "days for which an unchanged cart is kept"
    ),
    "orders.review_rules": SettingDefinition(
        parse_review_rules,
        {},
        "what holds an order for staff: another country of the network address than of the billing"
        " address (COMMERCE_COUNTRY_HEADER), more than 3 orders of new clients from one address in a"
        " day, or a total above an amount, such as country, address 3, EUR 500.00",
        format_amounts,
    ),
    "orders.terms_url": SettingDefinition(
        optional(parse_url), "", "address of the terms; set, they must be accepted"
    ),
    "portal.show_hero": SettingDefinition(
        parse_switch, True, "the start page begins with title and subtitle"
    ),
    "portal.hero_title": SettingDefinition(
        parse_line, "", "title of the start page; empty: one of ours"
    ),
    "portal.hero_subtitle": SettingDefinition(
        parse_text, "", "what stands below the title of the start page"
    ),
    "portal.show_products": SettingDefinition(
        parse_switch, True, "the start page shows what is sold"
    ),
    "portal.show_prices": SettingDefinition(
        one_of("auto", "gross", "net"),
        "auto",
        "prices in the store: gross with tax, net without, auto by the visitor's country and kind",
    ),
    "portal.about": SettingDefinition(
        parse_text, "", "what the company says of itself on the start page, in Markdown"
    ),
    "portal.highlights": SettingDefinition(
        parse_highlights,
        [],
        "short reasons to buy on the start page: title | sentence, each on a line or behind a ;",
        format_highlights,
    ),
    "portal.show_faq": SettingDefinition(
        parse_switch, False, "visitors see the published questions and answers"
    ),
    "portal.nav_links": SettingDefinition(
        parse_nav_links,
        [],
        "links in the top bar: words | address | new tab, each on a line or behind a ;",
        format_links,
    ),
    "portal.imprint_url": SettingDefinition(
        optional(parse_url), "", "address of the legal notice, linked at the foot of every page"
    ),
    "portal.privacy_url": SettingDefinition(
        optional(parse_url), "", "address of the privacy policy, linked at the foot of every page"
    ),
    "portal.registration": SettingDefinition(parse_switch, True, "new customers may register"),
    "security.require_email_verification": SettingDefinition(
        parse_switch, True, "no sign-in before the e-mail is proven"
    ),
    "security.password_min_length": SettingDefinition(
        integer_between(8, 128), 8, "least length of a member's password"
    ),
    "security.client_2fa_required": SettingDefinition(
        parse_switch, False, "members must set up a second factor"
    ),
    "security.session_idle_minutes": SettingDefinition(
        integer_between(5, 1440), 120, "minutes until an idle session ends"
    ),
    "mail.per_minute": SettingDefinition(
        integer_between(1, 10_000), 60, "mails sent in a minute, security mails first"
    ),
    "mail.bcc_invoices": SettingDefinition(
        optional(parse_email), "", "an address that gets a copy of each invoice mail"
    ),
    "retention.provisioning_days": SettingDefinition(
        integer_between(1, 3650), 365, "days for which background work that has ended is kept"
    ),
    "retention.audit_years": SettingDefinition(
        integer_between(1, 100),
        10,
        "years for which the audit log is kept; at least as long as invoices",
    ),
    "retention.event_days": SettingDefinition(
        integer_between(1, 3650), 90, "days for which events are kept"
    ),
    "retention.mail_days": SettingDefinition(
        integer_between(1, 3650), 365, "days for which sent mails are kept"
    ),
    "mail.from_name": SettingDefinition(parse_line, "", "sender's name; empty: the company's"),
    "mail.from_address": SettingDefinition(
        optional(parse_email), "", "sender's address; empty: the company's"
    ),
}
