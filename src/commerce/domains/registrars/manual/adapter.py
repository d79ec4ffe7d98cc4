"""The registrar without a connection: every operation is a to-do for staff, who type the result (domains.md 6)."""

from collections.abc import Mapping, Sequence
from datetime import date

from commerce.domains.models import Domain
from commerce.domains.order_data import DomainOrderData
from commerce.domains.registrars.contract import RegistrarProblem, RegistrarResult


class ManualRegistrar:
    """Staff do at their registrar what the to-do says."""

    id = "manual"
    label = "By hand"
    fields: tuple[str, ...] = ()

    def check_one(self, label: str, tld: str) -> RegistrarResult:
        """Nobody to ask: it could not be checked, which is never "available"."""
        return RegistrarResult(
            ok=False, message="could not be checked", problem=RegistrarProblem.MANUAL
        )

    def check_bulk(self, label: str, tlds: Sequence[str]) -> Mapping[str, RegistrarResult]:
        """The same for each TLD."""
        return {tld: self.check_one(label, tld) for tld in tlds}

    def register(
        self, domain: Domain, *, years: int, order_data: DomainOrderData, idempotency_key: str
    ) -> RegistrarResult:
        """Register the name, then say until when."""
        hosts = ", ".join(domain.nameservers)
        text = f"Register {domain} for {_years(years)}, nameservers {hosts}."
        return _to_do(f"{text} {_more(order_data)}".strip())

    def renew(
        self, domain: Domain, *, years: int, current_expiry: date, idempotency_key: str
    ) -> RegistrarResult:
        """Renew it, then say until when."""
        return _to_do(f"Renew {domain} for {_years(years)}; it expires on {current_expiry}.")

    def transfer(
        self, domain: Domain, *, order_data: DomainOrderData, idempotency_key: str
    ) -> RegistrarResult:
        """Transfer it, then say until when it is paid."""
        return _to_do(f"Transfer {domain} to us. {_more(order_data)}".strip())

    def info(self, domain: Domain) -> RegistrarResult:
        """Nobody to ask."""
        return _to_do(f"Look up {domain}.")

    def set_nameservers(self, domain: Domain, hosts: Sequence[str]) -> RegistrarResult:
        """Send all nameservers."""
        return _to_do(f"Set the nameservers of {domain}: {', '.join(hosts)}.")

    def get_code(self, domain: Domain) -> RegistrarResult:
        """Fetch the code."""
        return _to_do(f"Fetch the authorisation code of {domain}.")

    def set_lock(self, domain: Domain, *, locked: bool) -> RegistrarResult:
        """Lock or unlock."""
        return _to_do(f"{'Lock' if locked else 'Unlock'} {domain}.")

    def set_privacy(self, domain: Domain, *, enabled: bool) -> RegistrarResult:
        """Hide or show the holder."""
        return _to_do(f"{'Hide' if enabled else 'Show'} the holder of {domain}.")

    def test(self) -> RegistrarResult:
        """Nothing to call, so nothing fails."""
        return RegistrarResult(ok=True)


def _to_do(text: str) -> RegistrarResult:
    return RegistrarResult(ok=False, message=text, problem=RegistrarProblem.MANUAL)


def _more(order_data: DomainOrderData) -> str:
    """Where staff find holder and code: a message is kept, logged and mailed."""
    known = order_data.registrant or order_data.extra_fields or order_data.auth_code
    return "The job shows its holder." if known else ""


def _years(years: int) -> str:
    return f"{years} year{'' if years == 1 else 's'}"
