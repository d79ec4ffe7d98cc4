"""A device that holds a passkey, made in software, with which a test says what no browser would."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

from commerce.accounts.models import User

HOST, ORIGIN = "localhost", "https://localhost:8443"
PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class SoftwarePasskey:
    """One key at our host; ``sign_count`` is what it says next."""

    user: User
    sign_count: int = 0
    key_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def made(self, options: Any, **told: Any) -> str:
        """The answer to the options for a new passkey; ``told`` is what the page that asked is said to be."""
        numbers = self.key.public_key().public_numbers()
        public = {
            1: 2,
            3: -7,
            -1: 1,
            -2: numbers.x.to_bytes(32, "big"),
            -3: numbers.y.to_bytes(32, "big"),
        }
        attested = bytes(16) + len(self.key_id).to_bytes(2, "big") + self.key_id
        data = self._data(PRESENT | VERIFIED | ATTESTED) + attested + cbor.encode(public)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = _client_data("webauthn.create", options, told)
        return self._answer(
            {
                "clientDataJSON": _encoded(client_data),
                "attestationObject": _encoded(attestation),
            }
        )

    def shown(self, options: Any, **told: Any) -> str:
        """The answer to the options for a sign-in."""
        data = self._data(PRESENT | VERIFIED)
        client_data = _client_data("webauthn.get", options, told)
        signature = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": _encoded(client_data),
                "authenticatorData": _encoded(data),
                "signature": _encoded(signature),
                "userHandle": _encoded(user_pk_to_url_str(self.user).encode()),
            }
        )

    def _data(self, flags: int) -> bytes:
        counted = self.sign_count.to_bytes(4, "big")
        return sha256(HOST.encode()).digest() + bytes([flags]) + counted

    def _answer(self, response: dict[str, str]) -> str:
        key_id = _encoded(self.key_id)
        kinds = {"type": "public-key", "clientExtensionResults": {}}
        return json.dumps({"id": key_id, "rawId": key_id, "response": response, **kinds})


def _client_data(kind: str, options: Any, told: dict[str, Any]) -> bytes:
    challenge = options["publicKey"]["challenge"]
    assert urlsafe_b64decode(challenge + "==")
    page = {"origin": ORIGIN, "crossOrigin": False} | told
    return json.dumps({"type": kind, "challenge": challenge} | page).encode()
