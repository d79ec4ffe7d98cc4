"""The registrar without a connection: every operation is a to-do for staff, who type the result (domains.md 6)."""

from collections.abc import Mapping, Sequence
from datetime import date

from commerce.domains.models import Domain
from commerce.domains.ordered import Ordered
from commerce.domains.registrars.contract import Result, Trouble


class Manual:
    """Staff do at their registrar what the to-do says."""

    id = "manual"
    label = "By hand"
    fields: tuple[str, ...] = ()

    def check_one(self, label: str, tld: str) -> Result:
        """Nobody to ask: it could not be checked, which is never "available"."""
        return Result(ok=False, message="could not be checked", trouble=Trouble.BY_HAND)

    def check_bulk(self, label: str, tlds: Sequence[str]) -> Mapping[str, Result]:
        """The same for each TLD."""
        return {tld: self.check_one(label, tld) for tld in tlds}

    def register(self, domain: Domain, *, years: int, ordered: Ordered, key: str) -> Result:
        """Register the name, then say until when."""
        hosts = ", ".join(domain.nameservers)
        text = f"Register {domain} for {_years(years)}, nameservers {hosts}."
        return _to_do(f"{text} {_more(ordered)}".strip())

    def renew(self, domain: Domain, *, years: int, current_expiry: date, key: str) -> Result:
        """Renew it, then say until when."""
        return _to_do(f"Renew {domain} for {_years(years)}; it expires on {current_expiry}.")

    def transfer(self, domain: Domain, *, ordered: Ordered, key: str) -> Result:
        """Transfer it, then say until when it is paid."""
        return _to_do(f"Transfer {domain} to us. {_more(ordered)}".strip())

    def info(self, domain: Domain) -> Result:
        """Nobody to ask."""
        return _to_do(f"Look up {domain}.")

    def set_nameservers(self, domain: Domain, hosts: Sequence[str]) -> Result:
        """Send all nameservers."""
        return _to_do(f"Set the nameservers of {domain}: {', '.join(hosts)}.")

    def get_code(self, domain: Domain) -> Result:
        """Fetch the code."""
        return _to_do(f"Fetch the authorisation code of {domain}.")

    def set_lock(self, domain: Domain, *, on: bool) -> Result:
        """Lock or unlock."""
        return _to_do(f"{'Lock' if on else 'Unlock'} {domain}.")

    def set_privacy(self, domain: Domain, *, on: bool) -> Result:
        """Hide or show the holder."""
        return _to_do(f"{'Hide' if on else 'Show'} the holder of {domain}.")

    def test(self) -> Result:
        """Nothing to call, so nothing fails."""
        return Result(ok=True)


def _to_do(text: str) -> Result:
    return Result(ok=False, message=text, trouble=Trouble.BY_HAND)


def _more(ordered: Ordered) -> str:
    """Where staff find holder and code: a message is kept, logged and mailed."""
    known = ordered.holder or ordered.extra_fields or ordered.code
    return "The job shows its holder." if known else ""


def _years(years: int) -> str:
    return f"{years} year{'' if years == 1 else 's'}"
