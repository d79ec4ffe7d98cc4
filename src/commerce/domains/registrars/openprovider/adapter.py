"""Domains through Openprovider: JSON, with a login (domains.md 6).

Its renewals have no guard of their own: the expiry is compared before. What it refuses has codes without a list, so
that the reason of a refused registration is looked up.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from commerce.domains.registrars import idn_languages as idn
from commerce.domains.registrars.contract import (
    Availability,
    Contacts,
    Cost,
    DomainInfo,
    DomainName,
    RegistrarCapabilities,
    RegistrarProblem,
    RegistrarResult,
    RegistrarState,
    RegistrationOrder,
)
from commerce.domains.registrars.openprovider import asking, client, responses
from commerce.domains.registrars.openprovider.client import (
    OpenproviderClient,
    OpenproviderData,
    OpenproviderError,
)
from commerce.domains.registrars.openprovider.contact_fields import handles_of, kept_of_holder
from commerce.domains.registrars.openprovider.delegation import present_nameservers
from commerce.domains.registrars.openprovider.lists import OpenproviderLists
from commerce.domains.registrars.operations import (
    SANDBOX_FIELD,
    RegistrarError,
    check_expiry,
    is_about_code,
    registrar_operation,
)
from commerce.domains.rules import end_of_term
from commerce.kit import clock
from commerce.kit.remote.http import NOT_UNDERSTOOD
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

MOST_CHECKED = 15
"""Names in one question; more are answered with an error."""
SAME_DAY = timedelta(days=1)
"""What two dates of one expiry may differ by, of which we know only the day."""
SCRIPT = "idn_script"
"""What it calls the language of a name with letters of its own."""


class OpenproviderRegistrar(OpenproviderLists):
    """A reseller's account at Openprovider, or at its test system."""

    slug: ClassVar[str] = "openprovider"
    name: ClassVar[Text] = "Openprovider"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "username",
            _("Username"),
            help=_("User with access to Openprovider's API"),
            required=True,
        ),
        AdapterField("password", _("Password"), required=True, secret=True),
        SANDBOX_FIELD,
    )
    capabilities: ClassVar[RegistrarCapabilities] = RegistrarCapabilities(
        contacts=True, restore=True, price_list=True, balance=True, verification=True
    )
    live_address: ClassVar[str] = client.LIVE_ADDRESS
    test_address: ClassVar[str] = client.TEST_ADDRESS
    resolver_at: ClassVar[tuple[str, int] | None] = None
    """Another resolver than this machine's: for tests."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        address = self.test_address if self.is_sandbox else self.live_address
        self._client = OpenproviderClient(address, settings["username"], settings["password"])

    def secrets(self) -> list[str]:
        return [*super().secrets(), self._client.token]

    @registrar_operation
    def _check(
        self, label: str, tlds: Sequence[str]
    ) -> Mapping[str, RegistrarResult[Availability]]:
        """Names with letters of their own are asked for by the codes that their endings have for a language."""
        found: dict[str, RegistrarResult[Availability]] = {}
        groups: dict[str, list[str]] = {}
        for tld in tlds:
            script = idn.idn_language_at(label, tld) if idn.is_idn(label) else ""
            if idn.is_idn(label) and not script:
                reason = f"The language of {label}.{tld} is not known: it needs {SCRIPT}."
                found[tld] = RegistrarResult(None, RegistrarProblem.REFUSED, reason)
            else:
                groups.setdefault(script, []).append(tld)
        for script, some in groups.items():
            for start in range(0, len(some), MOST_CHECKED):
                found |= self._availabilities(label, some[start : start + MOST_CHECKED], script)
        return found

    def _availabilities(
        self, label: str, tlds: Sequence[str], script: str = ""
    ) -> dict[str, RegistrarResult[Availability]]:
        """One ending that it does not have spoils the question: the others are asked about without it."""
        asked = [{"name": label, "extension": tld} for tld in tlds]
        try:
            told = self._client.ask(
                "POST",
                "/domains/check",
                {
                    "domains": asked,
                    "with_price": True,
                    **({"additional_data": {SCRIPT: script}} if script else {}),
                },
            )
        except OpenproviderError as error:
            if len(tlds) == 1:
                return {tlds[0]: RegistrarResult(None, error.problem, str(error))}
            half = len(tlds) // 2
            return self._availabilities(label, tlds[:half], script) | self._availabilities(
                label, tlds[half:], script
            )
        return responses.availabilities(told["results"], label)

    @registrar_operation
    def register(self, domain: DomainName, order: RegistrationOrder, *, key: str) -> DomainInfo:
        extra = idn.with_idn_language(domain, order.extra_fields, SCRIPT)
        asked = self._order_of(domain, order.contacts, extra) | {
            "period": order.years,
            "name_servers": asking.hosts(order.nameservers),
            "is_private_whois_enabled": order.whois_privacy,
            "comments": responses.REGISTRATION,
        }
        try:
            made = self._client.ask("POST", "/domains", asked)
        except OpenproviderError as error:
            return self._why_refused(domain, error)
        return self._ordered(made, RegistrarState.PENDING)

    def _why_refused(self, domain: DomainName, error: OpenproviderError) -> DomainInfo:
        """A name that a lost order brought is registered, and one that somebody has is taken."""
        row = self._find(domain)
        if row is not None and (row["status"] == "ACT" or row["status"] in responses.UNDER_WAY):
            found = responses.domain_info(row, clock.now())
            if found is not None:
                return found
        script = idn.idn_language_at(domain.label, domain.tld) if idn.is_idn(domain.label) else ""
        free = self._availabilities(domain.label, [domain.tld], script).get(domain.tld)
        if free is not None and free.data is not None and not free.data.is_available:
            raise RegistrarError(RegistrarProblem.TAKEN, str(error)) from error
        raise error

    def _order_of(
        self, domain: DomainName, contacts: Contacts, extra_fields: Mapping[str, str] | None
    ) -> OpenproviderData:
        """What any order says; what a registry asks for besides has Openprovider's names of it."""
        extra = extra_fields or {}
        of_name, of_holder = asking.of_name(extra), asking.of_holder(extra, domain.tld)
        return {
            "domain": asking.name(domain),
            "unit": "y",
            "autorenew": "off",
            **({"additional_data": of_name} if of_name else {}),
            **handles_of(self._client, domain.tld, contacts, of_holder),
        }

    def _ordered(self, made: OpenproviderData, under_way: RegistrarState) -> DomainInfo:
        """An order that was taken; nothing in its answer makes it one that was not."""
        is_done = made.get("status") == "ACT"
        try:
            expiry = responses.expiry_of(made) if is_done else None
        except NOT_UNDERSTOOD:
            expiry = None
        return DomainInfo(
            state=RegistrarState.ACTIVE if is_done else under_way,
            remote_id=str(made.get("id") or ""),
            expiry=expiry,
        )

    @registrar_operation
    def renew(
        self, domain: DomainName, *, years: int, current_expiry: date, key: str
    ) -> DomainInfo:
        """One that ran out lately comes back by being restored, which renews it by the first year."""
        row = self._need(domain)
        found, left = self._left_to_renew(domain, row, current_expiry, years)
        if left and row["status"] == "DEL" and found.state == RegistrarState.EXPIRED:
            self._change("POST", row, "/restore", domain)
            if left == 1:
                return self._if_moved(domain, found)
            row = self._need(domain)
            found, left = self._left_to_renew(domain, row, current_expiry, years)
        if not left:
            return found
        if row["status"] != "ACT":
            is_passing = row["status"] in (*responses.UNDER_WAY, "RRQ")
            raise RegistrarError(
                RegistrarProblem.RETRY if is_passing else RegistrarProblem.REFUSED,
                f"{domain} cannot be renewed now: its status at Openprovider is {row['status']}.",
            )
        self._change("POST", row, "/renew", domain, period=left)
        return self._if_moved(domain, found)

    def _left_to_renew(
        self, domain: DomainName, row: OpenproviderData, current_expiry: date, years: int
    ) -> tuple[DomainInfo, int]:
        """The name, and how many of the years it was not renewed by: part of them after an answer that was lost."""
        found = self._told(domain, row)
        if found.expiry is None:
            raise ValueError("a name without an expiry")
        for done in range(years, 0, -1):
            after = end_of_term(current_expiry, done)
            if abs(found.expiry - after) <= SAME_DAY or (done == years and found.expiry > after):
                return found, years - done
        check_expiry(domain, current_expiry, found.expiry)
        return found, years

    def _if_moved(self, domain: DomainName, before: DomainInfo) -> DomainInfo:
        """The name after a renewal that is done, which stays done if nobody tells of it, or not yet."""
        try:
            found = self._told(domain, self._need(domain))
        except (OSError, RegistrarError, *NOT_UNDERSTOOD):
            found = before
        moved = found.expiry and before.expiry and found.expiry > before.expiry
        state = RegistrarState.ACTIVE
        return found if moved else DomainInfo(state=state, remote_id=before.remote_id)

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
        """One that is under way is not asked for again; one that failed is tried again with the code."""
        row = self._find(domain)
        found = self._info_of(row) if row else None
        if row and found and found.state not in (RegistrarState.GONE, RegistrarState.UNKNOWN):
            if found.state not in (
                RegistrarState.TRANSFER_REFUSED,
                RegistrarState.TRANSFER_WRONG_CODE,
            ):
                return found
            self._sent_code(
                "POST",
                f"{asking.path(row)}/last-operation/restart",
                asking.again(row, domain, code),
            )
            return DomainInfo(state=RegistrarState.PENDING_TRANSFER, remote_id=found.remote_id)
        asked = self._order_of(domain, contacts, extra_fields) | {
            "auth_code": code,
            "name_servers": asking.hosts(present_nameservers(domain, self.resolver_at)),
            "comments": responses.TRANSFER,
        }
        made = self._sent_code("POST", "/domains/transfer", asked)
        return self._ordered(made, RegistrarState.PENDING_TRANSFER)

    def _sent_code(self, method: str, path: str, asked: OpenproviderData) -> OpenproviderData:
        try:
            return self._client.ask(method, path, asked)
        except OpenproviderError as error:
            if is_about_code(str(error)):
                raise RegistrarError(RegistrarProblem.WRONG_CODE, str(error)) from error
            raise

    @registrar_operation
    def info(self, domain: DomainName) -> DomainInfo:
        found = self._info_of(self._need(domain))
        if found is None:
            raise _not_ours(domain)
        return found

    def _info_of(self, row: OpenproviderData) -> DomainInfo | None:
        """The name; of a transfer that stopped also whether its code did."""
        found = responses.domain_info(row, clock.now())
        is_stopped = row["status"] in ("FAI", "PEN") and found is not None
        if is_stopped and responses.is_transfer(row):
            told = self._client.ask("GET", asking.path(row), query={"with_history": "true"})
            if responses.has_wrong_code(told):
                return DomainInfo(
                    state=RegistrarState.TRANSFER_WRONG_CODE, remote_id=str(int(row["id"]))
                )
        return found

    def _find(self, domain: DomainName) -> OpenproviderData | None:
        """Found by the name, which a lost answer leaves us."""
        query = {"full_name": domain.name, "limit": "100"}
        rows = self._client.ask("GET", "/domains", query=query).get("results") or []
        return responses.row_of(rows, domain)

    def _need(self, domain: DomainName) -> OpenproviderData:
        row = self._find(domain)
        if row is None:
            raise _not_ours(domain)
        return row

    def _told(self, domain: DomainName, row: OpenproviderData) -> DomainInfo:
        found = responses.domain_info(row, clock.now())
        if found is None:
            raise _not_ours(domain)
        return found

    def _change(
        self, method: str, row: OpenproviderData, way: str, domain: DomainName, **values: Any
    ) -> OpenproviderData:
        asked = {"id": int(row["id"]), "domain": asking.name(domain), **values}
        return self._client.ask(method, f"{asking.path(row)}{way}", asked)

    def _update(self, domain: DomainName, **values: Any) -> None:
        self._change("PUT", self._need(domain), "", domain, **values)

    @registrar_operation
    def set_nameservers(self, domain: DomainName, hosts: Sequence[str]) -> None:
        self._update(domain, name_servers=asking.hosts(hosts))

    @registrar_operation
    def get_code(self, domain: DomainName) -> str:
        row = self._need(domain)
        told = self._client.ask(
            "GET", f"{asking.path(row)}/authcode", query={"auth_code_type": "external"}
        )
        code = told.get("auth_code")
        if not code:
            raise RegistrarError(
                RegistrarProblem.REFUSED,
                f"Openprovider tells no code of {domain}: its registry may send it to the holder.",
            )
        return str(code)

    @registrar_operation
    def set_lock(self, domain: DomainName, *, locked: bool) -> None:
        self._update(domain, is_locked=locked)

    @registrar_operation
    def set_privacy(self, domain: DomainName, *, enabled: bool) -> None:
        self._update(domain, is_private_whois_enabled=enabled)

    @registrar_operation
    def test(self) -> Cost:
        return responses.balance_of(
            self._client.ask("GET", "/resellers", query={"with_settings": "true"})
        )

    @registrar_operation
    def set_contacts(self, domain: DomainName, contacts: Contacts) -> None:
        """The name gets other customers; those it had may be of other names as well."""
        row = self._need(domain)
        kept = kept_of_holder(self._client, row, contacts.registrant)
        handles = handles_of(self._client, domain.tld, contacts, kept)
        self._change("PUT", row, "", domain, **handles)

    @registrar_operation
    def restore(self, domain: DomainName, *, current_expiry: date, key: str) -> DomainInfo:
        """It is renewed by a year as well. One that is not deleted, or comes back already, is left as it is."""
        row = self._need(domain)
        found = self._told(domain, row)
        if row["status"] == "RRQ":
            return DomainInfo(state=RegistrarState.PENDING, remote_id=found.remote_id)
        if row["status"] != "DEL":
            return found
        made = self._change("POST", row, "/restore", domain)
        is_done = made.get("status") == "ACT"
        pending = DomainInfo(state=RegistrarState.PENDING, remote_id=found.remote_id)
        return self._if_moved(domain, found) if is_done else pending


def _not_ours(domain: DomainName) -> RegistrarError:
    return RegistrarError(RegistrarProblem.NOT_FOUND, f"{domain} is none of ours.")
