"""What errors about settings and pictures say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "amount.not_valid": _("%(problem)s"),
    "picture.damaged": _("The picture is damaged; save it anew and try again."),
    "picture.format_unknown": _(
        "Give a picture as PNG, JPEG or WebP; a drawing in SVG has to be exported as one."
    ),
    "picture.too_large": _("The file is larger than %(megabytes)s MB."),
    "picture.too_many_pixels": _("A picture may have at most %(megapixels)s million pixels."),
    "setting.address_not_valid": _("Give an address such as https://example.com/terms."),
    "setting.amount_negative": _("An amount must not be negative."),
    "setting.amounts_not_valid": _("Give an amount for each currency, such as EUR 5.00, USD 6.00."),
    "setting.colour_not_valid": _("Give a colour such as #4f46e5."),
    "setting.country_not_valid": _("Give an ISO code such as US."),
    "setting.days_not_valid": _("Give days such as -3,1,5,10."),
    "setting.default_locale_not_enabled": _(
        "The default language %(locale)s must be among locale.enabled."
    ),
    "setting.email_not_valid": _("Give an e-mail address such as billing@example.com."),
    "setting.highlight_unreadable": _(
        "Enter a title of up to %(title)s characters and a sentence of up to %(sentence)s: "
        "Free migration | We move your website for you."
    ),
    "setting.hostname_not_valid": _("Give a host name such as ns1.example.net."),
    "setting.iban_not_valid": _("Give an IBAN such as DE89 3704 0044 0532 0130 00."),
    "setting.link_address_not_valid": _(
        "%(label)s needs an address with https:// or a path of this site such as /store."
    ),
    "setting.link_unreadable": _(
        "Give words of at most %(maximum)s characters, an address, and new tab if wanted: "
        "Docs | /docs ; Blog | https://example.com/blog | new tab"
    ),
    "setting.locale_unknown": _("%(value)r is not a language of this release; there is %(known)s."),
    "setting.network_not_valid": _("%(problem)s. Give networks such as 10.0.0.0/8."),
    "setting.no_locale": _("Give at least one language such as en."),
    "setting.not_a_choice": _("Give %(first)s or %(last)s."),
    "setting.not_a_picture": _("%(key)s is no picture. `commerce setting set` changes it."),
    "setting.not_a_switch": _("Say on or off."),
    "setting.number_out_of_range": _("Give a whole number from %(least)s to %(most)s."),
    "setting.number_prefix_not_valid": _("Give up to 20 of A-Z a-z 0-9 / _ . - and {YYYY}, {MM}."),
    "setting.number_prefix_shared": _(
        "Invoices and credit notes would get the same numbers; give a prefix of other letters."
    ),
    "setting.number_prefix_too_long": _(
        "With its year and month this is longer than %(maximum)s characters."
    ),
    "setting.number_prefix_without_year": _(
        "With a yearly reset the prefix of invoices needs {YYYY}."
    ),
    "setting.optional_colour_not_valid": _("Give a colour such as #4f46e5, or nothing."),
    "setting.optional_currency_not_valid": _("Give a currency such as EUR, or nothing."),
    "setting.percentage_not_valid": _(
        "Give a percentage from 0 to 100 with up to 2 decimals, such as 2.5 %%."
    ),
    "setting.picture_by_upload": _("Give the file of a picture to `commerce setting upload`."),
    "setting.picture_unknown": _(
        "There is no such picture. `commerce setting upload` takes its file."
    ),
    "setting.registrar_not_valid": _("Give a registrar such as manual."),
    "setting.text_too_long": _("Give at most %(maximum)s characters."),
    "setting.time_not_valid": _("Give a time such as 00:05."),
    "setting.time_zone_unknown": _(
        "%(value)r is not a known time zone; give one such as Europe/Berlin."
    ),
    "setting.too_many_highlights": _("Enter at most %(maximum)s highlights."),
    "setting.too_many_links": _("Give at most %(maximum)s links."),
    "setting.unknown": _("There is no setting %(key)s. `commerce setting list` has them all."),
}
