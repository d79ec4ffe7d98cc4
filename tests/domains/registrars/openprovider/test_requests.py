"""What the description of Openprovider's contract finds wrong with a request (``tests/doubles/contracts.py``)."""

from typing import Any

import pytest

from tests.doubles.contracts import misfit
from tests.doubles.openprovider.server import CONTRACT


@pytest.mark.parametrize(
    ("call", "right", "wrong", "reason"),
    [
        ("POST /domains/transfer", {"owner_handle": "AB000001-DE"}, {"period": 1}, "period"),
        ("POST /domains/1/renew", {"id": 1, "period": 1}, {"period": "1"}, "is not of type"),
        ("PUT /domains/1", {"id": 1, "is_locked": True}, {"is_locked": "on"}, "is not of type"),
        ("POST /domains/check", {"with_price": True}, {"domains": []}, "less than 1 item"),
    ],
)
def test_a_request_that_openprovider_would_refuse_does_not_fit(
    call: str, right: dict[str, Any], wrong: dict[str, Any], reason: str
) -> None:
    method, _space, path = call.partition(" ")
    name = {"name": "alice", "extension": "com"}
    sent = right | ({"domains": [name]} if path.endswith("check") else {"domain": name})
    assert misfit(CONTRACT, method, f"/v1beta{path}", sent=sent) == ""
    assert reason in misfit(CONTRACT, method, f"/v1beta{path}", sent=sent | wrong)
