"""Callers that are known: a token that was read is not looked up again until something about it may have changed.

Every statement reads the token's client anyway. While that row has the ``access_revision`` of the time when the token
was read, triggers vouch that the token, its maker and their membership are as they were, in the very snapshot that the
statement reads (``accounts/models/access_triggers.py``). So a revoked token ends with the next request, on every node.
"""

import time
from typing import Any, NamedTuple

from msgspec.structs import astuple

from commerce.api.core.auth import ApiCaller, ApiClient
from commerce.api.read.statement import ReadResult, ReadStatement

KNOWN_SECONDS = 60
"""How long a token is not looked up at most. Should triggers be missing, an ended one passes no longer than this."""
MAX_KNOWN = 10_000
"""Tokens that a process knows at the same time."""


class KnownCaller(NamedTuple):
    """A caller as the last statement found it, and until when it counts by the process's clock."""

    caller: ApiCaller
    until: float


_known: dict[str, KnownCaller] = {}


class CallerStatement:
    """Who asks, and what of theirs is read: ``by_token`` looks the token up, ``by_client`` reads the client alone."""

    def __init__(
        self, by_token: ReadStatement[ApiCaller], by_client: ReadStatement[ApiClient]
    ) -> None:
        self.by_token, self.by_client = by_token, by_client

    def run(self, values: dict[str, Any]) -> ReadResult[ApiCaller]:
        """Run with the values of the parameters by name; ``hash`` is the token's."""
        token_hash = values["hash"]
        known = _known.get(token_hash)
        if known is not None and time.monotonic() < known.until:
            seen, total, rows = self.by_client.run(values | {"client": known.caller.client_id})
            caller = None if seen is None else _still(known.caller, seen)
            if caller is not None:
                if caller is not known.caller:
                    _known[token_hash] = KnownCaller(caller, known.until)
                return ReadResult(caller, total, rows)
        found = self.by_token.run(values)
        if found.caller is None:
            _known.pop(token_hash, None)
        else:
            if len(_known) >= MAX_KNOWN:
                _known.clear()
            _known[token_hash] = KnownCaller(found.caller, time.monotonic() + KNOWN_SECONDS)
        return found


def forget_callers() -> None:
    """Look up each token again."""
    _known.clear()


def _still(caller: ApiCaller, seen: ApiClient) -> ApiCaller | None:
    """The caller with what was seen of its client; None if its token may be another by now."""
    if seen.access_revision != caller.access_revision:
        return None
    if (
        seen.revision == caller.revision
        and seen.shared_revision == caller.shared_revision
        and seen.event_sequence == caller.event_sequence
        and seen.status == caller.status
        and seen.api_rate == caller.api_rate
        and seen.api_write_rate == caller.api_write_rate
    ):
        return caller
    fresh = astuple(seen)
    return ApiCaller(*fresh, *astuple(caller)[len(fresh) :])
