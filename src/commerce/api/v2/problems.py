"""What version 2 says when it says no: RFC 9457, with a page for each code (client-api-v2.md 1, Errors)."""

import re
from typing import Annotated

import msgspec
from django.conf import settings
from msgspec import UNSET, Meta, UnsetType

from commerce.api.core.errors import ApiProblem, HeaderList
from commerce.api.core.replies import ApiReply
from commerce.api.v2.problem_words import PROBLEMS, ProblemWords
from commerce.api.v2.resources.quotes import DueToday, Quote
from commerce.kit.errors import TwoTexts, error_texts

PROBLEM_HEADER = ("Content-Type", "application/problem+json")
PAGES = "/api/docs/errors/"
"""Below it each code has its page."""
MAX_PLACES = 100
"""Places that a problem names: a body has room for tens of thousands of wrong members."""


class ProblemPlace(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with a request, and where it stands."""

    code: Annotated[str, Meta(description="What is wrong, for programs.", examples=["unknown"])]
    detail: Annotated[
        str,
        Meta(
            description="What is wrong, in one sentence.",
            examples=["There is no parameter statsu here."],
        ),
    ]
    parameter: Annotated[
        str | UnsetType, Meta(description="The query parameter.", examples=["statsu"])
    ] = UNSET
    header: Annotated[str | UnsetType, Meta(description="The header.", examples=["If-Match"])] = (
        UNSET
    )
    pointer: Annotated[
        str | UnsetType, Meta(description="The place in the body (RFC 6901).", examples=["/label"])
    ] = UNSET


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request was refused (RFC 9457)."""

    type: Annotated[
        str,
        Meta(
            description="The page of the code, for people: what it means and what to do.",
            examples=["https://billing.example.com/api/docs/errors/request.not_valid"],
        ),
    ]
    title: Annotated[
        str, Meta(description="What the code means.", examples=["The request is not valid"])
    ]
    status: Annotated[int, Meta(ge=400, le=599, description="The HTTP status.", examples=[400])]
    detail: Annotated[
        str,
        Meta(
            description="What was wrong this time, in one sentence.",
            examples=["There is no parameter statsu here."],
        ),
    ]
    instance: Annotated[
        str,
        Meta(
            description="The request, as `X-Request-Id` names it.",
            examples=["urn:request:9d0e1f2a"],
        ),
    ]
    code: Annotated[
        str,
        Meta(description="The reason, for programs; stable.", examples=["request.not_valid"]),
    ]
    retryable: Annotated[
        bool, Meta(description="Whether the same request may succeed later.", examples=[False])
    ]
    message: Annotated[
        str,
        Meta(
            description="The same as `detail`, for readers of version 1.",
            examples=["There is no parameter statsu here."],
        ),
    ]
    errors: Annotated[
        list[ProblemPlace] | UnsetType,
        Meta(description="Of 400 and 422: each thing that is wrong."),
    ] = UNSET
    expected_total: Annotated[
        DueToday | UnsetType,
        Meta(description="Of `price.changed`: what it costs now, as `expected_total` says it."),
    ] = UNSET
    quote: Annotated[
        Quote | UnsetType,
        Meta(description="Of `price.changed`: a quote of that, where there is one."),
    ] = UNSET


def problem_page(code: str) -> str:
    """The address of a code's page."""
    return f"{settings.COMMERCE_URL}{PAGES}{code}"


def problem_of(problem: ApiProblem, request_id: str) -> Problem:
    """What is sent for a problem."""
    words = PROBLEMS.get(problem.code) or act_problem_words(problem.code)
    detail = str(problem)
    places = [
        ProblemPlace(code=one.code, detail=one.detail, **{one.kind: one.place})
        for one in problem.parts[:MAX_PLACES]
    ]
    return Problem(
        type=problem_page(problem.code),
        title=words.title,
        status=problem.status,
        detail=detail,
        instance=f"urn:request:{request_id}",
        code=problem.code,
        retryable=words.retryable,
        message=detail,
        errors=places or UNSET,
        **problem.members,
    )


def act_problem_words(code: str) -> ProblemWords:
    """The words for a code of an act, whose own sentence is the meaning; raises ``KeyError`` for one that is none."""
    text = error_texts()[code]
    shown = re.sub(r"%\(\w+\)[sd]", "…", str(text.member if isinstance(text, TwoTexts) else text))
    return ProblemWords(
        "Not possible as it was asked",
        False,
        shown,
        "The act was not done. Read the object again: once it is as the act needs, or with what the sentence asks "
        "for, send the request again.",
    )


def problem_reply(problem: ApiProblem, request_id: str, extra_headers: HeaderList) -> ApiReply:
    """The reply that a problem is."""
    body = msgspec.json.encode(problem_of(problem, request_id))
    return ApiReply(problem.status, [PROBLEM_HEADER, *problem.headers, *extra_headers], body)
