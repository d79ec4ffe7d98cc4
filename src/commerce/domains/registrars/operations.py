"""What adapters share: an operation ends within its time, with a result, and without a secret in its message."""

import base64
import html
import inspect
import json
import logging
import re
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, timedelta
from decimal import Decimal
from functools import wraps
from typing import Any, ClassVar, Concatenate
from urllib.parse import quote, quote_plus

from django.utils.translation import gettext_lazy as _

from commerce.domains.registrars.contract import (
    CALL_SECONDS,
    Availability,
    DomainName,
    OptionalOperations,
    RegistrarProblem,
    RegistrarResult,
)
from commerce.kit.json_log import context_fields
from commerce.kit.money import currency_exponent, round_half_up
from commerce.kit.remote.calls import NoteCall, noting_calls
from commerce.kit.remote.http import NOT_UNDERSTOOD, NoAnswerError, ProviderSilentError
from commerce.kit.remote.time_limits import calls_end_at, seconds_left
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

log = logging.getLogger(__name__)

MAX_MESSAGE = 500
MASK = "***"
NO_ANSWER = RegistrarProblem.RETRY
_USUAL = (RegistrarProblem.NOT_FOUND, RegistrarProblem.TAKEN, RegistrarProblem.WRONG_CODE)
"""What is no trouble, but an answer."""
_ABOUT_CODE = re.compile(
    r"\bauth(ori[sz]ation|entication)?[ _-]?(info|code|key)|\bepp[ _-]?(code|key)"
    r"|domain secret|transfer (code|key)",
    re.IGNORECASE,
)
SANDBOX_FIELD = AdapterField(
    "sandbox",
    _("Sandbox"),
    kind="switch",
    help=_("Use the registrar's test system, where no domain is really registered"),
    default=True,
    directs_secrets=True,
)
"""Whether it is the test system, which it is until staff turn that off."""


class RegistrarError(Exception):
    """An operation did not succeed, for this reason and with this message for staff."""

    def __init__(self, problem: RegistrarProblem, message: str) -> None:
        super().__init__(message)
        self.problem = problem


class ConnectedRegistrar(OptionalOperations):
    """A registrar that is called: its settings, its switch for the test system, and names checked side by side."""

    slug: ClassVar[str]
    name: ClassVar[Text]
    fields: ClassVar[tuple[AdapterField, ...]]
    call_seconds: ClassVar[int] = CALL_SECONDS

    note_calls: Callable[[str], NoteCall] | None = None
    """Who keeps its calls about a name; nobody, unless it is set."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    @property
    def is_sandbox(self) -> bool:
        return bool(self.settings.get("sandbox", True))

    def secrets(self) -> list[str]:
        """What no message may hold."""
        return [str(self.settings.get(field.name) or "") for field in self.fields if field.secret]

    def check_one(self, label: str, tld: str) -> RegistrarResult[Availability]:
        return self.check_bulk(label, (tld,))[tld]

    def check_bulk(
        self, label: str, tlds: Sequence[str]
    ) -> Mapping[str, RegistrarResult[Availability]]:
        """What is not answered could not be checked."""
        found = self._check(label, tlds)
        missing: RegistrarResult[Availability] = RegistrarResult(
            None, found.problem or NO_ANSWER, found.message or "The registrar did not tell."
        )
        return {tld: (found.data or {}).get(tld, missing) for tld in tlds}

    @abstractmethod
    def _check(
        self, label: str, tlds: Sequence[str]
    ) -> RegistrarResult[Mapping[str, RegistrarResult[Availability]]]:
        """What is answered of these names, by TLD."""


def registrar_operation[R: ConnectedRegistrar, **P, T](
    call: Callable[Concatenate[R, P], T],
) -> Callable[Concatenate[R, P], RegistrarResult[T]]:
    """A method that returns data or raises ``RegistrarError``, as one that returns a result.

    An ``OSError``, and an answer that is not understood, is no answer. All its calls end within ``call_seconds``.
    """
    signature = inspect.signature(call)

    @wraps(call)
    def run(self: R, /, *args: P.args, **kwargs: P.kwargs) -> RegistrarResult[T]:
        ends = time.monotonic() + min(self.call_seconds, seconds_left())
        is_silent = False
        given = signature.bind(self, *args, **kwargs).arguments

        def secrets() -> list[str]:
            return [*self.secrets(), str(given.get("code") or "")]

        try:
            with calls_end_at(ends), _noting(self, call.__name__, given, secrets):
                return RegistrarResult(call(self, *args, **kwargs))
        except RegistrarError as error:
            problem, said = error.problem, str(error)
        except OSError as error:
            problem, said = NO_ANSWER, f"No answer: {error}"
            is_silent = isinstance(error, NoAnswerError) or not isinstance(
                error, ProviderSilentError
            )
        except NOT_UNDERSTOOD as error:
            problem, said = NO_ANSWER, f"The answer is not understood: {type(error).__name__}"
        message = without_secrets(said, secrets())
        level = logging.INFO if problem in _USUAL else logging.WARNING
        log.log(level, "%s: %s: %s: %s", self.slug, call.__name__.strip("_"), problem, message)
        return RegistrarResult(None, problem, message, is_silent)

    return run


def _noting(
    registrar: ConnectedRegistrar,
    operation_name: str,
    given: Mapping[str, Any],
    secrets: Callable[[], list[str]],
) -> AbstractContextManager[None]:
    """Have the calls of an operation kept. What visitors search for is nobody's record: only a job's checks are."""
    is_search = operation_name.startswith("_check") and not context_fields.get().get("job_id")
    if registrar.note_calls is None or is_search:
        return nullcontext()
    note = registrar.note_calls(str(given.get("domain") or ""))
    return noting_calls(note, secrets, hides_answers=operation_name == "get_code")


def check_expiry(domain: DomainName, ours: date, theirs: date) -> None:
    """Raise ``RegistrarError`` unless a renewal from our expiry begins at theirs: another one may have moved it. A
    date of ours may be a day off, since they count in zones of their own.
    """
    if abs(theirs - ours) > timedelta(days=1):
        raise RegistrarError(
            RegistrarProblem.REFUSED,
            f"{domain} expires on {theirs} at the registrar, not on {ours}.",
        )


def without_secrets(text: str, secrets: Sequence[str]) -> str:
    """A text in one line, of bounded length, with each secret masked however it is written."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        encoded = base64.b64encode(secret.encode()).decode()
        in_json, in_xml = json.dumps(secret)[1:-1], html.escape(secret)
        for form in {secret, in_json, in_xml, quote(secret, safe=""), quote_plus(secret), encoded}:
            text = text.replace(form, MASK)
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()[:MAX_MESSAGE]


def minor_units(text: str, currency_code: str) -> int:
    """A decimal as an amount; what is smaller than its smallest unit is rounded half up. Raises ``ValueError``."""
    if not re.fullmatch(r"-?\d{1,12}(\.\d{1,8})?", text, re.ASCII):
        raise ValueError("an amount that is none")
    return round_half_up(Decimal(text).scaleb(currency_exponent(currency_code)))


def is_about_code(reason: str) -> bool:
    """Whether words of a registrar say that the authorization code of a transfer is not the right one."""
    return bool(_ABOUT_CODE.search(reason))
