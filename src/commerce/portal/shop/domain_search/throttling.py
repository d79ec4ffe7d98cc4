"""How often registrars are asked for one visitor (domains.md 7)."""

from django.http import HttpRequest

from commerce.portal.base.throttles import ThrottleLimit, count_attempt, network_key

MAX_SEARCHES = 10
"""A minute, for each session and each network address."""
MAX_ADDITIONS = 30
"""A minute, for each network address: names that go into carts are asked about too."""


def count_search(request: HttpRequest) -> None:
    """Count one search. Raises ``TooManyAttempts``."""
    keys = [network_key(request)]
    if request.session.session_key:
        keys.append(f"session:{request.session.session_key}")
    count_attempt([ThrottleLimit(f"domain-search:{key}", MAX_SEARCHES, 60) for key in keys])


def count_addition(request: HttpRequest) -> None:
    """Count names that are put into a cart. Raises ``TooManyAttempts``."""
    key = f"domain-add:{network_key(request)}"
    count_attempt([ThrottleLimit(key, MAX_ADDITIONS, 60)])
