"""What errors about questions, answers and texts for consumers say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "consumer_consent.missing": _("Check this box so that we can begin right away."),
    "faq_entry.no_answer": _("Enter an answer."),
    "faq_entry.no_question": _("Enter a question."),
    "faq_entry.text_too_long": _("Shorten %(label)s to %(maximum)s characters or fewer."),
    "withdrawal_instruction.locale_unknown": _("Choose one of the languages offered."),
    "withdrawal_instruction.text_length": _("Enter a text of up to %(maximum)s characters."),
    "withdrawal_instruction.unknown_placeholder": _("Only these placeholders work: %(known)s."),
}
