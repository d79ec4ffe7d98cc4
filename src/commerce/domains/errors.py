"""What errors about domain names and TLDs say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "domain.already_managed": _("%(name)s is already managed here."),
    "domain.day_not_valid": _("Give the day as 2027-04-08."),
    "domain.expiry_not_in_future": _("It must expire in the future."),
    "domain.expiry_not_later": _("A renewal moves the expiry date forward."),
    "domain.extra_field_missing": _("%(label)s is needed for this domain name."),
    "domain.name_not_valid": _("%(problem)s"),
    "domain.nameservers_not_valid": _("Give 2 to 4 different nameservers."),
    "domain.no_registrant": _("Say who shall hold the domain name."),
    "domain.term_out_of_range": _("A domain is registered for 1 to 10 years."),
    "domain.too_few_nameservers": _("A registered domain has at least two nameservers."),
    "domain.wrong_status": _("This domain is %(status)s."),
    "registrar.unknown": _("There is no registrar %(name)s. There is: %(known)s."),
    "setting.nameservers_needed": _(
        "TLDs are sold, and names need two nameservers; give another one."
    ),
    "tld.no_default_nameservers": _("Names need nameservers; set %(settings)s first."),
    "tld.not_in_currency": _(".%(tld)s is not available in this currency."),
    "tld.not_valid": _("%(tld)s is not a TLD."),
    "tld.number_out_of_range": _(".%(tld)s: %(name)s is a whole number from 0 to %(most)s."),
    "tld.price_list_header": _("The first line names columns: tld, currency, and of %(columns)s."),
    "tld.price_list_uneven": _("Line %(line)s has more or fewer columns than the first line."),
    "tld.price_list_unreadable": _("Line %(line)s: %(problem)s."),
    "tld.price_list_value": _("Line %(line)s, %(column)s: %(problem)s"),
    "tld.price_twice": _(".%(tld)s is twice in the file for %(currency)s."),
    "tld.unknown": _("Not in the table: %(tlds)s."),
    "tld.years_not_offered": _(".%(tld)s is sold for %(least)s to %(most)s years."),
    "tld.years_not_valid": _(".%(tld)s: names are sold for 1 to 10 years."),
}
