"""Reasons that people give, for the audit log."""

from django.utils.translation import gettext as _

from commerce.kit.errors import BusinessError


def require_reason(reason: str) -> str:
    """Why somebody does this, in 1 to 500 characters. Raises ``BusinessError``."""
    reason = reason.strip()
    if not 1 <= len(reason) <= 500:
        raise BusinessError(_("Say why, in up to 500 characters."), field="reason")
    return reason
