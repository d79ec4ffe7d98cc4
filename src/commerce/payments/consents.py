"""What a client agrees to when a payment method is saved; the words are kept with it (payments.md 7)."""

from django.utils.translation import gettext as _

from commerce.site_settings import current


def card_consent_text() -> str:
    """The sentence beside the box to tick, in the reader's language."""
    return _(
        "I authorize %(company)s to save this payment method and charge it automatically for my invoices. "
        "I can remove it or turn off autopay at any time."
    ) % {"company": current.get_setting("company.name")}
