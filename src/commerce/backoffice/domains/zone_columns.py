"""What zones are shown with on pages of zones and of domains."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.backoffice.base.columns import badge_column, choice_column
from commerce.backoffice.base.pages import Text
from commerce.dns.rules import DnssecStatus, ZoneStatus


def zone_status_labels() -> Mapping[str, Text]:
    """The states of a zone in words."""
    return {
        ZoneStatus.LIVE: pgettext_lazy("zone", "Live"),
        ZoneStatus.ENDED: pgettext_lazy("zone", "Ended"),
    }


def dnssec_labels() -> Mapping[str, Text]:
    """Whether a zone is signed, in words."""
    return {
        DnssecStatus.UNSIGNED: _lazy("Off"),
        DnssecStatus.SIGNED: _lazy("On"),
        DnssecStatus.UNSIGNING: _lazy("Being turned off"),
    }


ZONE_STATUS = badge_column(
    _lazy("Status"), "status", zone_status_labels, {ZoneStatus.LIVE: "success"}
)
DNSSEC = choice_column(_lazy("DNSSEC"), "dnssec", dnssec_labels)
