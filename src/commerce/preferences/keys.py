"""Every setting that this release uses: its key, type, default and what it means (backoffice.md 5).

Those of the gateways are added by ``payments.gateways``, from the fields of their adapters.
"""

from dataclasses import dataclass
from typing import Any

from commerce.kit.pictures import Fit
from commerce.preferences.readers import (
    Read,
    Show,
    choice,
    days,
    email,
    host,
    language,
    languages,
    late_fee,
    line,
    matching,
    nav_links,
    number,
    or_nothing,
    picture_name,
    plain,
    prefix,
    review,
    switch,
    text,
    typed_amounts,
    typed_links,
    url,
    zone,
)


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: how a typed value is read (raises ``Refused`` with the reason), its default, and its meaning.

    ``show`` turns a value into the text of which ``read`` makes it. A ``secret`` is a text that is kept encrypted, and
    never shown again. With ``picture`` the value is the name of a kept picture, which was drawn to fit.
    """

    read: Read
    default: Any
    meaning: str
    show: Show = plain
    secret: bool = False
    picture: Fit | None = None

    def shown(self, value: Any) -> str:
        """A value for people to read; a secret only as "set"."""
        if self.secret:
            return "set" if value else ""
        return self.show(value)


KEYS: dict[str, Key] = {
    "company.name": Key(line, "My Hosting Company", "name on invoices and in mails"),
    "company.email": Key(email, "support@example.com", "where clients reach the company"),
    "company.address1": Key(line, "", "street"),
    "company.address2": Key(line, "", "more of the address"),
    "company.city": Key(line, "", "city"),
    "company.state": Key(line, "", "state or region"),
    "company.postcode": Key(line, "", "postcode"),
    "company.country": Key(matching("[A-Z]{2}", "an ISO code such as US"), "US", "country"),
    "company.phone": Key(line, "", "phone"),
    "company.website": Key(line, "", "website"),
    "company.tax_id": Key(line, "", "tax number"),
    "company.registration_no": Key(line, "", "registration number"),
    "branding.name": Key(line, "Client Portal", "name of the portal"),
    "branding.primary_color": Key(
        matching("#[0-9a-fA-F]{6}", "a colour such as #4f46e5"), "#4f46e5", "the accent colour"
    ),
    "branding.logo": Key(
        picture_name,
        "",
        "logo of pages and documents, by `commerce setting upload`; empty: the name",
        picture=Fit(640, 160),
    ),
    "branding.favicon": Key(
        picture_name,
        "",
        "icon of the browser's tab, by `commerce setting upload`; empty: the initial",
        picture=Fit(128, 128, square=True),
    ),
    "locale.default": Key(language, "en", "default language, of who chose none of those enabled"),
    "locale.enabled": Key(languages, ["en"], "languages that people may choose"),
    "locale.display_zone": Key(zone, "UTC", "time zone of readers who chose none"),
    "billing.time_zone": Key(
        zone, "UTC", "time zone of business dates; a change counts from the next daily run"
    ),
    "billing.invoice_prefix": Key(prefix, "INV-", "what invoice numbers start with"),
    "billing.run_time": Key(
        matching("([01][0-9]|2[0-3]):[0-5][0-9]", "a time such as 00:05"),
        "00:05",
        "when the daily run starts, in the business time zone",
    ),
    "billing.invoice_yearly_reset": Key(switch, False, "invoice numbers start at 1 each year"),
    "billing.credit_note_prefix": Key(prefix, "CN-", "what credit note numbers start with"),
    "billing.invoice_advance_days": Key(
        number(0, 60), 7, "days before its period in which a service is invoiced"
    ),
    "billing.grace_period_days": Key(
        number(0, 90), 3, "days after the due date until a service is suspended"
    ),
    "billing.termination_days": Key(
        number(4, 365), 14, "days from suspension to the end of a service"
    ),
    "billing.reminder_days": Key(
        days, [-3, 1, 5, 10], "days of reminders, counted from the due date"
    ),
    "billing.consolidate": Key(switch, True, "one renewal invoice for each client and run"),
    "billing.auto_apply_credit": Key(switch, True, "credit pays invoices when they are issued"),
    "billing.late_fee_kind": Key(
        choice("none", "fixed", "percent"), "none", "late fee: none, fixed or percent"
    ),
    "billing.late_fee_amount": Key(
        late_fee,
        {},
        "late fee: an amount for each currency if it is fixed, a part of the amount due if it is percent,"
        " such as EUR 5.00, USD 6.00, 2.5 %",
        typed_amounts,
    ),
    "billing.late_fee_tax": Key(switch, False, "late fees are taxed"),
    "billing.price_change_notice_days": Key(
        number(0, 365), 30, "days from the notice of a new price until it counts"
    ),
    "invoices.show_logo": Key(switch, True, "the logo stands on documents"),
    "invoices.accent_color": Key(
        matching("(#[0-9a-fA-F]{6})?", "a colour such as #4f46e5, or nothing"),
        "",
        "accent colour of documents; empty: the portal's",
    ),
    "invoices.footer_text": Key(text, "", "last lines of each document"),
    "invoices.payment_terms": Key(text, "", "terms of payment on invoices"),
    "plan_changes.enabled": Key(switch, True, "clients may change the plan of a service"),
    "plan_changes.require_approval": Key(switch, False, "staff approve each plan change"),
    "cancellations.auto_approve": Key(switch, False, "cancellations need no approval"),
    "tax.enabled": Key(switch, True, "tax is charged by the tax rules"),
    "tax.prices_include_tax": Key(switch, False, "prices contain tax; fixed once invoices exist"),
    "tax.eu_consumer_basis": Key(
        choice("destination", "origin"), "destination", "whose rate consumers in the EU pay"
    ),
    "tax.vies_enabled": Key(switch, True, "VAT numbers are checked online"),
    "tax.vies_cache_days": Key(
        number(1, 365), 30, "days for which an answer about a number counts"
    ),
    "tax.accounting_currency": Key(
        matching("([A-Z]{3})?", "a currency such as EUR, or nothing"),
        "",
        "currency of the tax total for the books; empty: the default currency",
    ),
    "payments.allow_partial": Key(switch, False, "clients may pay a part of an invoice"),
    "payments.session_minutes": Key(number(5, 1440), 60, "minutes until a try to pay expires"),
    "payments.bank_hold_days": Key(
        number(0, 30), 5, "days for which a declared transfer holds suspension"
    ),
    "domains.renewal_advance_days": Key(
        number(1, 90), 30, "days before its expiry in which a domain is invoiced"
    ),
    "domains.registrar": Key(
        matching("[a-z0-9_-]{1,40}", "a registrar such as manual"),
        "manual",
        "registrar of new names whose TLD names none",
    ),
    "domains.ns1": Key(host, "", "first nameserver of names that are registered without any"),
    "domains.ns2": Key(host, "", "second nameserver"),
    "domains.ns3": Key(host, "", "third nameserver"),
    "domains.ns4": Key(host, "", "fourth nameserver"),
    "billing.invoice_start_number": Key(number(1, 999_999_999), 1, "first invoice number"),
    "billing.invoice_due_days": Key(number(0, 365), 14, "days from issue to the due date"),
    "billing.invoice_min_notice_days": Key(
        number(0, 365), 7, "least days between issue and due date"
    ),
    "orders.auto_approve": Key(switch, True, "a paid order becomes active without staff"),
    "orders.cancel_unpaid_after_days": Key(
        number(0, 365), 30, "days after the due date until an unpaid order is cancelled; 0: never"
    ),
    "orders.cart_days": Key(number(1, 365), 30, "days for which an unchanged cart is kept"),
    "orders.review_rules": Key(
        review,
        {},
        "what holds an order for staff: another country of the network address than of the billing"
        " address (COMMERCE_COUNTRY_HEADER), more than 3 orders of new clients from one address in a"
        " day, or a total above an amount, such as country, address 3, EUR 500.00",
        typed_amounts,
    ),
    "orders.terms_url": Key(
        or_nothing(url), "", "address of the terms; set, they must be accepted"
    ),
    "portal.show_hero": Key(switch, True, "the start page begins with title and subtitle"),
    "portal.hero_title": Key(line, "", "title of the start page; empty: one of ours"),
    "portal.hero_subtitle": Key(text, "", "what stands below the title of the start page"),
    "portal.show_products": Key(switch, True, "the start page shows what is sold"),
    "portal.nav_links": Key(
        nav_links,
        [],
        "links in the top bar: words | address | new tab, each on a line or behind a ;",
        typed_links,
    ),
    "portal.registration": Key(switch, True, "new customers may register"),
    "security.require_email_verification": Key(
        switch, True, "no sign-in before the e-mail is proven"
    ),
    "security.password_min_length": Key(number(8, 128), 8, "least length of a member's password"),
    "security.client_2fa_required": Key(switch, False, "members must set up a second factor"),
    "security.session_idle_minutes": Key(
        number(5, 1440), 120, "minutes until an idle session ends"
    ),
    "mail.per_minute": Key(number(1, 10_000), 60, "mails sent in a minute, security mails first"),
    "mail.bcc_invoices": Key(
        or_nothing(email), "", "an address that gets a copy of each invoice mail"
    ),
    "retention.provisioning_days": Key(
        number(1, 3650), 365, "days for which background work that has ended is kept"
    ),
    "retention.audit_years": Key(
        number(1, 100), 10, "years for which the audit log is kept; at least as long as invoices"
    ),
    "retention.mail_days": Key(number(1, 3650), 365, "days for which sent mails are kept"),
    "mail.from_name": Key(line, "", "sender's name; empty: the company's"),
    "mail.from_address": Key(or_nothing(email), "", "sender's address; empty: the company's"),
}
