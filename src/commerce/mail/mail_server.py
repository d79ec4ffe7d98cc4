"""The mail server, which the environment names: whether there is one, and whether it takes us in."""

import smtplib

from django.core.mail import mailers
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.jobs.words import RemoteWords
from commerce.kit.json_log import redact

_SECONDS = 5


def configured_mail_server() -> EmailBackend | None:
    """The mail server that sends our mail; none while mails are only saved to files."""
    backend = mailers["default"]
    return backend if isinstance(backend, EmailBackend) else None


def mail_server_problem(backend: EmailBackend) -> str:
    """Why a mail server does not take us in, after 5 seconds at the latest; empty if it does. Nothing is sent."""
    backend.timeout = _SECONDS
    try:
        backend.open()
        backend.close()
    except (OSError, smtplib.SMTPException) as error:
        return redact(str(error))
    except ValueError:  # what no mail program can send: it may say a password
        return _("The host, user, or password has characters that a mail server doesn't accept.")
    return ""


def describe_mail_server(_name: str) -> RemoteWords:
    """What people call it, and where its mails are."""
    return RemoteWords(
        gettext_lazy("The mail server"), "mails?status=queued", "mails?status=queued"
    )
