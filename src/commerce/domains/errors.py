"""What errors about domain names and TLDs say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy as _n

from commerce.domains.rules import ChangeProblem
from commerce.kit.errors import TwoTexts

ERRORS = {
    "domain.already_managed": _("%(name)s is already managed here."),
    "domain.change_under_way": _("This is already being changed. Try again when it's done."),
    "domain.code_missing": _("Enter the authorization code."),
    "domain.code_not_available_now": _(
        "We can't get the authorization code right now. Try again in a few minutes."
    ),
    "domain.code_not_given": _("The registrar didn't hand out the authorization code. Contact us."),
    "domain.code_not_offered": TwoTexts(
        member=_("The authorization code isn't available here. Contact us."),
        staff=_("This registrar doesn't hand out codes here."),
    ),
    "domain.contact_not_valid": _("Check the contacts. Some details are missing or invalid."),
    "domain.contact_too_long": _n(
        "Shorten this field to %(most)s character: %(label)s. The registry doesn't accept more.",
        "Shorten this field to %(most)s characters: %(label)s. The registry doesn't accept more.",
        "most",
    ),
    "domain.contacts_not_offered": TwoTexts(
        member=_("The contacts of this domain can't be changed here."),
        staff=_("This registrar doesn't take changes of contacts."),
    ),
    "domain.day_not_valid": _("Enter a date such as 2027-04-08."),
    "domain.expiry_missing": _("Enter the expiry date. Registered domains need one."),
    "domain.expiry_not_in_future": _("Enter an expiry date in the future."),
    "domain.expiry_not_later": _("The new expiry date must be later than the current one."),
    "domain.expiry_out_of_range": _("Enter an expiry date from %(first)s to %(last)s."),
    "domain.extra_field_missing": _("Enter %(label)s. The registry requires it for this domain."),
    "domain.extra_field_not_valid": _("Check %(label)s. The registry doesn't take this value."),
    "domain.has_ended": _("This domain has ended."),
    "domain.locked": _("Turn off the transfer lock first."),
    "domain.name_not_valid": _("%(name)s isn't a valid domain name."),
    "domain.nameserver_below_itself": _(
        "%(name)s is part of the domain itself, so it can't be used as its nameserver."
    ),
    "domain.nameservers_not_valid": _("Enter 2 to 4 different nameservers."),
    "domain.no_code_needed": _("No transfer is waiting for a code."),
    "domain.no_registrant": _("Enter the domain's registrant."),
    "domain.no_transfer": _("No transfer is in progress."),
    "domain.none_chosen": _("Choose at least one domain."),
    "domain.not_active": _("This is only available for active domains."),
    "domain.not_at_registrar": _(
        "The registrar doesn't have %(name)s in this account, so it can't be brought back."
    ),
    "domain.not_pending": _("This is only available before the domain is registered."),
    "domain.not_registered_has_no_expiry": _(
        "Leave the expiry date blank. Only active, expired, and restorable domains have one."
    ),
    "domain.not_renewable": _("This is only available for active or expired domains."),
    "domain.not_transferred_away": _(
        "Only domains that were transferred away can be brought back."
    ),
    "domain.not_undelivered": _("Only domains that couldn't be registered can be credited."),
    "domain.phone_does_not_fit": _(
        "Enter a phone number with %(least)s to %(most)s digits after the country code. The registry doesn't accept"
        " others."
    ),
    "domain.privacy_not_offered": _("WHOIS privacy isn't available for this domain."),
    "domain.registered_only": _("This is only available for registered domains."),
    "domain.registrar_by_hand": _("This registrar is managed by hand, so it can't be asked."),
    "domain.registrar_did_not_answer": _("The registrar didn't answer: %(problem)s"),
    "domain.registration_not_sent": _("The registration hasn't been sent yet."),
    "domain.registration_under_way": _("The registrar is still working on it."),
    "domain.term_out_of_range": _("Choose a term from 1 to 10 years."),
    "domain.too_few_nameservers": _("A registered domain needs at least two nameservers."),
    "domain.too_many_codes": _(
        "The authorization code was already shown %(most)s times today. Try again tomorrow."
    ),
    "domain.too_many_names": _n(
        "Enter up to %(most)s name at a time.", "Enter up to %(most)s names at a time.", "most"
    ),
    "domain.transfer_being_canceled": _("The transfer is already being canceled."),
    "domain.under_review": _("This domain is under review."),
    "domain.verification_not_needed": _("The domain isn't waiting for a confirmation."),
    "domain.verification_not_offered": _(
        "This registrar doesn't offer to send its confirmation email again."
    ),
    "domain.verification_not_sent": _(
        "The confirmation email couldn't be sent. Try again in a few minutes."
    ),
    "domain.verification_sent_lately": _(
        "The confirmation email was just sent. Try again in ten minutes."
    ),
    "domain.was_registered": _(
        "%(name)s was already registered, so the price of its order can't be credited here."
    ),
    "registrar.account_not_tried": _(
        "%(registrar)s couldn't be asked whether this account has your domains: %(problem)s Save only if you're sure."
    ),
    "registrar.account_refused": _(
        "%(registrar)s doesn't accept these credentials: %(problem)s Save only if you're sure."
    ),
    "registrar.messages_not_read": _(
        "The messages of %(registrar)s couldn't all be read: %(problem)s"
    ),
    "registrar.no_messages": _("%(registrar)s leaves no messages that could be read."),
    "registrar.no_price_list": _("%(registrar)s doesn't tell its prices: %(problem)s"),
    "registrar.other_account": _n(
        "This account at %(registrar)s has %(found)s of %(asked)s domain that we asked for. It may be the wrong"
        " account, key, or sandbox setting. Save only if you're sure.",
        "This account at %(registrar)s has %(found)s of %(asked)s domains that we asked for. It may be the wrong"
        " account, key, or sandbox setting. Save only if you're sure.",
        "asked",
    ),
    "registrar.settings_missing": _("Set up %(registrar)s first. Missing: %(fields)s."),
    "registrar.test_failed": _("%(registrar)s doesn't work: %(problem)s"),
    "registrar.unknown": _("Registrar %(name)s not found. Available registrars: %(known)s."),
    "setting.nameservers_needed": _(
        "Active TLDs require two default nameservers. Replace this one instead of removing it."
    ),
    "tld.exists": _("The TLD .%(tld)s already exists."),
    "tld.field_not_valid": _(
        "The registry field %(name)s isn't valid. It needs a name of letters, digits, dots, hyphens, and underscores, a"
        " known type, and choices if it's a choice."
    ),
    "tld.field_twice": _("The registry field %(name)s is listed more than once."),
    "tld.field_unknown": _("This TLD has no registry field %(name)s."),
    "tld.fields_unreadable": _("Enter the registry fields as a JSON list."),
    "tld.no_default_nameservers": _("Domains need default nameservers. Set %(settings)s first."),
    "tld.not_in_currency": _(".%(tld)s isn't available in this currency."),
    "tld.not_valid": _("%(tld)s isn't a valid TLD."),
    "tld.number_out_of_range": _(
        "Enter a whole number from 0 to %(most)s for %(name)s of .%(tld)s."
    ),
    "tld.price_list_header": _(
        "The first line must name the columns: tld, currency, and any of %(columns)s."
    ),
    "tld.price_list_uneven": _(
        "Line %(line)s doesn't have the same number of columns as the first line."
    ),
    "tld.price_list_unreadable": _("Can't read line %(line)s: %(problem)s."),
    "tld.price_list_value": _("Line %(line)s, column %(column)s: %(problem)s"),
    "tld.price_twice": _("The file lists .%(tld)s in %(currency)s more than once."),
    "tld.too_many_fields": _("A TLD can have up to %(most)s registry fields."),
    "tld.unknown": _("TLDs not found: %(tlds)s."),
    "tld.years_not_offered": _("Choose a term from %(least)s to %(most)s years for .%(tld)s."),
    "tld.years_not_valid": _("The terms of .%(tld)s must be between 1 and 10 years."),
}

CHANGE_PROBLEMS = {
    ChangeProblem.ENDED: _("The domain is no longer active, so nothing was changed."),
    ChangeProblem.REFUSED: _("The registry didn't accept the change. Check it and try again."),
    ChangeProblem.DROPPED: _("We couldn't make the change. Contact us if you still need it."),
}
"""Why a change of a name failed, to the client; what the registrar said of it is for staff."""
