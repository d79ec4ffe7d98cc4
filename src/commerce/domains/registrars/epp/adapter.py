"""A registry that we are accredited at, spoken to by EPP over TLS with a certificate of ours (domains.md 6).

Each operation is a session of its own. What speaks EPP is imported where it is used: no worker of the API has a use
for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

from commerce.domains.registrars.contract import (
    Availability,
    Contacts,
    Cost,
    DomainInfo,
    DomainName,
    DsRecord,
    RegistrarCapabilities,
    RegistrarMessage,
    RegistrarProblem,
    RegistrarResult,
    RegistrationOrder,
)
from commerce.domains.registrars.operations import (
    ConnectedRegistrar,
    RegistrarError,
    registrar_operation,
)
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

if TYPE_CHECKING:
    from commerce.domains.registrars.epp.names import RegistrySession


class EppRegistrar(ConnectedRegistrar):
    """The registry's own interface. A premium name is shown with its price, and never agreed to."""

    slug: ClassVar[str] = "epp"
    name: ClassVar[Text] = _("EPP registry")
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "host",
            _("Host"),
            help=_("Host of the registry's EPP server"),
            required=True,
            directs_secrets=True,
        ),
        AdapterField(
            "port",
            _("Port"),
            help=_("Port of the EPP server, usually 700"),
            default="700",
            directs_secrets=True,
        ),
        AdapterField(
            "client_id", _("Client ID"), help=_("Your registrar ID (clID)"), required=True
        ),
        AdapterField(
            "password",
            _("Password"),
            help=_("Password of your registrar ID"),
            required=True,
            secret=True,
        ),
        AdapterField(
            "certificate",
            _("Certificate"),
            "text",
            help=_("Your client certificate, in PEM format, with any intermediate certificates"),
            prefixes=("-----BEGIN CERTIFICATE",),
        ),
        AdapterField(
            "key",
            _("Private key"),
            "text",
            help=_("Private key of your client certificate, in PEM format, without a passphrase"),
            secret=True,
            prefixes=("-----BEGIN",),
        ),
        AdapterField(
            "authority",
            _("Certificate authority"),
            "text",
            help=_(
                "Only if the registry's certificate is from an authority of its own: that one, in PEM format"
            ),
            prefixes=("-----BEGIN CERTIFICATE",),
            directs_secrets=True,
        ),
        AdapterField(
            "tlds",
            _("TLDs"),
            help=_("TLDs of this registry, such as “fr, re”. If empty, any TLD is sent to it"),
            is_of_account=False,
        ),
        AdapterField(
            "idn_tlds",
            _("TLDs with internationalized names"),
            help=_(
                "TLDs whose registry takes internationalized names without their language, such as “fr, de”. Others are"
                " sold only if the registry announces an extension for the language"
            ),
            is_of_account=False,
        ),
    )
    capabilities: ClassVar[RegistrarCapabilities] = RegistrarCapabilities(
        contacts=True,
        restore=True,
        ds_records=True,
        cancel_transfer=True,
        messages=True,
        keeps_contacts=True,
        renews_itself=True,
    )

    @property
    def is_sandbox(self) -> bool:
        """A test system is a registry with a host of its own."""
        return False

    @registrar_operation
    def _check(
        self, label: str, tlds: Sequence[str]
    ) -> Mapping[str, RegistrarResult[Availability]]:
        """One command for all that this registry has."""
        served = {tld: f"{label}.{tld}" for tld in tlds if self._serves(tld)}
        found: dict[str, RegistrarResult[Availability]] = {
            tld: RegistrarResult(None, RegistrarProblem.REFUSED, _not_served(tld))
            for tld in tlds
            if tld not in served
        }
        if served:
            with self._registry() as registry:
                told = registry.check(list(served.values()))
            found |= {
                tld: RegistrarResult(told[name]) for tld, name in served.items() if name in told
            }
        return found

    @registrar_operation
    def register(self, domain: DomainName, order: RegistrationOrder, *, key: str) -> DomainInfo:
        self._check_served(domain.tld)
        with self._registry() as registry:
            return registry.register(domain.name, order)

    @registrar_operation
    def renew(
        self, domain: DomainName, *, years: int, current_expiry: date, key: str
    ) -> DomainInfo:
        with self._registry() as registry:
            return registry.renew(domain.name, years, current_expiry)

    @registrar_operation
    def transfer(
        self,
        domain: DomainName,
        *,
        code: str,
        contacts: Contacts,
        key: str,
        extra_fields: Mapping[str, str] | None = None,
        whois_privacy: bool = False,
    ) -> DomainInfo:
        """The contacts stay as they are at the registry until they are set."""
        self._check_served(domain.tld)
        with self._registry() as registry:
            return registry.transfer(domain.name, code)

    @registrar_operation
    def info(self, domain: DomainName) -> DomainInfo:
        with self._registry() as registry:
            return registry.info(domain)

    @registrar_operation
    def set_nameservers(self, domain: DomainName, hosts: Sequence[str]) -> None:
        with self._registry() as registry:
            registry.set_nameservers(domain.name, hosts)

    @registrar_operation
    def get_code(self, domain: DomainName) -> str:
        with self._registry() as registry:
            return registry.code_of(domain.name)

    @registrar_operation
    def set_lock(self, domain: DomainName, *, locked: bool) -> None:
        with self._registry() as registry:
            registry.set_lock(domain.name, locked=locked)

    @registrar_operation
    def set_privacy(self, domain: DomainName, *, enabled: bool) -> None:
        with self._registry() as registry:
            registry.set_privacy(domain.name, enabled=enabled)

    def test(self) -> RegistrarResult[Cost]:
        """Log in. EPP knows no balance."""
        logged_in = self._log_in()
        return RegistrarResult(None, logged_in.problem, logged_in.message)

    @registrar_operation
    def _log_in(self) -> None:
        with self._registry():
            pass

    @registrar_operation
    def set_contacts(self, domain: DomainName, contacts: Contacts) -> None:
        with self._registry() as registry:
            registry.set_contacts(domain.name, contacts)

    @registrar_operation
    def restore(self, domain: DomainName, *, current_expiry: date, key: str) -> DomainInfo:
        with self._registry() as registry:
            return registry.restore(domain.name)

    @registrar_operation
    def cancel_transfer(self, domain: DomainName) -> None:
        with self._registry() as registry:
            registry.cancel_transfer(domain.name)

    @registrar_operation
    def set_ds_records(self, domain: DomainName, records: Sequence[DsRecord]) -> None:
        with self._registry() as registry:
            registry.set_signers(domain.name, records)

    @registrar_operation
    def read_messages(self, keep: Callable[[RegistrarMessage], None]) -> int:
        from commerce.domains.registrars.epp.messages import read_queue
        from commerce.domains.registrars.epp.session import new_code, session_at

        with session_at(self.settings, hidden=new_code()) as client:
            return read_queue(client.poll, self.settings["client_id"].strip(), keep)

    @contextmanager
    def _registry(self) -> "Iterator[RegistrySession]":
        """The registry, as long as we are logged in there."""
        from commerce.domains.registrars.epp.names import RegistrySession
        from commerce.domains.registrars.epp.session import new_code, session_at

        code = new_code()
        with session_at(self.settings, hidden=code) as client:
            yield RegistrySession(
                client,
                self.settings["client_id"].strip(),
                new_code=code,
                idn_tlds=_listed(self.settings["idn_tlds"]),
            )

    def _serves(self, tld: str) -> bool:
        served = _listed(self.settings["tlds"])
        return not served or tld in served

    def _check_served(self, tld: str) -> None:
        if not self._serves(tld):
            raise RegistrarError(RegistrarProblem.REFUSED, _not_served(tld))


def _listed(tlds: object) -> frozenset[str]:
    """TLDs as they are typed: with or without dots and commas."""
    return frozenset(one.strip(".") for one in str(tlds).lower().replace(",", " ").split())


def _not_served(tld: str) -> str:
    return f".{tld} is not among the TLDs of this registry (setting registrar.epp.tlds)."
