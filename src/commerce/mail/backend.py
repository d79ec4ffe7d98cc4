"""Mail of an installation without a mail server: shown on standard error, and kept as files in ``var/mail/``."""

import sys
from collections.abc import Sequence
from itertools import count

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from commerce.kit import clock

_serial = count()


class KeptAndShown(BaseEmailBackend):
    """Writes each message to its own ``.eml`` file, named by its instant, and tells on standard error that it did.

    The text stays in the file: it may hold a link that signs somebody in, and standard error is a log.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = settings.COMMERCE_DATA_DIR / "mail"
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{clock.now():%Y%m%dT%H%M%S%f}-{next(_serial):04d}.eml"
            (folder / name).write_bytes(message.message().as_bytes())
            sys.stderr.write(
                f"Mail to {', '.join(message.to)}: {message.subject} ({folder / name})\n"
            )
        return len(email_messages)
