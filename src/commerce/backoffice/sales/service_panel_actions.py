"""The buttons by which staff have the panel of a service asked for something: each is a job."""

from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.system.server_trials import TRY_NOW_INTRO, try_now
from commerce.hosting.models import Service
from commerce.hosting.server_tests import ask_server_blocked_reason
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.record_acts import ACCOUNT_ACTS


def _server_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    if service.server is None:
        return StateConflict("service.no_panel")
    return ask_server_blocked_reason(service.server, ctx)


PANEL_ACTIONS = (
    RecordAction(
        name="try-now",
        label=_lazy("Try now"),
        permission=StaffPermission.SERVICES_PROVISION,
        run=lambda service, _data, ctx: try_now(service.server, ctx),
        is_atomic=False,
        blocked=_server_blocked_reason,
        intro=lambda _service: TRY_NOW_INTRO,
    ),
    *map(act_button, ACCOUNT_ACTS),
)
