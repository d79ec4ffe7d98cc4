"""What the descriptions of panels' contracts find wrong with a request (``tests/doubles/contracts.py``)."""

from pathlib import Path
from typing import Any

import pytest

from tests.doubles.contracts import misfit
from tests.doubles.panels.directadmin import CONTRACT as DIRECTADMIN
from tests.doubles.panels.plesk import CONTRACT as PLESK

CLIENT = {
    "name": "Alice",
    "login": "alice",
    "password": "long enough",
    "email": "alice@example.com",
    "type": "customer",
}
DOMAIN = {
    "name": "alice.example",
    "hosting_type": "virtual",
    "hosting_settings": {"ftp_login": "alice", "ftp_password": "long enough"},
    "owner_client": {"id": 7},
}
LINK = {"allowNetworks": ["203.0.113.7/32"], "currentPassword": ""}


@pytest.mark.parametrize(
    ("contract", "call", "right", "wrong", "reason"),
    [
        (PLESK, "POST /api/v2/domains", DOMAIN, {"external_id": "k"}, "external_id"),
        (PLESK, "POST /api/v2/domains", DOMAIN, {"hosting_type": "cloud"}, "cloud"),
        (PLESK, "POST /api/v2/domains", DOMAIN, {"hosting_settings": {}}, "ftp_login"),
        (PLESK, "POST /api/v2/clients", CLIENT, {"name": "A" * 61}, "longer than 60"),
        (PLESK, "POST /api/v2/clients", CLIENT, {"type": "friend"}, "friend"),
        (PLESK, "PUT /api/v2/clients/7", {"password": "long enough"}, {"type": "admin"}, "type"),
        (PLESK, "PUT /api/v2/domains/7/status", {"status": "active"}, {"status": "off"}, "off"),
        (DIRECTADMIN, "POST /api/login-keys/urls", LINK, {"allowNetworks": ["x"]}, "x"),
        (DIRECTADMIN, "POST /api/login-keys/urls", LINK, {"expires": "soon"}, "soon"),
    ],
)
def test_a_request_that_a_panel_would_refuse_does_not_fit(
    contract: Path, call: str, right: dict[str, Any], wrong: dict[str, Any], reason: str
) -> None:
    method, _space, path = call.partition(" ")
    assert misfit(contract, method, path, sent=right) == ""
    assert reason in misfit(contract, method, path, sent=right | wrong)


def test_nor_does_a_call_that_there_is_not() -> None:
    assert misfit(PLESK, "GET", "/api/v2/clients") == "no call of plesk"
    assert misfit(DIRECTADMIN, "GET", "/api/users/alice/usage") == ""
    assert misfit(DIRECTADMIN, "GET", "/api/users/alice/usage", query={"full": "1"})
