"""Why nothing came back, in words that a person can act on."""

import re
import socket
import ssl
from collections.abc import Iterator
from errno import EHOSTUNREACH, ENETUNREACH

TOO_LATE = "it takes too long"
UNKNOWN_NAME = "its name isn't known"
REFUSED = "the connection is refused"
UNREACHABLE = "there is no way to it"
NO_CONNECTION = "no connection"
NOT_TRUSTED = "its certificate isn't trusted"
OTHER_CERTIFICATE = "it shows another certificate than the pinned one"
BROKEN_OFF = "the connection broke off"
NO_ADDRESS = "its address isn't valid"
NOT_PUBLIC = "its address isn't public"

_PREFIX = "no answer from "


def silence_text(host: str, reason: str) -> str:
    """The sentence of an error: who is silent, and why."""
    return f"{_PREFIX}{host}: {reason}"


def missing_accounts_text(host: str, found: int, asked: int) -> str:
    """The sentence of an error: who answers there has not the accounts that we know."""
    return f"{host} has {found} of {asked} accounts that it was asked for."


MISSING_ACCOUNTS = re.compile(r"(\S+) has (\d+) of (\d+) accounts that it was asked for\.")
"""Such a sentence: host, how many it has, and of how many."""


def split_silence(text: str) -> tuple[str, str]:
    """Host and reason of such a sentence; of another text no host and all of it."""
    host, found, reason = text.removeprefix(_PREFIX).partition(": ")
    return (host, reason) if found and text.startswith(_PREFIX) else ("", text)


def connection_reason(error: BaseException) -> str:
    """Why there is no connection, by what lies behind the error of a library."""
    reasons = (
        (ssl.SSLError, NOT_TRUSTED),
        (socket.gaierror, UNKNOWN_NAME),
        (ConnectionRefusedError, REFUSED),
        (TimeoutError, TOO_LATE),
    )
    causes = list(_causes(error))
    for kind, reason in reasons:
        if any(isinstance(each, kind) for each in causes):
            return reason
    return UNREACHABLE if any(_is_without_route(each) for each in causes) else NO_CONNECTION


def _is_without_route(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (EHOSTUNREACH, ENETUNREACH)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _causes(each)
        error = error.__cause__ or error.__context__
