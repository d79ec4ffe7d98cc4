"""How often registrars are asked for one visitor (domains.md 7)."""

from functools import partial

from django.http import HttpRequest

from commerce.domains.availability import MAX_NAMES_SEARCHED, MAX_SEARCHES, MayAsk
from commerce.portal.base.throttles import (
    ThrottleLimit,
    count_attempt,
    count_units,
    network_key,
)

MAX_ADDITIONS = 30
"""A minute, for each network address: names that go into carts are asked about too."""


def count_search(request: HttpRequest) -> None:
    """Count one search. Raises ``TooManyAttempts``."""
    count_attempt(_limits(request, "domain-search", MAX_SEARCHES))


def asked_by(request: HttpRequest) -> MayAsk:
    """For ``check_names``: counts the names of which registrars are asked for this visitor, up to their limit."""
    return partial(count_units, _limits(request, "domain-names", MAX_NAMES_SEARCHED))


def _limits(request: HttpRequest, kind: str, quota: int) -> list[ThrottleLimit]:
    keys = [network_key(request)]
    if request.session.session_key:
        keys.append(f"session:{request.session.session_key}")
    return [ThrottleLimit(f"{kind}:{key}", quota, 60) for key in keys]


def count_addition(request: HttpRequest) -> None:
    """Count names that are put into a cart. Raises ``TooManyAttempts``."""
    key = f"domain-add:{network_key(request)}"
    count_attempt([ThrottleLimit(key, MAX_ADDITIONS, 60)])
