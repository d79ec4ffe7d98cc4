"""Schemathesis makes requests of the description, by a token of each role: each answer is one that the description has,
none fails, and nobody reads or does what their role may not (staff-api.md).

It calls the server in this process: all operations by one role take seconds so, over the network a minute.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from commerce.accounts.models import Staff
from commerce.accounts.staff_rules import PRESETS, ShippedRole
from commerce.backoffice.api.kinds import kinds_of
from commerce.backoffice.site import staff_site
from commerce.config.wsgi import application
from tests.backoffice.api.calls import get
from tests.make.one_of_each import make_one_of_each
from tests.make.staff import make_staff, make_staff_token

pytestmark = pytest.mark.django_db

BASE = "https://localhost:8443/api/staff/v1"
EXAMPLES = 1
"""Requests of each operation that fit, and as many that do not: more find what they find, at the price of minutes."""


def each_operation() -> Iterator[Any]:
    """The operations as they are described."""
    described = get("openapi.json", None).json
    del described[
        "security"
    ]  # else it asks without a token, too: those are refused by how many there were
    schema = schemathesis.openapi.from_dict(described)
    schema.app = application
    for found in schema.get_all_operations():
        yield found.ok()


def token_of(staff: Staff) -> str:
    """With all that its person may, and each act that asks for a password."""
    kinds = kinds_of(staff_site).values()
    acts = [
        one.act.key
        for kind in kinds
        for one in (*kind.list_acts.values(), *kind.record_acts.values())
    ]
    return make_staff_token(staff, acts=acts, spending_limit=10**6)[1]


def _answers(operation: Any, mode: GenerationMode, path: Any, token: str) -> list[int]:
    """The statuses of what is asked, each held against the description; nothing that is done stays."""
    found: list[int] = []
    # Which texts are an email address, or a price, no schema says.
    apart = [checks.positive_data_acceptance] if operation.method == "post" else []
    sent = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}

    @hypothesis.given(operation.as_strategy(generation_mode=mode, path_parameters=path))
    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    def ask(case: Any) -> None:
        key = {"Idempotency-Key": f"{operation.path} {len(found)}"}
        with transaction.atomic():
            answer = case.call(headers=sent | key, base_url=BASE)
            found.append(answer.status_code)
            case.validate_response(answer, excluded_checks=apart)
            transaction.set_rollback(True)

    with suppress(Unsatisfiable):  # whatever it is sent fits
        ask()
    return found


@pytest.mark.parametrize("role", PRESETS)
def test_each_answer_is_one_that_is_described(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commerce.backoffice.api.caller.RATE", (10**6, 60))
    keys = {type(row): row.pk for row in make_one_of_each()}
    of_kind = {name: keys.get(kind.admin.model, 1) for name, kind in kinds_of(staff_site).items()}
    staff = make_staff(role)
    held, token = staff.all_permissions, token_of(staff)
    is_all = role == ShippedRole.SUPER_ADMIN
    tried = 0
    for operation in each_operation():
        if operation.method != "get" and not is_all:
            continue  # test_permissions has which acts they are refused; the others are the same for all
        kind, needed = operation.path.split("/")[1], operation.definition.raw["x-permissions"]
        given = {"id": of_kind.get(kind, 1)} if "{id}" in operation.path else None
        for mode in GenerationMode if is_all else [GenerationMode.POSITIVE]:
            answers = _answers(operation, mode, given, token)
            tried += len(answers)
            assert not needed or held.intersection(needed) or {*answers} == {403}, operation.path
    assert tried > 90
