"""Mail of an installation without a mail server: told in the log, and kept as files in ``var/mail/``."""

import logging
from collections.abc import Sequence
from itertools import count

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from commerce.kit import clock, files

log = logging.getLogger(__name__)

_serial = count()


class FileEmailBackend(BaseEmailBackend):
    """Writes each message to its own ``.eml`` file, named by its instant, and tells in the log that it did.

    All else stays in the file: whom it is for, and a text that may hold a link that signs somebody in.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = settings.COMMERCE_DATA_DIR / "mail"
        files.make_private_folder(folder)
        for message in email_messages:
            name = f"{clock.now():%Y%m%dT%H%M%S%f}-{next(_serial):04d}.eml"
            (folder / name).write_bytes(message.message().as_bytes())
            files.chown_to_folder_owner(folder, folder / name)
            log.info("Mail written: %s", folder / name)
        return len(email_messages)
