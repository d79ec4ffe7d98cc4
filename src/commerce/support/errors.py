"""What errors about questions and answers say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "faq_entry.no_answer": _("Enter an answer."),
    "faq_entry.no_question": _("Enter a question."),
    "faq_entry.text_too_long": _("Shorten %(label)s to %(maximum)s characters or fewer."),
}
