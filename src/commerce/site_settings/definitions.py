"""Every setting that this release uses: its key, type, default and what it means (backoffice.md 5).

Those of the gateways are added by ``payments.gateways.registry``, from the fields of their adapters.
"""

from django.utils.translation import gettext_lazy as _

from commerce.kit.pictures import PictureBounds
from commerce.site_settings.consumer_definitions import CONSUMER_DEFINITIONS
from commerce.site_settings.definition import SettingDefinition
from commerce.site_settings.parsers import (
    format_amounts,
    format_highlights,
    format_links,
    integer_between,
    one_of,
    optional,
    parse_amounts,
    parse_days,
    parse_days_after,
    parse_email,
    parse_highlights,
    parse_hostname,
    parse_hostnames,
    parse_language,
    parse_languages,
    parse_late_fee,
    parse_line,
    parse_major_amount,
    parse_nav_links,
    parse_networks,
    parse_number_prefix,
    parse_picture_name,
    parse_resolver,
    parse_review_rules,
    parse_switch,
    parse_text,
    parse_time_zone,
    parse_url,
    text_matching,
)
from commerce.site_settings.tax_definitions import TAX_DEFINITIONS

DEFAULT_ZONE_TEMPLATE = """\
@      SOA   {ns1}. hostmaster.{domain}. 1 10800 3600 604800 3600
@      NS    {nameserver}.
@      A     {ipv4}
@      AAAA  {ipv6}
www    A     {ipv4}
www    AAAA  {ipv6}
@      MX    10 {server}.
@      TXT   "v=spf1 mx a:{server} ~all"
_dmarc TXT   "v=DMARC1; p=none\""""
"""Lines that name a server, or an address of one, are left out of zones that have none."""

