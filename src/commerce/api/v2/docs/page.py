"""`/api/docs/v2`: version 2 as a page to read and to try, and a page for each of its problems below
`/api/docs/errors`."""

from typing import Any, NamedTuple

from django.utils import translation

from commerce.accounts.labels import SCOPE_LABELS
from commerce.accounts.models import SCOPES
from commerce.api.docs.page import (
    DescriptionReader,
    described_context,
    highlight_json,
    rendered_page,
)
from commerce.api.docs.static_reply import StaticReply
from commerce.api.v2.docs.problem_examples import (
    example_problems,
    operation_error,
    problem_body,
    problems_of_code,
)
from commerce.api.v2.problem_words import PROBLEMS, ProblemWords
from commerce.api.v2.problems import PAGES, act_problem_words

type Json = dict[str, Any]


class DocProblem(NamedTuple):
    """A code as it is shown: its address, the status that it comes with, and what it means.

    The codes of operations come without a status, in the ``error`` of one that failed.
    """

    code: str
    path: str
    status: int | None
    words: ProblemWords


def docs_page(description: Json) -> StaticReply:
    """The page of the description."""
    with translation.override("en"):
        scopes = [(scope, str(SCOPE_LABELS[scope])) for scope in SCOPES]
    own = {
        "tab": "v2",
        "scopes": scopes,
        "problems": _problems(),
        "error_body": highlight_json(problem_body(example_problems()["several"])),
    }
    context = described_context(DescriptionReader(description))
    return rendered_page("api/docs_v2.html", context | own)


def problems_page() -> StaticReply:
    """The page that lists all codes."""
    return rendered_page("api/problems.html", {"tab": "errors", "problems": _problems()})


def problem_page(code: str) -> StaticReply:
    """The page of one code: what it means, what to do, whether a retry can help, and how it is sent."""
    problems = problems_of_code(code)
    headers = [pair for one in problems[:1] for pair in one.headers if pair[0] != "Cache-Control"]
    body = problem_body(problems[0]) if problems else operation_error(code)
    context = {
        "tab": "errors",
        "problems": _problems(),
        "problem": _shown(code),
        "headers": headers,
        "body": highlight_json(body),
    }
    return rendered_page("api/problem.html", context)


def _problems() -> list[DocProblem]:
    return sorted(map(_shown, PROBLEMS), key=lambda one: one.status or 1000)


def _shown(code: str) -> DocProblem:
    status = next((one.status for one in problems_of_code(code)), None)
    words = PROBLEMS.get(code) or act_problem_words(code)
    return DocProblem(code, f"{PAGES}{code}", status, words)
