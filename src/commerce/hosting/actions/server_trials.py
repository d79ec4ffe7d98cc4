"""Acts by which staff have a server tried. Each asks the network for as long as a page may wait (``page_limits``)."""

from collections.abc import Callable

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.hosting.models import Server, Service
from commerce.hosting.server_tests import (
    ServerTest,
    ask_server_blocked_reason,
    ask_server_now,
    try_server,
    try_server_blocked_reason,
)
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.remote.page_limits import page_limits

TRY_NOW_INTRO = _(
    "Asks the control panel. If it answers and has your accounts, everything that was waiting continues."
)


def _tested_text(tested: ServerTest, server: Server) -> str:
    words = gettext("%(name)s works: answered in %(milliseconds)d ms. %(answer)s")
    return words % {
        "name": server.name,
        "milliseconds": tested.milliseconds,
        "answer": tested.answer,
    }


@act(
    "server.test",
    Server,
    label=_("Test"),
    intro=_("Asks the control panel. Nothing is changed."),
    done=_tested_text,
    staff=StaffPermission.SERVERS_MANAGE,
    blocked=try_server_blocked_reason,
    is_atomic=False,
)
def request_server_test(*, server: Server, ctx: Context) -> ServerTest:
    """Ask the control panel something harmless. Raises ``BusinessError`` with its refusal, or where nobody answers."""
    return _in_time(try_server, server, ctx)


@act(
    "server.try_now",
    Server,
    label=_("Try now"),
    intro=TRY_NOW_INTRO,
    done=_("%(name)s answers. What was waiting continues now."),
    staff=StaffPermission.SERVICES_PROVISION,
    blocked=ask_server_blocked_reason,
    is_atomic=False,
)
def try_server_now(*, server: Server, ctx: Context) -> Server:
    """Ask a server that did not answer, or refused us; if it works, what waited for it goes on. Raises
    ``BusinessError``.
    """
    _in_time(ask_server_now, server, ctx)
    return server


def try_server_of_service_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Why the server of a service is not asked: it has none, or it has no trouble."""
    if service.server is None:
        return StateConflict("service.no_panel")
    return ask_server_blocked_reason(service.server, ctx)


@act(
    "service.try_now",
    Service,
    label=_("Try now"),
    intro=TRY_NOW_INTRO,
    done=_("%(name)s answers. What was waiting continues now."),
    staff=StaffPermission.SERVICES_PROVISION,
    blocked=try_server_of_service_blocked_reason,
    is_atomic=False,
)
def try_server_of_service(*, service: Service, ctx: Context) -> Server:
    """``try_server_now`` of the server that a service is on."""
    if blocked := try_server_of_service_blocked_reason(service, ctx):
        raise blocked
    assert service.server is not None
    return try_server_now(server=service.server, ctx=ctx)


def _in_time(ask: Callable[..., ServerTest], server: Server, ctx: Context) -> ServerTest:
    """Raises ``BusinessError`` also where nobody answers in time."""
    try:
        with page_limits():
            return ask(server=server, ctx=ctx)
    except OSError as silent:
        raise BusinessError(
            "server.test_failed", server=server.name, problem=_("No answer in time.")
        ) from silent
