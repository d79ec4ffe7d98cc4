"""What errors about statements of consumers say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

from commerce.kit.errors import TwoTexts

ERRORS = {
    "consumer_statement.answered": _("This statement was answered."),
    "consumer_statement.cause_missing": _(
        "Enter the reason for ending the contract without notice."
    ),
    "consumer_statement.contract_ended": _("This contract has ended already."),
    "consumer_statement.contract_ending": _("The end of this contract is scheduled already."),
    "consumer_statement.contract_unknown": _(
        "We couldn't find a service or domain with this number or name."
    ),
    "consumer_statement.decided": TwoTexts(
        member=_("This was decided already."),
        staff=_("Only statements that wait for staff."),
    ),
    "consumer_statement.domain_not_released": _(
        "This domain is being registered or transferred. Try again when that is done."
    ),
    "consumer_statement.effect_changed": _("What this does has changed. Now: %(effect)s"),
    "consumer_statement.field_missing": _("Fill in this field."),
    "consumer_statement.field_too_long": _("Enter %(maximum)s characters or fewer."),
    "consumer_statement.in_future": _("Enter a day that isn't in the future."),
    "consumer_statement.no_contract": _("Choose the service or domain that this is about first."),
    "consumer_statement.too_late": _("The withdrawal period ended on %(day)s."),
    "consumer_statement.unknown": _("There is no statement %(id)s."),
}
