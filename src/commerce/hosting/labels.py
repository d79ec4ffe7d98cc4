"""What people read of servers and their accounts."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from commerce.hosting.rules import DriftKind, SuspensionReason
from commerce.presentation.labels import Text

DRIFT_LABELS: Mapping[str, Text] = {
    DriftKind.MISSING: _("Not on the server"),
    DriftKind.SUSPENDED: _("Suspended on the server only"),
    DriftKind.RUNNING: _("Suspended here only"),
    DriftKind.ALIVE: _("Ended here, still on the server"),
    DriftKind.OTHER_PACKAGE: _("Another package"),
}
"""How an account may differ."""

SUSPENSION_REASON_LABELS: dict[str, Text] = {
    SuspensionReason.OVERDUE: _("Overdue invoice"),
    SuspensionReason.STAFF: _("Suspended by our staff"),
    SuspensionReason.ABUSE: _("Violation of our terms"),
    SuspensionReason.FRAUD: _("Order under review"),
}
"""Why a service is suspended."""
