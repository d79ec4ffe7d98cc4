"""Each code has its page, which says what it means and what to do, and which each problem names."""

import re
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.api.v2.docs.problem_examples import example_problems, problem_body
from commerce.api.v2.problem_words import PROBLEMS
from commerce.api.v2.problems import PAGES, act_problem_words
from tests.api.docs.test_docs_page import DocsPageParser
from tests.make import make_service, make_token
from tests.make.api import call_api


@pytest.mark.parametrize("code", PROBLEMS)
def test_each_code_has_its_page(code: str) -> None:
    answer = call_api(f"{PAGES}{code}")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    words = " ".join(DocsPageParser(answer.body.decode()).words.split())
    said = PROBLEMS[code]
    retry = "a retry can help" if said.retryable else "a retry doesn't help"
    for sentence in (said.title, code, said.meaning, said.remedy, retry, f'"code": "{code}"'):
        assert sentence in words


@pytest.mark.parametrize("code", ["service.has_ended", "metadata.too_many", "right.missing"])
def test_a_code_of_an_act_has_one_too(code: str) -> None:
    answer = call_api(f"{PAGES}{code}")
    words = " ".join(DocsPageParser(answer.body.decode()).words.split())
    assert answer.status == 200
    assert act_problem_words(code).meaning in words
    assert "%(" not in words
    assert f'"code": "{code}"' in words


def test_the_list_leads_to_each() -> None:
    for target in ("/api/docs/errors", "/api/docs/v2"):
        page = DocsPageParser(call_api(target).body.decode())
        links = {one for one in page.values("href") if one.startswith(PAGES)}
        assert links == {f"{PAGES}{code}" for code in PROBLEMS}
        assert all(said.title in page.words for said in PROBLEMS.values())


def test_a_problem_names_its_page(alice: Client, token: str) -> None:
    for target in ("/api/v2/services?statsu=x", "/api/v2/services/1", "/api/v2/nothing"):
        page = call_api(target, token).json["type"]
        assert page.startswith("https://localhost:8443/api/docs/errors/")
        assert call_api(page.removeprefix("https://localhost:8443")).status == 200


@pytest.mark.parametrize(
    "path", ["", "request", "request.not_valid/", "request.not_valid.html", "..", "toString"]
)
def test_another_code_is_not_found(path: str) -> None:
    assert call_api(f"{PAGES}{path}").status == 404


def test_a_page_says_which_headers_come_with_it() -> None:
    for code, header in (
        ("rate_limit.exceeded", "Retry-After"),
        ("request.method_not_allowed", "Allow"),
        ("token.not_valid", "WWW-Authenticate"),
    ):
        body = call_api(f"{PAGES}{code}").body.decode()
        assert re.search(rf"<dt>{header}</dt>", body)


def test_refusals_of_writes_are_shown_as_they_are_sent(alice: Client) -> None:
    scopes = ["services:read", "services:write"]
    token = make_token(alice, scopes=scopes)[1]
    path = f"/api/v2/services/{make_service(alice).pk}"

    def refused(body: Any, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = call_api(path, token, method="PATCH", body=body, headers=named)
        assert answer.status >= 400
        return answer.json

    refused_replies = {
        "body": refused(b'{"name": '),
        "member": refused({"nmae": "Shop"}),
        "media_type": refused(b"name=Shop", Content_Type="application/x-www-form-urlencoded"),
        "too_large": refused(b" " * 300_000),
        "changed": refused({"name": "Shop"}, If_Match='"999-0"'),
        "key": refused({"name": "Shop"}, Idempotency_Key="é"),
    }
    call_api(path, token, method="PATCH", body={"name": "A"}, headers={"Idempotency-Key": "k"})
    refused_replies["key_reused"] = refused({"name": "B"}, Idempotency_Key="k")
    Client.objects.filter(pk=alice.pk).update(status="suspended")
    refused_replies["suspended"] = refused({"name": "Shop"})
    of_this_request = {"type": "", "instance": ""}
    for name, sent in refused_replies.items():
        assert sent | of_this_request == problem_body(example_problems()[name]) | of_this_request
