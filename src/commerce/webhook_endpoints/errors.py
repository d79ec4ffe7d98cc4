"""What errors about webhook endpoints say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "webhook_delivery.is_waiting": _("This delivery is about to be tried anyway."),
    "webhook_delivery.not_tried_again": _("A test isn't sent again. Send a new one."),
    "webhook_endpoint.address_is_ours": _(
        "Enter the address of your program. This one is our own website."
    ),
    "webhook_endpoint.address_not_valid": _(
        "Enter an address that begins with https://, on port 443 or a port above 1023."
    ),
    "webhook_endpoint.already_made": _("This form was already sent: it made %(address)s."),
    "webhook_endpoint.description_too_long": _("Enter %(maximum)s characters or fewer."),
    "webhook_endpoint.ended": _("This webhook endpoint has been removed."),
    "webhook_endpoint.not_active": _("This webhook endpoint isn't active."),
    "webhook_endpoint.not_off": _("This webhook endpoint isn't paused."),
    "webhook_endpoint.rotated_recently": _(
        "The secret was changed within the last hour. Try again later."
    ),
    "webhook_endpoint.since_not_valid": _("Enter a time within the last %(days)s days."),
    "webhook_endpoint.test_is_waiting": _("A test is being sent already."),
    "webhook_endpoint.too_many": _("You can have up to %(maximum)s webhook endpoints."),
    "webhook_endpoint.type_unknown": _("There is no event type %(type)s."),
    "webhook_endpoint.unknown": _("There is no webhook endpoint %(id)s."),
}
