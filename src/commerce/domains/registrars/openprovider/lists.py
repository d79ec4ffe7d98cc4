"""What Openprovider has lists of: the prices of endings, and the holders that are to confirm their address."""

from collections.abc import Sequence

from commerce.domains.registrars.contract import (
    DomainName,
    RegistrarProblem,
    TldCost,
    VerificationInfo,
)
from commerce.domains.registrars.openprovider import responses
from commerce.domains.registrars.openprovider.client import OpenproviderClient, OpenproviderData
from commerce.domains.registrars.operations import (
    ConnectedRegistrar,
    RegistrarError,
    registrar_operation,
)
from commerce.domains.rules import VerificationState

PAGE, MOST_PAGES = 250, 20


class OpenproviderLists(ConnectedRegistrar):
    """The part of the registrar that reads them."""

    _client: OpenproviderClient

    @registrar_operation
    def price_list(self) -> Sequence[TldCost]:
        found: list[TldCost] = []
        for page in range(MOST_PAGES):
            query = {"with_price": "true", "limit": str(PAGE), "offset": str(page * PAGE)}
            rows = self._client.ask("GET", "/tlds", query=query).get("results") or []
            found += filter(None, map(responses.tld_cost, rows))
            if len(rows) < PAGE:
                return found
        raise ValueError("a list without end")

    @registrar_operation
    def verification(self, domain: DomainName) -> VerificationInfo:
        row = self._verification_of(domain)
        return responses.verification(row) if row else VerificationInfo(state=_NOTHING_TO_DO)

    @registrar_operation
    def resend_verification(self, domain: DomainName) -> None:
        row = self._verification_of(domain)
        if row is None:
            raise RegistrarError(RegistrarProblem.REFUSED, f"{domain} waits for no confirmation.")
        asked = {"email": str(row["email"])}
        self._client.ask("POST", "/customers/verifications/emails/restart", asked)

    def _verification_of(self, domain: DomainName) -> OpenproviderData | None:
        query = {"domain": domain.name, "limit": "100"}
        path = "/customers/verifications/emails/domains"
        rows = self._client.ask("GET", path, query=query).get("results") or []
        ours = (row for row in rows if str(row.get("domain") or "").lower() == domain.name)
        return next(ours, None)


_NOTHING_TO_DO = VerificationState.VERIFIED
