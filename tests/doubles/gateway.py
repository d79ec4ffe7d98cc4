"""A gateway that sends clients elsewhere to pay: what a provider would know is in ``SESSIONS``."""

from typing import ClassVar

from commerce.payments.gateways.contract import (
    Capabilities,
    Fact,
    Field,
    Started,
    Try,
    WithoutProvider,
    Words,
)

SESSIONS: dict[str, Try] = {}
"""What was started, by its key: the same key is the same session."""
RETURNS: list[str] = []
PAID: set[str] = set()
TIMEOUTS: list[str] = []
"""Each entry lets one call end without an answer, after the provider has done its work."""


class FakeGateway(WithoutProvider):
    """Takes any currency; pays when a test puts the reference into ``PAID``."""

    slug: ClassVar[str] = "fake"
    name: ClassVar[Words] = "Fake"
    fields: ClassVar[tuple[Field, ...]] = (Field("token", "Token", required=True, secret=True),)
    capabilities: ClassVar[Capabilities] = Capabilities("redirect")
    hosts: ClassVar[frozenset[str]] = frozenset({"pay.example.net"})
    leads_to: ClassVar[str] = "https://pay.example.net"

    def start(self, attempt: Try, return_url: str) -> Started:
        SESSIONS[attempt.key] = attempt
        RETURNS.append(return_url)
        if TIMEOUTS:
            raise TimeoutError(TIMEOUTS.pop())
        return Started(f"s-{attempt.key}", f"{self.leads_to}/{attempt.key}")

    def close(self, reference: str) -> Fact:
        if reference not in PAID:
            return Fact("closed", reference)
        made = SESSIONS[reference.removeprefix("s-")]
        return Fact("paid", reference, f"t-{reference}", made.amount, made.currency_code)
