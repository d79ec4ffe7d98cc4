"""What a registrar does with names at a registry (RFC 5731, 3915, 5910, 8748)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from epptools import Response
from epptools import namespaces as ns
from epptools.exceptions import (
    AuthorizationError,
    CommandException,
    EppException,
    ObjectDoesNotExistError,
    ObjectExistsError,
)
from epptools.frame import Frame

from commerce.domains.registrars.contract import (
    Availability,
    Contacts,
    DomainInfo,
    DomainName,
    DsRecord,
    RegistrarProblem,
    RegistrarState,
    RegistrationOrder,
)
from commerce.domains.registrars.epp import contacts as contact_objects
from commerce.domains.registrars.epp.connection import RegistryClient
from commerce.domains.registrars.epp.idn import language_of
from commerce.domains.registrars.epp.responses import (
    availability_of,
    day_of,
    own_name,
    signers_of,
    sponsor_of,
)
from commerce.domains.registrars.epp.restoring import send_report
from commerce.domains.registrars.epp.session import is_refusal, refusal_text
from commerce.domains.registrars.operations import RegistrarError
from commerce.kit import clock
from commerce.kit.periods import add_months

LOCK = "clientTransferProhibited"
RUNNING = "pending"
WRONG_CODE, NO_MONEY = 2202, 2104
OURS_FOR_DAYS = 7
"""How long a name that exists already can be the one that a lost answer was about."""


class RegistrySession:
    """A registry that we are logged in at."""

    def __init__(
        self,
        client: RegistryClient,
        client_id: str,
        *,
        new_code: str,
        idn_tlds: Collection[str] = (),
    ) -> None:
        """``idn_tlds``: where names with letters of their own need no language."""
        self._client, self._id, self._new_code = client, client_id, new_code
        self._idn_tlds = idn_tlds

    def check(self, names: Sequence[str]) -> dict[str, Availability]:
        """Which of the names that it tells of are free; with the fee, where there is one of their own."""
        for name in names:
            self._language_of(name)
        fee = {"create": 1} if self._extends(ns.FEE) else None
        answer = self._client.domain.check(list(names), fee=fee)
        told = {name: availability_of(answer, name) for name in names}
        return {name: found for name, found in told.items() if found is not None}

    def register(self, name: str, order: RegistrationOrder) -> DomainInfo:
        """Its contacts and nameservers first. A name that exists is ours if a lost answer of ours was about it."""
        try:
            self._prepare_and_create(name, order)
        except ObjectExistsError:
            if not self._is_just_created_by_us(name):
                raise
        return self._told(name) or DomainInfo(state=RegistrarState.PENDING)

    def _is_just_created_by_us(self, name: str) -> bool:
        try:
            found = self._client.domain.info(name)
        except CommandException as error:
            if not is_refusal(error):
                raise
            return False
        created = day_of(found.created_date())
        return (
            {sponsor_of(found), found.created_by()} == {self._id}
            and created is not None
            and (clock.now().date() - created).days <= OURS_FOR_DAYS
        )

    def _prepare_and_create(self, name: str, order: RegistrationOrder) -> None:
        hosts = self._nameservers(order.nameservers)

        language = self._language_of(name)

        def create(objects: dict[str, str]) -> None:
            with self._client.adding(language):
                self._client.domain.create(
                    name,
                    years=order.years,
                    registrant=objects.get("registrant"),
                    contacts={role: objects[role] for role in contact_objects.ROLES if objects},
                    nameservers=hosts,
                    auth_info=self._new_code,
                )

        if contact_objects.keeps_contacts(self._client):
            self._with_contacts(order.contacts, create, is_hidden=order.whois_privacy)
        else:
            create({})

    def _language_of(self, name: str) -> Callable[[Frame], None] | None:
        return language_of(name, self._extends, self._idn_tlds)

    def _with_contacts(
        self, contacts: Contacts, use: Callable[[dict[str, str]], None], *, is_hidden: bool
    ) -> None:
        """Make the objects of the contacts, and use them; once more if somebody deletes one in between, as unused."""
        for is_last in (False, True):
            try:
                made = contact_objects.make_contacts(
                    self._client, self._id, contacts, is_hidden=is_hidden, code=self._new_code
                )
                return use(made)
            except ObjectExistsError:
                raise
            except CommandException as error:
                if is_last or not isinstance(error, ObjectDoesNotExistError):
                    raise _about_parts(error) from error
        return None

    def _told(self, name: str) -> DomainInfo | None:
        """The name as it is now; ``None`` if that is not told, which does not undo what has been done."""
        with suppress(EppException, ValueError):
            return self._own(self._client.domain.info(name))
        return None

    def renew(self, name: str, years: int, current_expiry: date) -> DomainInfo:
        """With the expiry that is known here: sent a second time it is refused, and the name tells why."""
        wanted = add_months(current_expiry, 12 * years)
        try:
            answer = self._client.domain.renew(name, current_expiry.isoformat(), years)
        except CommandException as error:
            if not is_refusal(error) or error.epp_code == NO_MONEY:
                raise
            found = self._client.domain.info(name)
            expiry = day_of(found.expiry_date())
            if sponsor_of(found) != self._id or expiry is None or expiry < wanted:
                raise
            return self._own(found)
        return DomainInfo(state=RegistrarState.ACTIVE, expiry=day_of(answer.expiry_date()))

    def transfer(self, name: str, code: str) -> DomainInfo:
        """Ask for it. One that is under way already, or done, is as good."""
        try:
            self._client.domain.transfer("request", name, code)
        except CommandException as error:
            if not is_refusal(error) or error.epp_code in (WRONG_CODE, NO_MONEY):
                raise
            return self._had_by_us(name, error)
        with suppress(EppException, RegistrarError, ValueError):
            return self._look(DomainName(name, ""))
        return DomainInfo(state=RegistrarState.PENDING_TRANSFER)

    def _had_by_us(self, name: str, error: CommandException) -> DomainInfo:
        """A refused transfer that is under way, or over, for us. Raises the refusal otherwise."""
        try:
            found = self._look(DomainName(name, ""))
        except RegistrarError:
            raise _about_parts(error) from error
        if found.state is RegistrarState.TRANSFER_REFUSED:
            raise error
        return found

    def cancel_transfer(self, name: str) -> None:
        """Withdraw what was asked for."""
        self._client.domain.transfer("cancel", name)

    def info(self, domain: DomainName) -> DomainInfo:
        """Ours, on its way to us, or gone. Raises ``RegistrarError`` for one that was never ours."""
        return self._look(domain)

    def _look(self, domain: DomainName) -> DomainInfo:
        try:
            answer = self._client.domain.info(domain.name)
        except AuthorizationError:
            return self._elsewhere(domain, None)  # not even looked at by others
        if sponsor_of(answer) == self._id:
            return self._own(answer)
        return self._elsewhere(domain, answer.roid())

    def _elsewhere(self, domain: DomainName, roid: str | None) -> DomainInfo:
        transfer = self._newest_transfer(domain.name)
        if transfer.get("requested_by") == self._id:
            status = transfer.get("status", "")
            if status == RUNNING:
                return DomainInfo(state=RegistrarState.PENDING_TRANSFER)
            if not status.endswith("Approved"):
                return DomainInfo(state=RegistrarState.TRANSFER_REFUSED)
        if domain.remote_id and domain.remote_id == (roid or domain.remote_id):
            return DomainInfo(state=RegistrarState.GONE, remote_id=domain.remote_id)
        raise RegistrarError(RegistrarProblem.NOT_FOUND, f"{domain} is at another registrar.")

    def _newest_transfer(self, name: str) -> Mapping[str, str]:
        try:
            return self._client.domain.transfer("query", name).transfer() or {}
        except CommandException as error:
            if not is_refusal(error):
                raise
            return {}

    def _own(self, answer: Response) -> DomainInfo:
        hidden, holder = None, answer.registrant()
        if holder and contact_objects.keeps_contacts(self._client):
            with suppress(CommandException):
                hidden = contact_objects.is_hidden(self._client.contact.info(holder))
        return own_name(answer, clock.now().date(), whois_privacy=hidden)

    def restore(self, name: str) -> DomainInfo:
        """Bring it back, with the report that some registries want; one that is back already is as good.

        Raises ``RegistrarError`` for one that nobody can bring back.
        """
        found = self._ours(name)
        periods = found.rgp_status()
        if "redemptionPeriod" in periods:
            periods = self._client.domain.restore(name).rgp_status()
        if "pendingRestore" in periods:
            send_report(self._client, name, deleted=found)
        info = self._own(self._client.domain.info(name))
        if info.state is RegistrarState.UNKNOWN:
            raise RegistrarError(RegistrarProblem.REFUSED, f"{name} cannot be restored any more.")
        return info

    def set_nameservers(self, name: str, hosts: Sequence[str]) -> None:
        """Send what differs from what the registry has."""
        had, wanted = set(self._ours(name).nameservers()), {host.lower() for host in hosts}
        adds, removes = sorted(wanted - had), sorted(had - wanted)
        if not (adds or removes):
            return
        try:
            self._client.domain.update(
                name,
                add={"ns": self._nameservers(adds)} if adds else None,
                rem={"ns": self._as_objects_or_attributes(removes)} if removes else None,
            )
        except CommandException as error:
            raise _about_parts(error) from error

    def _nameservers(self, hosts: Sequence[str]) -> list[Any]:
        """Nameservers as this registry wants them: objects, which are made if there are none, or attributes."""
        if ns.HOST in self._objects() and hosts:
            try:
                self._make_hosts(hosts)
            except CommandException as error:
                raise _about_parts(error) from error
        return self._as_objects_or_attributes(hosts)

    def _make_hosts(self, hosts: Sequence[str]) -> None:
        known = self._client.host.check(list(hosts)).availability()
        for host in hosts:
            if known.get(host):
                with suppress(ObjectExistsError):
                    self._client.host.create(host)

    def _as_objects_or_attributes(self, hosts: Sequence[str]) -> list[Any]:
        if ns.HOST in self._objects():
            return list(hosts)
        return [{"name": host, "addresses": []} for host in hosts]

    def code_of(self, name: str) -> str:
        """The authorization code; a new one where the registry does not tell it."""
        if code := self._ours(name).auth_info():
            return code
        self._client.domain.update(name, chg={"auth_info": self._new_code})
        return self._new_code

    def set_lock(self, name: str, *, locked: bool) -> None:
        """Forbid transfers, or allow them."""
        is_locked = LOCK in self._ours(name).statuses()
        if is_locked is not locked:
            change = {"statuses": [LOCK]}
            self._client.domain.update(
                name, add=change if locked else None, rem=None if locked else change
            )

    def set_privacy(self, name: str, *, enabled: bool) -> None:
        """Its contacts as they are, shown or hidden."""
        self._check_contacts()
        answer = self._ours(name)
        read: dict[str, Any] = {}
        for role, handle in contact_objects.objects_of(answer).items():
            read[role] = contact_objects.read_contact(self._contact(handle))
        holder = read.get("registrant")
        if holder is None:
            raise RegistrarError(RegistrarProblem.REFUSED, "The registry tells no holder.")
        roles = {role: read.get(role, holder) for role in ("registrant", *contact_objects.ROLES)}
        self._put(name, answer, Contacts(**roles), is_hidden=enabled)

    def set_contacts(self, name: str, contacts: Contacts) -> None:
        """Other people behind it, shown or hidden as those before them."""
        self._check_contacts()
        answer = self._ours(name)
        hidden = self._own(answer).whois_privacy
        self._put(name, answer, contacts, is_hidden=bool(hidden))

    def _put(self, name: str, had: Response, contacts: Contacts, *, is_hidden: bool) -> None:
        def put(wanted: dict[str, str]) -> None:
            contact_objects.put_contacts(self._client, name, had, wanted)

        self._with_contacts(contacts, put, is_hidden=is_hidden)

    def _contact(self, handle: str) -> Response:
        try:
            return self._client.contact.info(handle)
        except CommandException as error:
            raise _about_parts(error) from error

    def _check_contacts(self) -> None:
        if not contact_objects.keeps_contacts(self._client):
            raise RegistrarError(RegistrarProblem.REFUSED, "This registry keeps no contacts.")

    def set_signers(self, name: str, records: Sequence[DsRecord]) -> None:
        """All signers at once: what was there goes in the same command."""
        if not self._extends(ns.SECDNS):
            raise RegistrarError(
                RegistrarProblem.REFUSED, "This registry does not take DS records."
            )
        answer = self._ours(name)
        if signers_of(answer) == set(records) and not answer.key_records():
            return
        change: dict[str, Any] = {}
        if answer.is_signed():
            change["rem_all"] = True
        if records:
            change["add"] = {
                "ds_data": [
                    {
                        "key_tag": one.key_tag,
                        "alg": one.algorithm,
                        "digest_type": one.digest_type,
                        "digest": one.digest,
                    }
                    for one in dict.fromkeys(records)
                ]
            }
        self._client.domain.update(name, sec_dns=change)

    def _ours(self, name: str) -> Response:
        """The name as the registry has it. Raises for one that we do not sponsor."""
        answer = self._client.domain.info(name)
        if sponsor_of(answer) != self._id:
            raise RegistrarError(RegistrarProblem.NOT_FOUND, f"{name} is at another registrar.")
        return answer

    def _objects(self) -> list[str]:
        return self._client.greeting.service_obj_uris() if self._client.greeting else []

    def _extends(self, uri: str) -> bool:
        return bool(self._client.greeting and uri in self._client.greeting.service_ext_uris())


def _about_parts(error: CommandException) -> Exception:
    """That something is missing, or not ours, is a refusal where the name itself is not what is meant."""
    if error.epp_code in (2201, 2302, 2303):
        return RegistrarError(RegistrarProblem.REFUSED, refusal_text(error))
    return error
