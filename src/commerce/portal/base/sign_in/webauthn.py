"""The two ceremonies of passkeys: making one, and showing one. Their challenges are kept in the session.

The library compares the host of an answer with names below ours and any port; which page asked is compared here,
letter by letter.

What the library takes, 10 MiB with its cryptography, a worker spends when the first passkey comes.
"""

import struct
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse

from commerce.accounts.actions.mfa import record_passkey_use
from commerce.accounts.models import User
from commerce.kit import clock
from commerce.kit.remote.json import parse_json

INVALID_ANSWER_ERRORS = (
    ValidationError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
    struct.error,
)
"""What the library raises for an answer that is none, from a wrong signature to a list in the place of a text."""
HTTPS_PORT = 443


def site_origin() -> str:
    """Scheme, host and port of this installation as browsers write them: the one page that may ask for a passkey."""
    parts = urlsplit(settings.COMMERCE_URL)
    port = "" if parts.port in (None, HTTPS_PORT) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"


def _require_own_page(answer: Any) -> None:
    """Raise ``ValueError`` unless the browser was asked by a page of ours, and in no frame of another site.

    Another site below our host, or another program at another port of it, may ask a browser for our passkeys.
    """
    told = parse_json(bytes(answer.response.client_data))
    if told["origin"] != site_origin() or told.get("crossOrigin", False) is not False:
        raise ValueError("asked by a page that is not ours")
    if "topOrigin" in told:
        raise ValueError("asked in a frame")


def passkey_request_options(user: User | None) -> HttpResponse:
    """What a browser needs to show a passkey: one of this user, or any that it has for us."""
    from allauth.mfa.webauthn.internal import auth

    return JsonResponse(auth.begin_authentication(user))


def verify_passkey(user: User | None, answer: str) -> Authenticator | None:
    """The passkey that was shown, its person verified by the device, and its use noted; None if anything is wrong.

    A challenge counts once, whatever comes of it. A counter of the device's signatures that did not rise says that
    somebody has a copy of its key.
    """
    from allauth.mfa.webauthn.internal import auth

    try:
        credential = parse_json(answer.encode())
        response = auth.parse_authentication_response(credential)
        _require_own_page(response)
        owner = user if user is not None else auth.extract_user_from_response(credential)
        factor = auth.complete_authentication(owner, credential)
        shown = response.response.authenticator_data.counter
        passkey: Any = factor
        first = passkey.wrap().authenticator_data.counter
        counted = record_passkey_use(
            factor=factor, sign_count=shown, first_sign_count=first, at=clock.now()
        )
        return factor if counted else None
    except INVALID_ANSWER_ERRORS:
        return None
    finally:
        auth.clear_state()


def passkey_creation_options(user: User) -> HttpResponse:
    """What a browser needs to make a passkey of this user, kept on the device and opened by its owner only."""
    from allauth.mfa.webauthn.internal import auth

    return JsonResponse(auth.begin_registration(user, passwordless=True))


def verify_new_passkey(answer: str) -> Any:
    """The credential of a passkey that was made, to be kept; None if anything is wrong with it."""
    from allauth.mfa.webauthn.internal import auth

    try:
        credential = parse_json(answer.encode())
        _require_own_page(auth.parse_registration_response(credential))
        proof = auth.complete_registration(credential)
    except INVALID_ANSWER_ERRORS:
        return None
    finally:
        auth.clear_state()
    return credential if proof.is_user_verified() else None
