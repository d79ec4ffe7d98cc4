"""How often gateways are asked for a client, whichever door they come through: a store that is down limits nobody."""

from django.conf import settings

from commerce.kit import counter_store

GATEWAY_CALLS = (("minute", 20, 60), ("hour", 120, 3600))
"""How many in how many seconds, whoever acts for the client."""


def count_gateway_call(client_id: int) -> int:
    """Count what has a gateway asked for a client: the seconds to wait, and nothing is counted; 0 if it may be."""
    store = counter_store.counter_store_for(settings.COMMERCE_COUNTERS)
    taken: list[str] = []
    for name, quota, seconds in GATEWAY_CALLS:
        key = f"gateway:{name}:{client_id}"
        window = store.take(key, quota, seconds)
        if window is not None and not window.admitted:
            for one in taken:
                store.give_back(one)
            return window.seconds_to_reset
        taken.append(key)
    return 0
