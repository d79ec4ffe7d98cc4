"""What errors about mails and their templates say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "mail.cannot_bounce": _("This mail is %(status)s: only one that was sent can come back."),
    "mail.content_not_kept": _(
        "What this mail said is kept nowhere; have the person ask for it again."
    ),
    "mail.no_recipient": _("This mail has no recipient."),
    "mail.on_its_way": _("This mail is still on its way."),
    "mail_template.block_not_closed": _("The block {#%(name)s} is not closed."),
    "mail_template.block_not_open": _("{/%(name)s} closes no block that is open here."),
    "mail_template.block_within_itself": _("The block {#%(name)s} stands within itself."),
    "mail_template.blocks_too_deep": _("At most %(maximum)s blocks may stand within each other."),
    "mail_template.event_unknown": _("There is no event %(event)s."),
    "mail_template.no_content": _("Give a text or HTML."),
    "mail_template.no_subject": _("Give a subject."),
    "mail_template.not_written": _("Staff wrote no template %(event)s (%(locale)s)."),
    "mail_template.too_long": _("A template has at most %(maximum)s characters."),
    "mail_template.variable_unknown": _("There is no %(names)s. Known names: %(known)s."),
}
