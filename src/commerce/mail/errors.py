"""What errors about mails and their templates say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "mail.cannot_bounce": _("Only sent emails can be marked as bounced."),
    "mail.content_not_kept": _(
        "This email's content isn't stored because it held a secret. Ask the recipient to "
        "request a new one."
    ),
    "mail.does_not_wait": _("Only emails that are waiting can be discarded."),
    "mail.no_recipient": _("This email has no recipient."),
    "mail.on_its_way": _("This email is still being sent."),
    "mail_template.block_not_closed": _("Block {#%(name)s} isn't closed. Add {/%(name)s}."),
    "mail_template.block_not_open": _("{/%(name)s} doesn't match an open block."),
    "mail_template.block_within_itself": _("Block {#%(name)s} can't contain itself."),
    "mail_template.blocks_too_deep": _("Blocks can be nested up to %(maximum)s levels deep."),
    "mail_template.changed_meanwhile": _(
        "Someone else changed this template in the meantime. Open it in another tab to compare, "
        "then save again."
    ),
    "mail_template.event_unknown": _("Event %(event)s not found."),
    "mail_template.no_content": _("Enter a text or HTML body."),
    "mail_template.no_subject": _("Enter a subject."),
    "mail_template.not_written": _("There is no custom template for %(event)s (%(locale)s)."),
    "mail_template.too_long": _("Shorten the template to %(maximum)s characters or fewer."),
    "mail_template.variable_unknown": _(
        "Unknown variables: %(names)s. Available variables: %(known)s."
    ),
}
