"""What mail does: tell, send once, note what came of it, keep templates."""

from commerce.mail.actions.addresses import confirm_address
from commerce.mail.actions.announcing import Recipient, announce, silent
from commerce.mail.actions.delivery import (
    begin_sending,
    forget_old_mails,
    note_bounced,
    note_failed_try,
    note_lost,
    note_sent,
    renew_sealed_mails,
    retry_mail,
    skip_mail,
)
from commerce.mail.actions.templates import reset_template, set_template

__all__ = [
    "Recipient",
    "announce",
    "begin_sending",
    "confirm_address",
    "forget_old_mails",
    "note_bounced",
    "note_failed_try",
    "note_lost",
    "note_sent",
    "renew_sealed_mails",
    "reset_template",
    "retry_mail",
    "set_template",
    "silent",
    "skip_mail",
]
