"""Asking whether a VAT number is valid: what any service answers, and VIES, the one of the European Commission."""

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings

from commerce.accounts.vat import VatNumber
from commerce.billing.tax.rules import VatAnswer
from commerce.kit.remote.http import send_request
from commerce.kit.remote.json import parse_json

VIES_URL = "https://ec.europa.eu/taxation_customs/vies/rest-api/check-vat-number"
TOTAL_SECONDS = 10
MAX_REPLY_BYTES = 100_000

# What VIES says beside `valid: false` when it has really looked; every other word means that it could not.
_LOOKED = ("", "VALID", "INVALID")
INVALID_REQUESTER = "INVALID_REQUESTER_INFO"
REFUSALS = ("INVALID_INPUT", INVALID_REQUESTER)
"""What it says of numbers that it does not take as such: the one it is asked about, or the seller's. Asking again does
not help.
"""


@dataclass(frozen=True, slots=True)
class VatReply:
    """What a service says: ``valid``, ``invalid`` or ``unavailable``, with what proves it later."""

    answer: str
    name: str = ""
    address: str = ""
    consultation_number: str = ""
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def refusal(self) -> str:
        """One of ``REFUSALS``, if it is that."""
        return refusal_in(self.raw)


def refusal_in(raw: Any) -> str:
    """Which of ``REFUSALS`` a reply says: by itself, or in its list of errors."""
    errors = raw.get("errorWrappers")
    listed = (
        [each.get("error") for each in errors if isinstance(each, dict)]
        if isinstance(errors, list)
        else []
    )
    return next((code for code in REFUSALS if code in (raw.get("userError"), *listed)), "")


class VatService(Protocol):
    """A service that knows VAT numbers. It answers within 10 seconds and raises nothing: silence is ``unavailable``."""

    def check(self, number: VatNumber, seller: VatNumber | None) -> VatReply:
        """Whether a number is valid; asked in the name of a seller who has one, so that the answer is evidence."""
        ...


class ViesClient:
    """VIES over its REST interface."""

    def __init__(self, url: str = VIES_URL, *, seconds: int = TOTAL_SECONDS) -> None:
        self.url, self.seconds = url, seconds

    def check(self, number: VatNumber, seller: VatNumber | None) -> VatReply:
        """Ask; what is not a clear answer is ``unavailable``, with the reason in ``raw``."""
        asked = {"countryCode": number.prefix, "vatNumber": number.digits}
        if seller is not None:
            asked |= {"requesterMemberStateCode": seller.prefix, "requesterNumber": seller.digits}
        try:
            reply = send_request(
                "POST",
                self.url,
                headers={"Content-Type": "application/json"},
                content=json.dumps(asked).encode(),
                seconds=self.seconds,
                max_bytes=MAX_REPLY_BYTES,
            )
            answer = parse_json(reply.body, parse_float=str)
        except (OSError, ValueError) as error:
            return VatReply("unavailable", raw={"error": str(error)[:300] or type(error).__name__})
        return _read(answer)


def _read(said: Any) -> VatReply:
    """A reply of VIES: it says ``valid``, or what kept it from looking."""
    if not isinstance(said, dict):
        return VatReply("unavailable", raw={"error": "not an object"})
    valid, remark = said.get("valid"), said.get("userError", "")
    if not isinstance(valid, bool) or (not valid and remark not in _LOOKED):
        return VatReply("unavailable", raw=said)
    return VatReply(
        answer=VatAnswer.VALID if valid else VatAnswer.INVALID,
        name=_text(said.get("name"), 300),
        address=_text(said.get("address"), 500),
        consultation_number=_text(said.get("requestIdentifier"), 50),
        raw=said,
    )


def _text(value: object, length: int) -> str:
    """A text of the reply on one line; VIES writes ``---`` where a member tells nothing."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return "" if text == "---" else text[:length]


def configured_vat_service() -> VatService:
    """The service of this installation."""
    return ViesClient(getattr(settings, "COMMERCE_VIES_URL", VIES_URL))
