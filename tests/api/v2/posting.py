"""POSTs of version 2, and a token that may do them."""

from typing import Any

from commerce.accounts.models import Client
from tests.make import make_token
from tests.make.api import ApiAnswer, call_api


def poster(client: Client) -> str:
    """A token that may do what POSTs do."""
    scopes = ["domains:read", "domains:write", "domains:transfer"]
    return make_token(client, scopes=scopes, name="posts")[1]


def post(target: str, token: str | None, body: Any = None, **headers: str) -> ApiAnswer:
    named = {"Idempotency-Key": "k"} | {k.replace("_", "-"): one for k, one in headers.items()}
    return call_api(target, token, method="POST", body=body, headers=named)
