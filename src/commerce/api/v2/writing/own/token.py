"""What a token does to itself: a new secret, its end (client-api-v2.md 2). It needs no scope for that."""

from typing import Annotated

from msgspec import Meta, Struct

from commerce.accounts.actions.tokens import MAX_OVERLAP_MINUTES, revoke_token, rotate_token
from commerce.accounts.models import ApiToken
from commerce.api.read.fields import api_field
from commerce.api.v1.field_types import Instant, whole_second, whole_second_or_null
from commerce.api.v2.resources.account import TOKEN
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult, answer_shape


class TokenRotation(Struct, frozen=True):
    """How a token gets a new secret."""

    overlap_minutes: Annotated[
        int,
        Meta(
            ge=0,
            le=MAX_OVERLAP_MINUTES,
            description="For how long the secret before works beside the new one.",
            examples=[60],
        ),
    ] = 60


class RotatedToken(Struct, frozen=True):
    """The new secret of a token."""

    secret: Annotated[
        str | None,
        api_field(
            "secret",
            story=["opt_live_…"],
            description="The new secret, in this one answer: it is stored nowhere. Where the same request is answered "
            "again it is `secret_expired`, in a dry run null.",
        ),
    ]
    rotated_at: Annotated[
        Instant,
        api_field("rotated_at", story=["2026-04-09T08:02:45Z"], description="When it was made."),
    ]
    old_works_until: Annotated[
        Instant | None,
        api_field(
            "old_works_until",
            story=["2026-04-09T09:02:45Z"],
            description="Until when the secret before works; null if it works no longer.",
        ),
    ]


ROTATED_TOKEN = answer_shape(RotatedToken, name="this token")


def _token_of(call: WriteCall) -> ApiToken:
    tokens = ApiToken.objects.for_client(call.caller.client_id).select_related("client", "maker")
    return tokens.get(pk=call.caller.token_id)


def _rotate(call: WriteCall) -> WriteResult:
    rotated = rotate_token(
        token=_token_of(call), overlap_minutes=call.body.overlap_minutes, ctx=call.ctx
    )
    made = RotatedToken(
        None, whole_second(call.ctx.at), whole_second_or_null(rotated.old_works_until)
    )
    return WriteResult(ROTATED_TOKEN, made=made, shown_once={"secret": rotated.plain})


def _end(call: WriteCall) -> WriteResult:
    revoke_token(token=_token_of(call), ctx=call.ctx)
    return WriteResult(None, status=204)


TOKEN_WRITES = (
    StructWrite(
        path="/api/v2/token/rotate",
        scope="",
        summary="Token: rotate",
        about="Gives it a new secret, in this answer alone; name, scopes, networks, end and limits stay. Once an hour "
        "at most: `token.rotated_recently`. Owners of the account are mailed. If the answer is lost, the secret before "
        "works for the rest of its time, so let it overlap by more than an hour to be able to rotate once more.",
        action=_rotate,
        shown=ROTATED_TOKEN,
        body=TokenRotation,
        example={"overlap_minutes": 60},
        while_suspended=True,
        is_own=True,
        status=200,
        unsettled=("secret",),
    ),
    StructWrite(
        path="/api/v2/token",
        method="DELETE",
        scope="",
        summary="Token: end",
        about="Ends the token that asks, with all its secrets, from the next request on.",
        action=_end,
        shown=TOKEN,
        effect="destroy",
        needs_key=False,
        while_suspended=True,
        is_own=True,
        status=204,
        unsettled=(),
    ),
)
