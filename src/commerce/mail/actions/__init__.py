"""What mail does: tell, send once, note what came of it, keep templates."""

from commerce.mail.actions.addresses import confirm_address
from commerce.mail.actions.announcing import Recipient, announce, begin_link_mail, silent
from commerce.mail.actions.delivery import (
    begin_sending,
    fail_lost_links,
    forget_old_mails,
    note_bounced,
    note_failed_try,
    note_lost,
    note_sent,
    retry_mail,
    skip_mail,
)
from commerce.mail.actions.templates import reset_template, set_template

__all__ = [
    "Recipient",
    "announce",
    "begin_link_mail",
    "begin_sending",
    "confirm_address",
    "fail_lost_links",
    "forget_old_mails",
    "note_bounced",
    "note_failed_try",
    "note_lost",
    "note_sent",
    "reset_template",
    "retry_mail",
    "set_template",
    "silent",
    "skip_mail",
]
