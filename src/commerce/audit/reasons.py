"""Reasons that people give, for the audit log."""

from django.utils.translation import gettext_lazy as _

from commerce.kit.acts.inputs import Reason
from commerce.kit.errors import BusinessError

REASON = Reason(_("Reason"))
"""The input for why staff do something; they must say it."""

NOTE = Reason(_("Note"), about=_("For the audit log. The client never sees it."))
"""The same where they need not: a parameter with the default ``""``."""


def require_reason(reason: str) -> str:
    """Why somebody does this, in 1 to 500 characters. Raises ``BusinessError``."""
    reason = reason.strip()
    if not 1 <= len(reason) <= 500:
        raise BusinessError("reason.not_valid", field="reason")
    return reason
