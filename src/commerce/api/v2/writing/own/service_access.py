"""The account of a service at its panel: a sign-in address, a new password, and the one answer that shows it."""

from datetime import timedelta
from typing import Annotated

from msgspec import Struct

from commerce.api.core import errors
from commerce.api.core.limits import count_share
from commerce.api.read.fields import api_field
from commerce.api.v1.field_types import Instant, whole_second
from commerce.api.v2.resources.carriers import JOB
from commerce.api.v2.resources.operations import OPERATIONS
from commerce.api.v2.resources.services import SERVICES
from commerce.api.v2.writing.operations import started
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult, answer_shape
from commerce.hosting.account_requests import (
    panel_sign_in_url,
    request_new_password,
    sign_in_blocked_reason,
)
from commerce.hosting.actions.passwords import reveal_password
from commerce.hosting.job_names import SET_PASSWORD, service_job_subject
from commerce.hosting.models import Service
from commerce.hosting.rules import PANEL_LINKS
from commerce.jobs.models import Job
from commerce.kit.errors import BusinessError
from commerce.kit.remote.page_limits import page_limits

LINK_LASTS = timedelta(seconds=60)


class PanelSession(Struct, frozen=True):
    """A way into the panel of a service, signed in."""

    url: Annotated[
        str | None,
        api_field(
            description="The address, for one sign-in. It is in this one answer: the answer to a repeated key says "
            "`secret_expired` in its place. Null in the answer of a dry run.",
            examples=["https://web1.example.net:2083/session?token=…"],
        ),
    ]
    expires_at: Annotated[
        Instant,
        api_field(
            story=["2026-04-09T08:03:45Z"],
            description="By when to follow it; panels refuse old ones.",
        ),
    ]


class AccountPasswordShown(Struct, frozen=True):
    """The password of a service's account."""

    password: Annotated[
        str | None,
        api_field(
            description="The password. It is in this one answer, and forgotten here: the answer to a repeated key says "
            "`secret_expired` in its place. Null in the answer of a dry run.",
            examples=["q7M-vT2x-9LpK"],
        ),
    ]


SESSIONS = answer_shape(PanelSession, name="services")
PASSWORDS = answer_shape(AccountPasswordShown, name="services")


def _ask_for_link(call: WriteCall) -> str:
    if blocked := sign_in_blocked_reason(call.record, call.ctx):
        raise blocked
    if wait := count_share(f"panel-link:{call.caller.client_id}", *PANEL_LINKS):
        raise errors.too_many_requests(wait)
    try:
        with page_limits():
            return panel_sign_in_url(service=call.record, ctx=call.ctx)
    except TimeoutError as busy:
        raise BusinessError("service.no_panel_link") from busy


def _show_link(call: WriteCall) -> WriteResult:
    if blocked := sign_in_blocked_reason(call.record, call.ctx):
        raise blocked
    made = PanelSession(None, whole_second(call.ctx.at + LINK_LASTS))
    if call.is_dry_run:
        return WriteResult(SESSIONS, made=made, not_checked=("panel",))
    return WriteResult(SESSIONS, made=made, shown_once={"url": call.prepared})


def _new_password(call: WriteCall) -> WriteResult:
    request_new_password(service=call.record, ctx=call.ctx)
    jobs = Job.objects.of(service_job_subject(call.record)).filter(action=SET_PASSWORD)
    return started(call, act="password", record=call.record, carrier=(JOB, jobs.latest("pk")))


def _show_password(call: WriteCall) -> WriteResult:
    password = reveal_password(service=call.record, ctx=call.ctx)
    return WriteResult(
        PASSWORDS, made=AccountPasswordShown(None), shown_once={"password": password}
    )


SERVICE_ACCESS_WRITES = (
    StructWrite(
        path=f"{SERVICES.path}/{{id}}/panel-session",
        scope="services:access",
        summary="Service: sign in at its panel",
        about="Asks the panel for an address that signs whoever opens it in. Sixty an hour for each account.",
        action=_show_link,
        asks_first=_ask_for_link,
        shown=SESSIONS,
        reads=SERVICES,
        rows=Service.objects.for_client,
        status=200,
        unsettled=(),
    ),
    StructWrite(
        path=f"{SERVICES.path}/{{id}}/password",
        scope="services:access",
        summary="Service: set a new password",
        about="Answers 202 with an operation. The present password stops working; the new one is shown by POST "
        "`/services/{id}/show-password` once the operation has succeeded.",
        action=_new_password,
        shown=OPERATIONS,
        reads=SERVICES,
        rows=Service.objects.for_client,
        status=202,
        unsettled=("id",),
    ),
    StructWrite(
        path=f"{SERVICES.path}/{{id}}/show-password",
        scope="services:access",
        summary="Service: show its password",
        about="Shows what was set last, by program or when the service was set up, to whoever asks first: it is "
        "forgotten here then, and nobody else can see it, in the portal neither. After 14 days it is forgotten anyway.",
        action=_show_password,
        shown=PASSWORDS,
        reads=SERVICES,
        rows=Service.objects.for_client,
        status=200,
        unsettled=(),
    ),
)
"""What opens accounts."""
