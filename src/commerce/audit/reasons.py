"""Reasons that people give, for the audit log."""

from commerce.kit.errors import BusinessError


def require_reason(reason: str) -> str:
    """Why somebody does this, in 1 to 500 characters. Raises ``BusinessError``."""
    reason = reason.strip()
    if not 1 <= len(reason) <= 500:
        raise BusinessError("reason.not_valid", field="reason")
    return reason
