"""The registrar without a connection: every operation is a to-do for staff, who type the result (domains.md 6).

Only whether a name is free is asked, of its registry, as everybody may.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from commerce.domains.rdap.lookup import is_registered
from commerce.domains.registrars.contract import (
    Availability,
    Contacts,
    Cost,
    DomainInfo,
    DomainName,
    DsRecord,
    OptionalOperations,
    RegistrarCapabilities,
    RegistrarProblem,
    RegistrarResult,
    RegistrationOrder,
)
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField


class ManualRegistrar(OptionalOperations):
    """Staff do at their registrar what the to-do says."""

    slug: ClassVar[str] = "manual"
    name: ClassVar[Text] = _("By hand")
    fields: ClassVar[tuple[AdapterField, ...]] = ()
    capabilities: ClassVar[RegistrarCapabilities] = RegistrarCapabilities(
        is_connected=False,
        code=False,
        contacts=True,
        restore=True,
        ds_records=True,
        cancel_transfer=True,
    )

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    @property
    def is_sandbox(self) -> bool:
        return False

    def check_one(self, label: str, tld: str) -> RegistrarResult[Availability]:
        """Free if its registry has no such name. Without an answer it could not be checked, which is never that."""
        taken = is_registered(f"{label}.{tld}")
        if taken is None:
            return _to_do(f"Check whether {label}.{tld} is available.")
        return RegistrarResult(Availability(is_available=not taken))

    def check_bulk(
        self, label: str, tlds: Sequence[str]
    ) -> Mapping[str, RegistrarResult[Availability]]:
        """The same of each TLD, side by side: one slow registry does not hold up the others."""
        with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="rdap") as threads:
            asked = {
                tld: threads.submit(copy_context().run, self.check_one, label, tld) for tld in tlds
            }
            return {tld: answer.result() for tld, answer in asked.items()}

    def register(
        self, domain: DomainName, order: RegistrationOrder, *, key: str
    ) -> RegistrarResult[DomainInfo]:
        """Register the name, then say until when."""
        hosts = ", ".join(order.nameservers)
        return _to_do(
            f"Register {domain} for {_years(order.years)}, nameservers {hosts}. {_SEE_JOB}"
        )

    def renew(
        self, domain: DomainName, *, years: int, current_expiry: date, key: str
    ) -> RegistrarResult[DomainInfo]:
        """Renew it, then say until when."""
        return _to_do(f"Renew {domain} for {_years(years)}; it expires on {current_expiry}.")

    def transfer(
        self,
        domain: DomainName,
        *,
        code: str,
        contacts: Contacts,
        key: str,
        extra_fields: Mapping[str, str] | None = None,
        whois_privacy: bool = False,
    ) -> RegistrarResult[DomainInfo]:
        """Transfer it, then say until when it is paid."""
        return _to_do(f"Transfer {domain} to us. {_SEE_JOB}")

    def info(self, domain: DomainName) -> RegistrarResult[DomainInfo]:
        """Nobody to ask."""
        return _to_do(f"Look up {domain}.")

    def set_nameservers(self, domain: DomainName, hosts: Sequence[str]) -> RegistrarResult[None]:
        """Send all nameservers."""
        return _to_do(f"Set the nameservers of {domain}: {', '.join(hosts)}.")

    def get_code(self, domain: DomainName) -> RegistrarResult[str]:
        """Fetch the code."""
        return _to_do(f"Fetch the authorization code of {domain}.")

    def set_lock(self, domain: DomainName, *, locked: bool) -> RegistrarResult[None]:
        """Lock or unlock."""
        return _to_do(f"{'Lock' if locked else 'Unlock'} {domain}.")

    def set_privacy(self, domain: DomainName, *, enabled: bool) -> RegistrarResult[None]:
        """Hide or show the holder."""
        return _to_do(f"{'Hide' if enabled else 'Show'} the holder of {domain}.")

    def set_contacts(self, domain: DomainName, contacts: Contacts) -> RegistrarResult[None]:
        """Change who stands behind it."""
        return _to_do(f"Change the contacts of {domain}. {_SEE_JOB}")

    def restore(
        self, domain: DomainName, *, current_expiry: date, key: str
    ) -> RegistrarResult[DomainInfo]:
        """Restore it, then say until when."""
        return _to_do(f"Restore {domain}, which expired on {current_expiry}.")

    def cancel_transfer(self, domain: DomainName) -> RegistrarResult[None]:
        """Stop its transfer."""
        return _to_do(f"Cancel the transfer of {domain} to us.")

    def set_ds_records(
        self, domain: DomainName, records: Sequence[DsRecord]
    ) -> RegistrarResult[None]:
        """Send all DS records."""
        listed = "; ".join(
            f"{one.key_tag} {one.algorithm} {one.digest_type} {one.digest}" for one in records
        )
        return _to_do(f"Set the DS records of {domain}: {listed or 'none'}.")

    def test(self) -> RegistrarResult[Cost]:
        """Nothing to call, so nothing fails."""
        return RegistrarResult()


_SIDE_BY_SIDE = 10
_SEE_JOB = "The job shows its holder."
"""Where staff find holder and code: a message is kept, logged and mailed."""


def _to_do[T](text: str) -> RegistrarResult[T]:
    return RegistrarResult(None, RegistrarProblem.MANUAL, text)


def _years(years: int) -> str:
    return f"{years} year{'' if years == 1 else 's'}"
