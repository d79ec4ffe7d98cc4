"""What staff have a server tried with: whether it works, and what waited for it."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.forms import StaffForm
from commerce.hosting.actions.servers import (
    accept_missing_accounts,
    accept_missing_blocked_reason,
)
from commerce.hosting.models import Server
from commerce.hosting.server_tests import (
    ask_server_blocked_reason,
    ask_server_now,
    retry_server_jobs,
    retry_server_jobs_blocked_reason,
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


def _accept(record: Server, values: Mapping[str, Any], ctx: Context) -> str:
    accept_missing_accounts(server=record, reason=values["reason"], ctx=ctx)
    return _("What was waiting continues now. For a day, missing accounts count as removed.")


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
ACCEPT_MISSING = RecordAction(
    name="accept-missing",
    label=_lazy("Accounts are gone"),
    permission=_MANAGE,
    run=_accept,
    blocked=accept_missing_blocked_reason,
    asks_reason=True,
    is_danger=True,
    intro=lambda _server: _lazy(
        "Only if this really is your server and the accounts on it are gone for good. Services that end are "
        "then ended without an account to remove."
    ),
)


class _RetryForm(StaffForm):
    """Since when jobs failed that are tried again."""

    since = forms.DateField(
        label=_lazy("Failed on or after"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _retry(server: Server, data: Mapping[str, Any], ctx: Context) -> str:
    since = data["since"] and datetime.combine(data["since"], time(), UTC)
    retried = retry_server_jobs(server=server, since=since, ctx=ctx)
    words = ngettext("%(count)s job is queued.", "%(count)s jobs are queued.", retried)
    return words % {"count": retried}


RETRY_JOBS = RecordAction(
    name="retry-jobs",
    label=_lazy("Retry failed jobs"),
    permission=StaffPermission.SERVICES_PROVISION,
    run=_retry,
    form=_RetryForm,
    blocked=retry_server_jobs_blocked_reason,
    intro=lambda _server: _lazy("For when the server works again. All of them are tried at once."),
)
