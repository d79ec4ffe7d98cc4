"""What staff have a server tried with: whether it works, and what waited for it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.hosting.models import Server
from commerce.hosting.server_tests import (
    ask_server_blocked_reason,
    ask_server_now,
    try_server,
    try_server_blocked_reason,
)
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.remote.page_limits import page_limits

_MANAGE = StaffPermission.SERVERS_MANAGE
TRY_NOW_INTRO = _lazy(
    "Asks the control panel. If it answers and has your accounts, everything that was waiting continues."
)


def _test(record: Server, values: Mapping[str, Any], ctx: Context) -> str:
    try:
        with page_limits():
            tested = try_server(server=record, ctx=ctx)
    except OSError as silent:
        raise BusinessError(
            "server.test_failed", server=record.name, problem=_("No answer in time.")
        ) from silent
    words = _("%(name)s works: answered in %(milliseconds)d ms. %(answer)s")
    return words % {
        "name": record.name,
        "milliseconds": tested.milliseconds,
        "answer": tested.answer,
    }


def try_now(server: Server, ctx: Context) -> str:
    """Ask a server; what waited for it goes on if it answers. Raises ``BusinessError``."""
    try:
        with page_limits():
            ask_server_now(server=server, ctx=ctx)
    except OSError as silent:
        raise BusinessError(
            "server.test_failed", server=server.name, problem=_("No answer in time.")
        ) from silent
    return _("%(name)s answers. What was waiting continues now.") % {"name": server.name}


TEST = RecordAction(
    name="test",
    label=_lazy("Test"),
    permission=_MANAGE,
    run=_test,
    is_atomic=False,
    blocked=try_server_blocked_reason,
    intro=lambda _server: _lazy("Asks the control panel. Nothing is changed."),
)
TRY_NOW = RecordAction(
    name="try-now",
    label=_lazy("Try now"),
    permission=StaffPermission.SERVICES_PROVISION,
    run=lambda server, _values, ctx: try_now(server, ctx),
    is_atomic=False,
    blocked=ask_server_blocked_reason,
    intro=lambda _server: TRY_NOW_INTRO,
)
