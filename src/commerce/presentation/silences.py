"""Why nothing came back from a remote system, in the reader's language."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commerce.kit.remote import silence
from commerce.presentation.labels import Text

_REASONS = {
    silence.TOO_LATE: _("it takes too long"),
    silence.UNKNOWN_NAME: _("its name isn't known"),
    silence.REFUSED: _("the connection is refused"),
    silence.UNREACHABLE: _("there is no way to it"),
    silence.NO_CONNECTION: _("no connection"),
    silence.NOT_TRUSTED: _("its certificate isn't trusted"),
    silence.OTHER_CERTIFICATE: _("it shows another certificate than the pinned one"),
    silence.BROKEN_OFF: _("the connection broke off"),
    silence.NO_ADDRESS: _("its address isn't valid"),
    silence.NOT_PUBLIC: _("its address isn't public"),
}


_MISSING_ACCOUNTS = _("{host} has {found} of {asked} accounts that it was asked for.")


def problem_words(problem: str) -> Text:
    """The problem in words, where it is a silence; of anything else, what the other side or a library said of it."""
    if missing := silence.MISSING_ACCOUNTS.fullmatch(problem):
        host, found, asked = missing.groups()
        return format_lazy(_MISSING_ACCOUNTS, host=host, found=found, asked=asked)
    host, reason = silence.split_silence(problem)
    words = _REASONS.get(reason, reason)
    return format_lazy("{host}: {words}", host=host, words=words) if host else words