SETTING_DEFINITIONS: dict[str, SettingDefinition] = {
    "company.name": SettingDefinition(
        parse_line, "My Hosting Company", _("Company name on invoices and in emails")
    ),
    "company.email": SettingDefinition(
        parse_email, "support@example.com", _("Contact email for clients")
    ),
    "company.address1": SettingDefinition(parse_line, "", _("Street address")),
    "company.address2": SettingDefinition(parse_line, "", _("Address line 2")),
    "company.city": SettingDefinition(parse_line, "", _("City")),
    "company.state": SettingDefinition(parse_line, "", _("State or region")),
    "company.postcode": SettingDefinition(parse_line, "", _("Postal code")),
    "company.country": SettingDefinition(
        text_matching("[A-Z]{2}", "setting.country_not_valid"), "US", _("Country")
    ),
    "company.phone": SettingDefinition(parse_line, "", _("Phone")),
    "company.website": SettingDefinition(parse_line, "", _("Website")),
    "company.tax_id": SettingDefinition(parse_line, "", _("Tax ID")),
    "company.registration_no": SettingDefinition(parse_line, "", _("Registration number")),
    "branding.name": SettingDefinition(parse_line, "Client Portal", _("Name of the portal")),
    "branding.primary_color": SettingDefinition(
        text_matching("#[0-9a-fA-F]{6}", "setting.color_not_valid"), "#4f46e5", _("Accent color")
    ),
    "branding.logo": SettingDefinition(
        parse_picture_name,
        "",
        _("Logo on pages and documents; if empty, the name is shown"),
        picture=PictureBounds(640, 160),
    ),
    "branding.favicon": SettingDefinition(
        parse_picture_name,
        "",
        _("Browser tab icon; if empty, the initial is shown"),
        picture=PictureBounds(128, 128, square=True),
    ),
    "locale.default": SettingDefinition(parse_language, "en", _("Default language")),
    "locale.enabled": SettingDefinition(
        parse_languages, ["en"], _("Languages that people can choose from")
    ),
    "locale.display_zone": SettingDefinition(
        parse_time_zone, "UTC", _("Default time zone for people who haven't chosen one")
    ),
    "billing.time_zone": SettingDefinition(
        parse_time_zone,
        "UTC",
        _("Business time zone; changes take effect with the next daily run"),
    ),
    "billing.invoice_prefix": SettingDefinition(
        parse_number_prefix, "INV-", _("Prefix of invoice numbers")
    ),
    "billing.run_time": SettingDefinition(
        text_matching("([01][0-9]|2[0-3]):[0-5][0-9]", "setting.time_not_valid"),
        "00:05",
        _("Start time of the daily run, in the business time zone"),
    ),
    "staff.digest_time": SettingDefinition(
        text_matching("([01][0-9]|2[0-3]):[0-5][0-9]", "setting.time_not_valid"),
        "07:30",
        _("Time of the daily digest for staff, in the business time zone"),
    ),
    "billing.invoice_yearly_reset": SettingDefinition(
        parse_switch, False, _("Restart invoice numbers at 1 every year")
    ),
    "billing.credit_note_prefix": SettingDefinition(
        parse_number_prefix, "CN-", _("Prefix of credit note numbers")
    ),
    "billing.invoice_advance_days": SettingDefinition(
        integer_between(0, 60), 7, _("Days before a period starts to invoice it")
    ),
    "billing.grace_period_days": SettingDefinition(
        integer_between(0, 90), 3, _("Days after the due date until a service is suspended")
    ),
    "billing.termination_days": SettingDefinition(
        integer_between(4, 365), 14, _("Days from suspension until a service is terminated")
    ),
    "billing.reminder_days": SettingDefinition(
        parse_days, [-3, 1, 5, 10], _("Days to send reminders, relative to the due date")
    ),
    "billing.consolidate": SettingDefinition(
        parse_switch, True, _("Combine renewals into one invoice per client and run")
    ),
    "billing.auto_apply_credit": SettingDefinition(
        parse_switch, True, _("Apply credit automatically when invoices are issued")
    ),
    "billing.late_fee_kind": SettingDefinition(
        one_of("none", "fixed", "percent"), "none", _("Late fee")
    ),
    "billing.late_fee_amount": SettingDefinition(
        parse_late_fee,
        {},
        _(
            "Late fee: an amount per currency if fixed, or a percentage of the amount due, such as"
            " EUR 5.00, USD 6.00, 2.5 %"
        ),
        format_amounts,
    ),
    "billing.late_fee_tax": SettingDefinition(parse_switch, False, _("Charge tax on late fees")),
    "billing.price_change_notice_days": SettingDefinition(
        integer_between(0, 365), 30, _("Days between announcing a new price and applying it")
    ),
    "invoices.show_logo": SettingDefinition(parse_switch, True, _("Show the logo on documents")),
    "invoices.accent_color": SettingDefinition(
        text_matching("(#[0-9a-fA-F]{6})?", "setting.optional_color_not_valid"),
        "",
        _("Accent color of documents; if empty, the portal's"),
    ),
    "invoices.footer_text": SettingDefinition(parse_text, "", _("Footer of each document")),
    "invoices.payment_terms": SettingDefinition(parse_text, "", _("Payment terms on invoices")),
    "plan_changes.enabled": SettingDefinition(
        parse_switch, True, _("Let clients change the plan of a service")
    ),
    "plan_changes.require_approval": SettingDefinition(
        parse_switch, False, _("Require staff approval for plan changes")
    ),
    "cancellations.auto_approve": SettingDefinition(
        parse_switch, False, _("Approve immediate cancellations automatically")
    ),
    "cancellations.reply_days": SettingDefinition(
        integer_between(1, 30),
        2,
        _("Business days within which staff answer a request to cancel; clients are told"),
    ),
    **CONSUMER_DEFINITIONS,
    **TAX_DEFINITIONS,
    "payments.allow_partial": SettingDefinition(
        parse_switch, False, _("Let clients pay invoices in parts")
    ),
    "payments.autopay_lead_days": SettingDefinition(
        integer_between(0, 90), 14, _("Days before the due date to charge saved cards")
    ),
    "payments.autopay_retry_days": SettingDefinition(
        parse_days_after, [1, 3, 5, 7], _("Days after a failed first charge to try again")
    ),
    "payments.session_minutes": SettingDefinition(
        integer_between(5, 1440), 60, _("Minutes until a started payment expires")
    ),
    "payments.topup_min": SettingDefinition(
        parse_major_amount, "5.00", _("Minimum amount when adding funds, in the default currency")
    ),
    "payments.topup_max": SettingDefinition(
        parse_major_amount,
        "1000.00",
        _("Maximum amount when adding funds, in the default currency; 0 turns this off"),
    ),
    "payments.bank_hold_days": SettingDefinition(
        integer_between(0, 30), 5, _("Days that a reported bank transfer postpones suspension")
    ),
    "domains.renewal_advance_days": SettingDefinition(
        integer_between(1, 90), 30, _("Days before expiry to invoice a domain renewal")
    ),
    "domains.registrar": SettingDefinition(
        text_matching("[a-z0-9_-]{1,40}", "setting.registrar_not_valid"),
        "manual",
        _("Default registrar of new domains"),
    ),
    "domains.low_balance": SettingDefinition(
        parse_amounts,
        {},
        _(
            "Balance at a registrar below which staff are told each day, such as EUR 50.00, USD 60.00"
        ),
        format_amounts,
    ),
    "servers.capacity_warning_percent": SettingDefinition(
        integer_between(1, 100),
        90,
        _("Share of a server's accounts, in percent, from which staff are told each day"),
    ),
    "domains.ns1": SettingDefinition(parse_hostname, "", _("Default nameserver 1")),
    "domains.ns2": SettingDefinition(parse_hostname, "", _("Default nameserver 2")),
    "domains.ns3": SettingDefinition(parse_hostname, "", _("Default nameserver 3")),
    "domains.ns4": SettingDefinition(parse_hostname, "", _("Default nameserver 4")),
    "dns.server": SettingDefinition(
        text_matching("[a-z0-9_-]{1,40}", "setting.dns_server_not_valid"),
        "none",
        _("DNS server that answers for clients' domains; none turns DNS hosting off"),
    ),
    "dns.nameservers": SettingDefinition(
        parse_hostnames,
        [],
        _("Nameservers of hosted DNS zones, such as ns1.example.net, ns2.example.net"),
    ),
    "dns.template": SettingDefinition(
        parse_text,
        DEFAULT_ZONE_TEMPLATE,
        _(
            "Records of new DNS zones, as a zone file with the placeholders {domain}, {ns1}, {nameserver}, {server},"
            " {ipv4}, and {ipv6}"
        ),
    ),
    "dns.resolver": SettingDefinition(
        parse_resolver,
        "",
        _(
            "Resolver that delegation checks ask, such as 192.0.2.53 or 192.0.2.53:5353; if empty, this machine's"
        ),
    ),
    "billing.invoice_start_number": SettingDefinition(
        integer_between(1, 999_999_999), 1, _("First invoice number")
    ),
    "billing.invoice_due_days": SettingDefinition(
        integer_between(0, 365), 14, _("Days from issue to the due date")
    ),
    "billing.invoice_min_notice_days": SettingDefinition(
        integer_between(0, 365), 7, _("Minimum number of days between issue and due date")
    ),
    "orders.auto_approve": SettingDefinition(
        parse_switch, True, _("Activate paid orders without staff approval")
    ),
    "orders.cancel_unpaid_after_days": SettingDefinition(
        integer_between(0, 365),
        30,
        _("Days after the due date until an unpaid order is canceled; 0 for never"),
    ),
    "orders.cart_days": SettingDefinition(
        integer_between(1, 365), 30, _("Days to keep an unchanged cart")
    ),
    "orders.review_rules": SettingDefinition(
        parse_review_rules,
        {},
        _(
            "What puts an order under review: a country that differs between IP and billing address"
            " (COMMERCE_COUNTRY_HEADER), too many orders by new clients from one IP address in a day, or a"
            " total above an amount, such as country, address 3, EUR 500.00"
        ),
        format_amounts,
    ),
    "orders.terms_url": SettingDefinition(
        optional(parse_url), "", _("URL of the terms; if set, customers must accept them")
    ),
    "portal.show_hero": SettingDefinition(
        parse_switch, True, _("Show a title and subtitle on the home page")
    ),
    "portal.hero_title": SettingDefinition(
        parse_line, "", _("Title of the home page; if empty, a default title")
    ),
    "portal.hero_subtitle": SettingDefinition(parse_text, "", _("Subtitle of the home page")),
    "portal.show_products": SettingDefinition(
        parse_switch, True, _("Show products on the home page")
    ),
    "portal.show_prices": SettingDefinition(
        one_of("auto", "gross", "net"),
        "auto",
        _(
            "Store prices: gross (with tax), net, or auto (by the visitor's country and customer type)"
        ),
    ),
    "portal.about": SettingDefinition(
        parse_text, "", _("About the company, shown on the home page, in Markdown")
    ),
    "portal.highlights": SettingDefinition(
        parse_highlights,
        [],
        _("Reasons to buy on the home page: title | sentence, separated by ; or line breaks"),
        format_highlights,
    ),
    "portal.show_faq": SettingDefinition(
        parse_switch, False, _("Show published questions and answers to visitors")
    ),
    "portal.show_domain_search": SettingDefinition(
        parse_switch, False, _("Let visitors search domains and see their prices")
    ),
    "portal.nav_links": SettingDefinition(
        parse_nav_links,
        [],
        _("Links in the top bar: label | URL | new tab, separated by ; or line breaks"),
        format_links,
    ),
    "portal.imprint_url": SettingDefinition(
        optional(parse_url), "", _("URL of the legal notice, linked in the footer")
    ),
    "portal.privacy_url": SettingDefinition(
        optional(parse_url), "", _("URL of the privacy policy, linked in the footer")
    ),
    "portal.show_impersonation": SettingDefinition(
        parse_switch, False, _("Email owners when staff sign in as their account")
    ),
    "portal.registration": SettingDefinition(parse_switch, True, _("Let new customers register")),
    "security.require_email_verification": SettingDefinition(
        parse_switch, True, _("Require a confirmed email address to sign in")
    ),
    "security.password_min_length": SettingDefinition(
        integer_between(8, 128), 8, _("Minimum password length for members")
    ),
    "security.staff_password_min_length": SettingDefinition(
        integer_between(8, 128), 12, _("Minimum password length for staff")
    ),
    "security.staff_2fa_required": SettingDefinition(
        parse_switch, True, _("Require two-factor authentication for staff")
    ),
    "security.staff_networks": SettingDefinition(
        parse_networks, [], _("Networks that staff can sign in from; empty for anywhere")
    ),
    "security.client_2fa_required": SettingDefinition(
        parse_switch, False, _("Require two-factor authentication for members")
    ),
    "security.session_idle_minutes": SettingDefinition(
        integer_between(5, 1440), 120, _("Minutes until an idle session ends")
    ),
    "mail.per_minute": SettingDefinition(
        integer_between(1, 10_000), 60, _("Emails sent per minute, security emails first")
    ),
    "mail.bcc_invoices": SettingDefinition(
        optional(parse_email), "", _("Email address that gets a copy of every invoice email")
    ),
    "retention.provisioning_days": SettingDefinition(
        integer_between(1, 3650),
        365,
        _(
            "Days to keep finished background jobs, and calls to servers, registrars, and DNS servers"
        ),
    ),
    "retention.invoice_years": SettingDefinition(
        integer_between(1, 100), 10, _("Years to keep invoices and payments of erased clients")
    ),
    "retention.sign_in_days": SettingDefinition(
        integer_between(90, 3650), 180, _("Days to keep the log of sign-ins")
    ),
    "retention.audit_years": SettingDefinition(
        integer_between(1, 100), 10, _("Years to keep the audit log, at least as long as invoices")
    ),
    "retention.webhook_days": SettingDefinition(
        integer_between(1, 3650), 90, _("Days to keep webhooks received from payment gateways")
    ),
    "retention.event_days": SettingDefinition(
        integer_between(1, 3650), 90, _("Days to keep events")
    ),
    "api.idempotency_days": SettingDefinition(
        integer_between(1, 365), 30, _("Days in which an API request with a key is done once")
    ),
    "api.event_days": SettingDefinition(
        integer_between(30, 3650), 400, _("Days to keep events for API programs")
    ),
    "api.webhook_networks": SettingDefinition(parse_networks, [], _("Networks for webhooks")),
    "retention.mail_days": SettingDefinition(
        integer_between(1, 3650), 365, _("Days to keep sent emails")
    ),
    "mail.from_name": SettingDefinition(
        parse_line, "", _("Sender name; if empty, the company name")
    ),
    "mail.from_address": SettingDefinition(
        optional(parse_email), "", _("Sender address; if empty, the company email")
    ),
}
