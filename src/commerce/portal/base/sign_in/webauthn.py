"""The two ceremonies of passkeys: making one, and showing one. Their challenges are kept in the session.

What the library takes, 10 MiB with its cryptography, a worker spends when the first passkey comes.
"""

import json
import struct
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse

from commerce.accounts.models import User

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


def passkey_request_options(user: User | None) -> HttpResponse:
    """What a browser needs to show a passkey: one of this user, or any that it has for us."""
    from allauth.mfa.webauthn.internal import auth

    return JsonResponse(auth.begin_authentication(user))


def verify_passkey(user: User | None, answer: str) -> Authenticator | None:
    """The passkey that was shown, its person verified by the device; None if anything is wrong with it.

    A challenge counts once, whatever comes of it.
    """
    from allauth.mfa.webauthn.internal import auth

    try:
        credential = json.loads(answer)
        auth.parse_authentication_response(credential)
        owner = user if user is not None else auth.extract_user_from_response(credential)
        return auth.complete_authentication(owner, credential)
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
        credential = json.loads(answer)
        auth.parse_registration_response(credential)
        proof = auth.complete_registration(credential)
    except INVALID_ANSWER_ERRORS:
        return None
    finally:
        auth.clear_state()
    return credential if proof.is_user_verified() else None
