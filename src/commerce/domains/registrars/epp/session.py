"""A session at a registry: as short as one operation, and what came of it as a result (domains.md 6)."""

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from epptools.exceptions import (
    CommandException,
    ConfigException,
    ConnectionException,
    EppException,
    ValidationException,
)

from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.epp.connection import (
    CredentialsRefusedError,
    RegistryClient,
    TimedLine,
    connect,
)
from commerce.domains.registrars.operations import RegistrarError, without_secrets
from commerce.kit.remote.time_limits import seconds_left

LOGOUT_SECONDS = 2
"""Of an operation's time, kept for saying goodbye: a session that is only dropped counts until the registry notices."""

SESSION_LIMIT, SESSION_PAUSE = 2502, 1.0
"""Too many sessions: nothing is done yet, so it may be tried again, a little later."""

PROBLEMS = {
    2200: RegistrarProblem.AUTH,
    2501: RegistrarProblem.AUTH,
    2201: RegistrarProblem.NOT_FOUND,
    2303: RegistrarProblem.NOT_FOUND,
    2202: RegistrarProblem.WRONG_CODE,
    2302: RegistrarProblem.TAKEN,
}
"""What a code of the registry means to us; any other refuses the command, or leaves open whether it was done."""


def new_code() -> str:
    """An authorization code that registries accept: letters of both kinds, digits and a sign."""
    return f"{secrets.token_urlsafe(12).replace('_', 'x').replace('-', 'y')}-aB7"


@contextmanager
def session_at(settings: Mapping[str, Any], *, hidden: str) -> Iterator[RegistryClient]:
    """Log in, and out again. What goes wrong is a ``RegistrarError``, whose message does not hold ``hidden``."""
    over = time.monotonic() + seconds_left()
    try:
        client, line = _logged_in(settings, over - min(LOGOUT_SECONDS, seconds_left() / 10))
        try:
            yield client
        finally:
            # What came of it is known already, whatever becomes of the goodbye.
            if client.is_connected():
                line.end_at(min(over, time.monotonic() + LOGOUT_SECONDS))
                with suppress(EppException):
                    client.logout()
            client.disconnect()
    except CommandException as error:
        problem = RegistrarProblem.REFUSED if is_refusal(error) else RegistrarProblem.RETRY
        problem = PROBLEMS.get(error.epp_code, problem)
        raise RegistrarError(problem, without_secrets(refusal_text(error), [hidden])) from error
    except (ConfigException, CredentialsRefusedError) as error:
        raise RegistrarError(RegistrarProblem.AUTH, str(error)) from error
    except ValidationException as error:
        raise RegistrarError(RegistrarProblem.REFUSED, str(error)) from error
    except ConnectionException as error:
        raise RegistrarError(RegistrarProblem.RETRY, str(error)) from error


def _logged_in(settings: Mapping[str, Any], until: float) -> tuple[RegistryClient, TimedLine]:
    while True:
        client, line = connect(settings, until=until)
        try:
            client.login()
        except CommandException as error:
            client.disconnect()
            if error.epp_code != SESSION_LIMIT or time.monotonic() + 3 * SESSION_PAUSE > until:
                raise
        except BaseException:
            client.disconnect()
            raise
        else:
            return client, line
        time.sleep(SESSION_PAUSE)


def is_refusal(error: CommandException) -> bool:
    """Whether the registry has surely not done it: it says so, and neither "not now" nor something that is no code."""
    return 2000 <= error.epp_code < 2400


def refusal_text(error: CommandException) -> str:
    """A refusal in a sentence."""
    response = error.response
    words = [] if response is None else [response.message() or "", *response.error_reasons()]
    said = "; ".join(word for word in words if word)
    return f"The registry answered {error.epp_code}{said and ': '}{said}"
