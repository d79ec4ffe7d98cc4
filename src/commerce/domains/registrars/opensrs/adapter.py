"""Domains through OpenSRS: signed XML (domains.md 6).

It knows no keys of attempts and tells names apart by nothing but their name. A renewal names the year it starts from.
Before an order is given again, what came of the first one is looked up here as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
    DsRecord,
    RegistrarCapabilities,
    RegistrarProblem,
    RegistrarResult,
    RegistrarState,
    RegistrationOrder,
)
from commerce.domains.registrars.opensrs import client, orders, responses
from commerce.domains.registrars.opensrs.client import OpenSrsClient, OpenSrsError, OpsAnswer
from commerce.domains.registrars.opensrs.envelope import OpsData
from commerce.domains.registrars.opensrs.holders import OpenSrsHolders
from commerce.domains.registrars.operations import (
    SANDBOX_FIELD,
    RegistrarError,
    check_expiry,
    is_about_code,
    minor_units,
    registrar_operation,
)
from commerce.domains.rules import end_of_term
from commerce.kit import clock
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

CURRENCY = "USD"
"""What its accounts are kept in; no answer says it."""
LANGUAGE = "encoding_type"
"""What it calls the language of a name with letters of its own."""
SEARCH_SECONDS = "6"
SAME_DAY = timedelta(days=1)
"""What two dates of one expiry may differ by, of which we know only the day."""
OVER = (RegistrarState.GONE, RegistrarState.TRANSFER_REFUSED)


class OpenSrsRegistrar(OpenSrsHolders):
    """A reseller's account at OpenSRS, or at its test system."""

    slug: ClassVar[str] = "opensrs"
    name: ClassVar[Text] = "OpenSRS"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField("username", _("Reseller username"), required=True),
        AdapterField(
            "private_key",
            _("API key"),
            help=_("From OpenSRS's control panel under Account settings → API settings"),
            required=True,
            secret=True,
        ),
        SANDBOX_FIELD,
    )
    capabilities: ClassVar[RegistrarCapabilities] = RegistrarCapabilities(
        contacts=True,
        restore=True,
        balance=True,
        ds_records=True,
        cancel_transfer=True,
        verification=True,
    )
    live_address: ClassVar[str] = client.LIVE_ADDRESS
    test_address: ClassVar[str] = client.TEST_ADDRESS

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        address = self.test_address if self.is_sandbox else self.live_address
        self._client = OpenSrsClient(address, settings["username"], settings["private_key"])
        self._passwords: list[str] = []

    def secrets(self) -> list[str]:
        return [*super().secrets(), *self._passwords]

    def _ask(self, action: str, **attributes: Any) -> OpsAnswer:
        return self._client.ask(action, attributes)

    @registrar_operation
    def _check(
        self, label: str, tlds: Sequence[str]
    ) -> Mapping[str, RegistrarResult[Availability]]:
        """A single name is looked up at its registry, with its price; several are searched for in one call."""
        idn.check_idn_languages(label, tlds, LANGUAGE)  # or it could not be ordered
        if len(tlds) == 1:
            return {tlds[0]: RegistrarResult(self._look_up(f"{label}.{tlds[0]}"))}
        found = self._ask(
            "NAME_SUGGEST",
            searchstring=label,
            services=["lookup"],
            tlds=[f".{tld}" for tld in tlds],
            max_wait_time=SEARCH_SECONDS,
        )
        return responses.availabilities(found.attributes, label)

    def _look_up(self, name: str) -> Availability:
        code = self._ask("LOOKUP", domain=name, no_cache="1").code
        if code in (client.TAKEN, client.TAKEN_WAITING):
            return Availability(is_available=False)
        if code != client.AVAILABLE:
            raise ValueError("neither available nor taken")
        try:
            told = self._ask("GET_PRICE", domain=name, period="1", reg_type="new").attributes
        except OpenSrsError as error:
            if error.problem == RegistrarProblem.RETRY:
                raise
            return Availability(is_available=True)  # a price that the account is not shown
        cost = Cost(minor_units(str(told["price"]), CURRENCY), CURRENCY)
        is_premium = str(told.get("is_registry_premium") or "0") not in ("0", "")
        return Availability(is_available=True, is_premium=is_premium, cost=cost)

    @registrar_operation
    def register(self, domain: DomainName, order: RegistrationOrder, *, key: str) -> DomainInfo:
        extra = idn.with_idn_language(domain, order.extra_fields, LANGUAGE)
        asked = self._order_of(domain, order.contacts, extra) | {
            "reg_type": "new",
            "period": str(order.years),
            "custom_nameservers": "1",
            "nameserver_list": orders.nameserver_list(order.nameservers),
            "f_whois_privacy": str(int(order.whois_privacy)),
            "f_lock_domain": "1",
        }
        try:
            made = self._ask("SW_REGISTER", **asked)
        except OpenSrsError as error:
            if error.problem != RegistrarProblem.TAKEN:
                raise
            found = self._owned(domain)  # by an order whose answer was lost
            if found is None:
                raise
            return found
        number = self._accepted(made)
        is_queued = made.code in (client.QUEUED, client.DEFERRED)
        found = None if is_queued else self._if_told(domain)
        if found is not None:
            return replace(found, remote_id=number)
        state = RegistrarState.PENDING if is_queued else RegistrarState.ACTIVE
        return DomainInfo(state=state, remote_id=number)

    def _order_of(
        self, domain: DomainName, contacts: Contacts, extra_fields: Mapping[str, str] | None
    ) -> OpsData:
        profile = orders.profile_of(domain.name, str(self.settings["private_key"]))
        self._passwords.append(profile.password)
        return orders.order_of(domain, contacts, extra_fields, profile)

    def _accepted(self, made: OpsAnswer) -> str:
        """The number of an order that is carried out. One that only waits, such as for money, is taken back, so that it
        cannot be carried out besides a later one.
        """
        number = str(made.attributes.get("id") or made.attributes.get("order_id") or "")
        if str(made.attributes.get("forced_pending") or "0") != "0":
            self._ask("PROCESS_PENDING", order_id=number, command="cancel")
            raise RegistrarError(
                RegistrarProblem.REFUSED,
                f"OpenSRS did not process order {number}, which was cancelled there:"
                " see whether the account has enough funds.",
            )
        return number

    @registrar_operation
    def renew(
        self, domain: DomainName, *, years: int, current_expiry: date, key: str
    ) -> DomainInfo:
        """The year it starts from is OpenSRS's own, once the day is the one that is known here."""
        found = self._need_owned(domain)
        expiry = found.expiry
        if expiry is None:
            raise ValueError("a name without an expiry")
        if expiry + SAME_DAY >= end_of_term(current_expiry, years):
            return found  # done before
        check_expiry(domain, current_expiry, expiry)
        try:
            made = self._ask(
                "RENEW",
                domain=domain.name,
                period=str(years),
                currentexpirationyear=str(expiry.year),
                handle="process",
                auto_renew="0",
            )
        except OpenSrsError as error:
            if error.code != client.ALREADY_RENEWED:
                raise
            return self._need_owned(domain)
        self._accepted(made)
        renewed = self._if_told(domain)
        moved = renewed is not None and renewed.expiry is not None and renewed.expiry > expiry
        return renewed if renewed and moved else DomainInfo(state=RegistrarState.ACTIVE)

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
        """One that is under way is not asked for again, but for one that had the wrong code. Nameservers stay."""
        begun = self._known(domain)
        if begun and begun.state == RegistrarState.TRANSFER_WRONG_CODE:
            self._stop_transfer(domain)
        elif begun and begun.state not in OVER:
            return begun
        asked = self._order_of(domain, contacts, extra_fields) | {
            "reg_type": "transfer",
            "period": "1",
            "auth_info": code,
            "custom_transfer_nameservers": "0",
            "f_lock_domain": "1",
        }
        try:
            made = self._ask("SW_REGISTER", **asked)
        except OpenSrsError as error:
            is_final = error.problem == RegistrarProblem.REFUSED
            if is_final and is_about_code(str(error)):
                raise RegistrarError(RegistrarProblem.WRONG_CODE, str(error)) from error
            raise
        return DomainInfo(state=RegistrarState.PENDING_TRANSFER, remote_id=self._accepted(made))

    def _stop_transfer(self, domain: DomainName) -> None:
        """Whether or not it has ended by itself."""
        try:
            self._cancel(domain)
        except OpenSrsError as error:
            if error.problem == RegistrarProblem.RETRY:
                raise

    def _cancel(self, domain: DomainName) -> None:
        asked = {"domain": domain.name, "reseller": str(self.settings["username"])}
        self._client.ask("CANCEL_TRANSFER", asked, "TRANSFER")

    @registrar_operation
    def info(self, domain: DomainName) -> DomainInfo:
        found = self._known(domain)
        if found is None:
            raise RegistrarError(RegistrarProblem.NOT_FOUND, f"{domain} is none of ours.")
        return found

    def _known(self, domain: DomainName) -> DomainInfo | None:
        """The name, or how the last order stands that should have brought it; nothing if there is none."""
        found = self._owned(domain)
        if found is not None:
            return found
        told = self._ask("GET_ORDERS_BY_DOMAIN", domain=domain.name).attributes
        order = responses.newest_order(told.get("orders") or [])
        state = responses.state_of_order(order) if order else None
        if order is None or state is None:
            return None
        if state == RegistrarState.GONE and self._is_redeemable(domain):
            state = RegistrarState.REDEMPTION
        elif order["type"] == "transfer" and state != RegistrarState.GONE:
            told = self._ask("CHECK_TRANSFER", domain=domain.name, check_status="1").attributes
            state = responses.state_of_transfer(told) or state
        return DomainInfo(state=state, remote_id=str(order["id"]))

    def _owned(self, domain: DomainName) -> DomainInfo | None:
        """The name as the account has it; nothing if it does not."""
        told = self._ask("BELONGS_TO_RSP", domain=domain.name).attributes
        if str(told["belongs_to_rsp"]) != "1":
            return None
        all_info = self._get(domain, "all_info")
        status, privacy = (self._aside(domain, what) for what in ("status", "whois_privacy_state"))
        return responses.domain_info(all_info, status, privacy, clock.now(), domain.remote_id)

    def _need_owned(self, domain: DomainName) -> DomainInfo:
        found = self._owned(domain)
        if found is None:
            raise RegistrarError(RegistrarProblem.NOT_FOUND, f"{domain} is none of ours.")
        return found

    def _if_told(self, domain: DomainName) -> DomainInfo | None:
        """The name after an order that is done, which stays done if nobody tells."""
        try:
            return self._owned(domain)
        except (OSError, ValueError, LookupError, RegistrarError):
            return None

    def _aside(self, domain: DomainName, what: str) -> OpsData:
        """What some registries have nothing to say about."""
        try:
            return self._get(domain, what)
        except OpenSrsError as error:
            if error.problem == RegistrarProblem.RETRY:
                raise
            return {}

    def _is_redeemable(self, domain: DomainName) -> bool:
        today = clock.now().date()
        since = (today - responses.REDEMPTION).isoformat()
        told = self._ask("GET_DELETED_DOMAINS", domain=domain.name, del_from=since).attributes
        return responses.is_redeemable(told.get("del_domains") or [], domain.name, today)

    @registrar_operation
    def set_nameservers(self, domain: DomainName, hosts: Sequence[str]) -> None:
        """Those that the registry does not know yet are made known to it."""
        try:
            self._assign(domain, hosts)
        except OpenSrsError as error:
            if error.problem == RegistrarProblem.RETRY or not responses.is_about_nameserver(
                str(error)
            ):
                raise
            for host in hosts:
                self._make_known(host, domain.tld)
            self._assign(domain, hosts)

    def _assign(self, domain: DomainName, hosts: Sequence[str]) -> None:
        asked = {"domain": domain.name, "op_type": "assign", "assign_ns": list(hosts)}
        self._ask("ADVANCED_UPDATE_NAMESERVERS", **asked)

    def _make_known(self, host: str, tld: str) -> None:
        """Whether or not it is known already: what is still missing is told after it."""
        asked = {"fqdn": host, "tld": f".{tld}", "all": "0"}
        try:
            self._client.ask("REGISTRY_ADD_NS", asked, "NAMESERVER")
        except OpenSrsError as error:
            if error.problem == RegistrarProblem.RETRY:
                raise

    @registrar_operation
    def test(self) -> Cost:
        told = self._client.ask("GET_BALANCE", {}, "BALANCE").attributes
        held = minor_units(str(told.get("hold_balance") or "0"), CURRENCY)
        return Cost(minor_units(str(told["balance"]), CURRENCY) - held, CURRENCY)

    @registrar_operation
    def set_contacts(self, domain: DomainName, contacts: Contacts) -> None:
        roles = orders.roles_of(domain.tld)
        told = self._ask(
            "UPDATE_CONTACTS",
            domain=domain.name,
            types=roles,
            contact_set=orders.contact_set(contacts, roles),
        ).attributes
        one = (told.get("details") or {}).get(domain.name) or {}
        if str(one.get("is_success", "1")) != "1":
            raise OpenSrsError(int(one["response_code"]), str(one.get("response_text") or ""))

    @registrar_operation
    def restore(self, domain: DomainName, *, current_expiry: date, key: str) -> DomainInfo:
        """One that is here already is left as it is."""
        found = self._owned(domain)
        if found is None:
            self._ask("REDEEM", domain=domain.name)
            found = self._if_told(domain)
        return found or DomainInfo(state=RegistrarState.PENDING, remote_id=domain.remote_id)

    @registrar_operation
    def cancel_transfer(self, domain: DomainName) -> None:
        self._cancel(domain)

    @registrar_operation
    def set_ds_records(self, domain: DomainName, records: Sequence[DsRecord]) -> None:
        self._ask("SET_DNSSEC_INFO", domain=domain.name, dnssec=orders.ds_rows(records))
