"""What errors about settings and pictures say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "picture.damaged": _("This image is damaged. Save it again and retry."),
    "picture.format_unknown": _(
        "Upload a PNG, JPEG, or WebP image. Export SVG drawings as PNG first."
    ),
    "picture.too_large": _("This file is too large. Upload an image of up to %(megabytes)s MB."),
    "picture.too_many_pixels": _(
        "This image is too large. Upload an image of up to %(megapixels)s megapixels."
    ),
    "setting.address_not_valid": _("Enter a URL such as https://example.com/terms."),
    "setting.amount_negative": _("Enter an amount of 0 or more."),
    "setting.amounts_not_valid": _(
        "Enter an amount for each currency, such as EUR 5.00, USD 6.00."
    ),
    "setting.base_url_not_valid": _(
        "Enter a URL such as https://dns.example.com:8081, without a username, “?”, or “#”."
    ),
    "setting.changed_meanwhile": _(
        "Someone else changed these settings in the meantime. Check the current values below, "
        "then save again."
    ),
    "setting.color_not_valid": _("Enter a color such as #4f46e5."),
    "setting.countries_not_valid": _("Enter country codes such as AT, DE, FR."),
    "setting.country_not_valid": _("Enter a country code such as US."),
    "setting.days_not_after": _("Enter days of 1 or more separated by commas, such as 1,3,5,7."),
    "setting.days_not_valid": _("Enter days separated by commas, such as -3,1,5,10."),
    "setting.default_locale_not_enabled": _(
        "The default language %(locale)s isn't enabled. Add it to locale.enabled first."
    ),
    "setting.dns_server_not_valid": _("Enter a DNS server such as powerdns, or none."),
    "setting.email_not_valid": _("Enter an email address such as billing@example.com."),
    "setting.highlight_unreadable": _(
        "Enter a title of up to %(title)s characters and a sentence of up to %(sentence)s: "
        "Free migration | We move your website for you."
    ),
    "setting.hostname_not_valid": _("Enter a hostname such as ns1.example.net."),
    "setting.hostnames_not_valid": _(
        "Enter 2 to %(maximum)s different hostnames, separated by commas."
    ),
    "setting.iban_not_valid": _("Enter a valid IBAN, such as DE89 3704 0044 0532 0130 00."),
    "setting.key_not_valid": _(
        "%(label)s isn't valid. Copy it again from the provider's dashboard."
    ),
    "setting.link_address_not_valid": _(
        "Enter a URL for %(label)s that starts with https://, or a path on this site such as "
        "/store."
    ),
    "setting.link_unreadable": _(
        "Enter each link as a label of up to %(maximum)s characters, a URL, and optionally "
        '"new tab": Docs | /docs ; Blog | https://example.com/blog | new tab'
    ),
    "setting.locale_unknown": _(
        "Language %(value)s isn't available. Available languages: %(known)s."
    ),
    "setting.network_not_valid": _("%(problem)s. Enter networks such as 10.0.0.0/8."),
    "setting.no_locale": _("Enter at least one language, such as en."),
    "setting.not_a_choice": _("Enter %(first)s or %(last)s."),
    "setting.not_a_picture": _(
        "%(key)s isn't an image setting. Change it with `commerce setting set`."
    ),
    "setting.not_a_switch": _("Enter on or off."),
    "setting.notice_not_valid": _(
        "Enter a country, 0 to %(maximum)s months, and the source for each row, such as"
        " DE | 1 | § 309 Nr. 9 BGB, and one row for *, every other country."
    ),
    "setting.number_out_of_range": _("Enter a whole number from %(least)s to %(most)s."),
    "setting.number_prefix_not_valid": _(
        "Use up to 20 characters: letters, digits, / _ . - and the placeholders {YYYY} and {MM}."
    ),
    "setting.number_prefix_shared": _(
        "Invoices and credit notes would share the same numbers. Choose different prefixes."
    ),
    "setting.number_prefix_too_long": _(
        "Shorten the prefix: with the year and month filled in, it's longer than %(maximum)s "
        "characters."
    ),
    "setting.number_prefix_without_year": _(
        "Invoice numbers restart every year, so the invoice prefix must contain {YYYY}."
    ),
    "setting.optional_color_not_valid": _("Enter a color such as #4f46e5, or leave it empty."),
    "setting.optional_currency_not_valid": _("Enter a currency such as EUR, or leave it empty."),
    "setting.percentage_not_valid": _(
        "Enter a percentage from 0 to 100 with up to 2 decimals, such as 2.5%%."
    ),
    "setting.picture_by_upload": _("Upload an image file with `commerce setting upload`."),
    "setting.picture_unknown": _("Image not found. Upload it with `commerce setting upload`."),
    "setting.registrar_not_valid": _("Enter a registrar such as manual."),
    "setting.resolver_not_valid": _("Enter an IP address, such as 192.0.2.53 or 192.0.2.53:5353."),
    "setting.secret_needed_again": _(
        "Enter this again: you changed where it's sent, so the stored value can't be kept."
    ),
    "setting.text_too_long": _("Enter %(maximum)s characters or fewer."),
    "setting.time_not_valid": _("Enter a time such as 00:05."),
    "setting.time_zone_unknown": _(
        "Time zone %(value)s not found. Use a name such as Europe/Berlin."
    ),
    "setting.too_many_highlights": _("Enter %(maximum)s highlights or fewer."),
    "setting.too_many_links": _("Enter %(maximum)s links or fewer."),
    "setting.unknown": _("Setting %(key)s not found. List settings with `commerce setting list`."),
}
