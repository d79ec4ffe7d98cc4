"""How Stripe says no."""

from typing import Any

TYPES = {402: "card_error", 429: "rate_limit_error", 500: "api_error"}
"""What kind of error a status is; any other is ``invalid_request_error``."""


class ApiError(Exception):
    """An answer of 400 and above; ``more`` are further members of its ``error``."""

    def __init__(self, status: int, message: str, *, kind: str = "", **more: Any) -> None:
        super().__init__(message)
        self.http_status = status
        kind = kind or TYPES.get(status, "invalid_request_error")
        self.body = {"error": {"type": kind, "message": message} | more}


def not_found(kind: str, name: str) -> ApiError:
    """No object of this name."""
    return ApiError(404, f"No such {kind}: '{name}'", code="resource_missing", param="id")
