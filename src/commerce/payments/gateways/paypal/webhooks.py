"""Messages of PayPal: whether one is truly its own, by its certificate or, where that cannot be told, by its API."""

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.remote.http import ProviderSilentError
from commerce.payments.gateways.contract import RequestRefusedError, VerifiedEvent
from commerce.payments.gateways.paypal.certificates import (
    UntrustedCertificateError,
    is_own_address,
)

OLDEST, NEWEST = timedelta(days=4), timedelta(minutes=5)
"""PayPal sends a message that was not answered again for three days, perhaps with its first time: its id stops a second
effect, and the state is asked anew. None may be from the future, but for what the clocks differ."""
ALGORITHM = "SHA256withRSA"
HEADERS = (
    "PAYPAL-TRANSMISSION-ID",
    "PAYPAL-TRANSMISSION-TIME",
    "PAYPAL-TRANSMISSION-SIG",
    "PAYPAL-CERT-URL",
    "PAYPAL-AUTH-ALGO",
)
_LONGEST_HEADER = 1000


class SigningKey(Protocol):
    """The key of a certificate that was found to be PayPal's."""

    def verify(self, signature: bytes, data: bytes, padding: Any, algorithm: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What PayPal says of a message beside it."""

    id: str
    time: str
    signature: str
    certificate_url: str
    algorithm: str


def read_sent_message(headers: Mapping[str, str]) -> SentMessage:
    """Raises ``BusinessError`` for what no message of PayPal has, before anybody is asked anything."""
    given = {name.upper(): text for name, text in headers.items()}
    sent = SentMessage(*(given.get(name, "") for name in HEADERS))
    texts = (sent.id, sent.time, sent.signature, sent.certificate_url)
    are_plain = all(text.isascii() and 0 < len(text) <= _LONGEST_HEADER for text in texts)
    if not (are_plain and sent.algorithm == ALGORITHM and is_own_address(sent.certificate_url)):
        raise BusinessError("gateway_event.signature_not_valid")
    return sent


def verify_message(
    headers: Mapping[str, str],
    body: bytes,
    *,
    webhook_id: str,
    key_of: Callable[[str], SigningKey],
    send: Callable[[bytes], Mapping[str, Any]],
) -> VerifiedEvent:
    """The event, if PayPal signed these bytes for this webhook within 4 days. Raises ``BusinessError``.

    ``key_of`` gives the key of the certificate at an address; ``send`` asks PayPal itself, where there is none to rely
    on. Raises ``OSError`` when neither answers.
    """
    sent = read_sent_message(headers)
    _check_time(sent.time)
    event = _event(body)
    try:
        is_own = _is_signed(sent, body, webhook_id, key_of(sent.certificate_url))
    except (ProviderSilentError, UntrustedCertificateError):
        is_own = _is_confirmed(sent, body, webhook_id, send)
    if not (webhook_id and is_own):
        raise BusinessError("gateway_event.signature_not_valid")
    return VerifiedEvent(event["id"], event["event_type"], body)


def _check_time(text: str) -> None:
    try:
        age = clock.now() - datetime.fromisoformat(text)
    except (ValueError, TypeError, OverflowError) as error:
        raise BusinessError("gateway_event.signature_not_valid") from error
    if not -NEWEST <= age <= OLDEST:
        raise BusinessError("gateway_event.too_old")


def _event(body: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BusinessError("gateway_event.signature_not_valid") from error
    members = ("id", "event_type")
    if not isinstance(event, dict) or not all(isinstance(event.get(one), str) for one in members):
        raise BusinessError("gateway_event.signature_not_valid")
    if not (isinstance(event.get("resource"), dict | None) and _is_instant(event)):
        raise BusinessError("gateway_event.not_understood")
    return event


def _is_instant(event: Mapping[str, Any]) -> bool:
    """Whether it says when it was made by an instant, or not at all."""
    try:
        return event.get("create_time") is None or bool(
            datetime.fromisoformat(event["create_time"]).tzinfo
        )
    except (ValueError, TypeError):
        return False


def _is_signed(sent: SentMessage, body: bytes, webhook_id: str, key: SigningKey) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    said = f"{sent.id}|{sent.time}|{webhook_id}|{zlib.crc32(body)}".encode()
    try:
        signature = base64.b64decode(sent.signature, validate=True)
        key.verify(signature, said, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_confirmed(
    sent: SentMessage,
    body: bytes,
    webhook_id: str,
    send: Callable[[bytes], Mapping[str, Any]],
) -> bool:
    """What PayPal says itself. It gets the message byte for byte: written anew, another order of its members or another
    form of a number would be another message.
    """
    asked = {
        "transmission_id": sent.id,
        "transmission_time": sent.time,
        "transmission_sig": sent.signature,
        "cert_url": sent.certificate_url,
        "auth_algo": sent.algorithm,
        "webhook_id": webhook_id,
    }
    head = json.dumps(asked).removesuffix("}").encode()
    try:
        answer = send(head + b', "webhook_event": ' + body + b"}")
    except RequestRefusedError:
        return False
    return answer.get("verification_status") == "SUCCESS"
