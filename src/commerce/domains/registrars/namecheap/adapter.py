"""Domains through Namecheap (domains.md 6). Its API has no authorization codes, and no word for redemption."""

import base64
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import batched
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from commerce.domains.registrars.contract import (
    Availability,
    ContactLimits,
    Contacts,
    Cost,
    DomainInfo,
    DomainName,
    RegistrarCapabilities,
    RegistrarProblem,
    RegistrarResult,
    RegistrarState,
    RegistrationOrder,
    TldCost,
)
from commerce.domains.registrars.idn_languages import idn_language, is_idn
from commerce.domains.registrars.namecheap import responses
from commerce.domains.registrars.namecheap.client import (
    LIVE_ADDRESS,
    TEST_ADDRESS,
    NamecheapClient,
    check_done,
    required_element,
)
from commerce.domains.registrars.operations import (
    SANDBOX_FIELD,
    ConnectedRegistrar,
    RegistrarError,
    check_expiry,
    minor_units,
    registrar_operation,
)
from commerce.kit import clock
from commerce.kit.remote.http import NOT_UNDERSTOOD
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

NAMES_A_CALL = 50
GRACE = timedelta(days=27)
"""After its expiry a name is still renewed at the price of a renewal."""


class NamecheapRegistrar(ConnectedRegistrar):
    """An account with access to the API from one address."""

    slug: ClassVar[str] = "namecheap"
    name: ClassVar[Text] = "Namecheap"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField("api_user", _("Username"), help=_("Username at Namecheap"), required=True),
        AdapterField(
            "api_key",
            _("API key"),
            help=_("API key of Namecheap, from Profile → Tools → API access"),
            required=True,
            secret=True,
        ),
        AdapterField(
            "client_ip",
            _("Server address"),
            help=_("IPv4 address of this server, which must be on Namecheap's allowlist"),
            required=True,
        ),
        SANDBOX_FIELD,
    )
    capabilities: ClassVar[RegistrarCapabilities] = RegistrarCapabilities(
        code=False,
        contacts=True,
        restore=True,
        price_list=True,
        balance=True,
        renewal_delay_seconds=3600,
    )
    contact_limits: ClassVar[ContactLimits] = ContactLimits(
        lengths={"city": 50, "state": 50, "postcode": 16}
    )
    live_address: ClassVar[str] = LIVE_ADDRESS
    test_address: ClassVar[str] = TEST_ADDRESS
    """No settings, so that no installation can be led elsewhere: the tests have a class of their own."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        address = self.test_address if self.is_sandbox else self.live_address
        given = (str(settings[name]) for name in ("api_user", "api_key", "client_ip"))
        self._client = NamecheapClient(address, *given)

    @registrar_operation
    def _check(
        self, label: str, tlds: Sequence[str]
    ) -> Mapping[str, RegistrarResult[Availability]]:
        found = {}
        for some in batched(tlds, NAMES_A_CALL, strict=False):
            names = ",".join(f"{label}.{tld}" for tld in some)
            response = self._client.ask("domains.check", {"DomainList": names})
            for each in response.findall("{*}DomainCheckResult"):
                tld = str(each.get("Domain")).lower().removeprefix(f"{label}.")
                found[tld] = responses.availability(each)
        return found

    @registrar_operation
    def register(self, domain: DomainName, order: RegistrationOrder, *, key: str) -> DomainInfo:
        """What its registry asks for besides goes along under the names that Namecheap has for it."""
        fields = {
            **order.extra_fields,
            **self._language(domain, order.extra_fields),
            "DomainName": domain.name,
            "Years": str(order.years),
            "Nameservers": ",".join(order.nameservers),
            "AddFreeWhoisguard": "yes",  # it is free, and without it nothing can be hidden later
            "WGEnabled": _yes_no(is_on=order.whois_privacy),
            **responses.contact_fields(order.contacts),
        }
        made = check_done(
            self._client.ask("domains.create", fields), "DomainCreateResult", "Registered"
        )
        is_queued = responses.flag(made.get("NonRealTimeDomain"))
        return DomainInfo(
            state=RegistrarState.PENDING if is_queued else RegistrarState.ACTIVE,
            remote_id=str(int(made.get("DomainID"))),
        )

    def _language(self, domain: DomainName, extra_fields: Mapping[str, str]) -> dict[str, str]:
        if not is_idn(domain.label) or extra_fields.get("IdnCode"):
            return {}
        if code := idn_language(domain.label):
            return {"IdnCode": code}
        raise RegistrarError(
            RegistrarProblem.REFUSED, f"The language of {domain} is not known: it needs IdnCode."
        )

    @registrar_operation
    def renew(
        self, domain: DomainName, *, years: int, current_expiry: date, key: str
    ) -> DomainInfo:
        """Nothing there keeps it from happening twice: the expiry is compared before, and told from after."""
        before = self._domain(domain)
        expiry = before.expiry
        if expiry is None:
            raise ValueError("no expiry")
        check_expiry(domain, current_expiry, expiry)
        if before.state == RegistrarState.EXPIRED:
            self._check_grace(domain, expiry)
            self._reactivate(domain, years)
        else:
            sent = {"DomainName": domain.name, "Years": str(years)}
            check_done(self._client.ask("domains.renew", sent), "DomainRenewResult", "Renew")
        return self._moved(domain, expiry)

    def _check_grace(self, domain: DomainName, expiry: date) -> None:
        """Later, the same command restores it, for a fee that nobody was asked for."""
        if self._today() - expiry > GRACE:
            raise RegistrarError(
                RegistrarProblem.REFUSED,
                f"{domain} expired on {expiry}: to renew it now may cost its restoration.",
            )

    def _reactivate(self, domain: DomainName, years: int) -> None:
        sent = {"DomainName": domain.name, "YearsToAdd": str(years)}
        response = self._client.ask("domains.reactivate", sent)
        check_done(response, "DomainReactivateResult", "IsSuccess")

    def _moved(self, domain: DomainName, before: date) -> DomainInfo:
        """How it stands after it was paid for; where that cannot be told yet, it was done all the same."""
        done = DomainInfo(state=RegistrarState.ACTIVE)
        try:
            found = self._domain(domain)
        except (RegistrarError, OSError, *NOT_UNDERSTOOD):
            return done
        return done if found.expiry == before else found

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
        """One that is under way is not asked for again. A code cannot be changed there: another one begins another
        transfer. Contacts stay as they are until they are changed.
        """
        under_way = self._transfer(domain)
        if under_way and under_way.state == RegistrarState.PENDING_TRANSFER:
            return under_way
        sent = {
            "DomainName": domain.name,
            "Years": "1",
            "EPPCode": _code(code),
            "AddFreeWhoisguard": "yes",
            "WGEnable": _yes_no(is_on=whois_privacy),  # not called as in a registration
        }
        response = self._client.ask("domains.transfer.create", {**(extra_fields or {}), **sent})
        made = check_done(response, "DomainTransferCreateResult", "Transfer")
        return DomainInfo(
            state=RegistrarState.PENDING_TRANSFER, remote_id=str(int(made.get("TransferID")))
        )

    @registrar_operation
    def info(self, domain: DomainName) -> DomainInfo:
        try:
            return self._domain(domain)
        except RegistrarError as error:
            if error.problem != RegistrarProblem.NOT_FOUND:
                raise
            if transfer := self._transfer(domain):
                return transfer
            raise

    def _domain(self, domain: DomainName) -> DomainInfo:
        """One in the account; its lock is told by another call, and unknown where that is refused."""
        sent = {"DomainName": domain.name}
        result = self._result(domain)
        try:
            response = self._client.ask("domains.getRegistrarLock", sent)
            told = required_element(response, "DomainGetRegistrarLockResult").get(
                "RegistrarLockStatus"
            )
        except RegistrarError:
            told = None
        return responses.domain_info(result, self._today(), is_locked=responses.flag(told))

    def _result(self, domain: DomainName) -> Any:
        response = self._client.ask("domains.getInfo", {"DomainName": domain.name})
        result = required_element(response, "DomainGetInfoResult")
        if str(result.get("DomainName")).lower() != domain.name:
            raise ValueError("the answer is of another name")
        if responses.flag(result.get("IsOwner")) is False:
            raise RegistrarError(RegistrarProblem.NOT_FOUND, f"{domain} is another account's.")
        return result

    def _transfer(self, domain: DomainName) -> DomainInfo | None:
        sent = {"ListType": "ALL", "SearchTerm": domain.name, "PageSize": "100"}
        response = self._client.ask("domains.transfer.getList", sent)
        rows = response.iter("{*}Transfer")
        return responses.transfer_info(rows, domain.name, self._today())

    def _today(self) -> date:
        return clock.now().date()

    @registrar_operation
    def set_nameservers(self, domain: DomainName, hosts: Sequence[str]) -> None:
        sent = {"SLD": domain.label, "TLD": domain.tld, "Nameservers": ",".join(hosts)}
        response = self._client.ask("domains.dns.setCustom", sent)
        check_done(response, "DomainDNSSetCustomResult", "Updated")

    @registrar_operation
    def get_code(self, domain: DomainName) -> str:
        raise RegistrarError(
            RegistrarProblem.REFUSED, f"Namecheap tells the code of {domain} on its own pages only."
        )

    @registrar_operation
    def set_lock(self, domain: DomainName, *, locked: bool) -> None:
        sent = {"DomainName": domain.name, "LockAction": "LOCK" if locked else "UNLOCK"}
        response = self._client.ask("domains.setRegistrarLock", sent)
        check_done(response, "DomainSetRegistrarLockResult", "IsSuccess")

    @registrar_operation
    def set_privacy(self, domain: DomainName, *, enabled: bool) -> None:
        """A service of its own, with a number; mail to its address goes to the registrant."""
        privacy = self._result(domain).find("{*}Whoisguard")
        number = (None if privacy is None else privacy.findtext("{*}ID")) or "0"
        is_on = privacy is not None and responses.flag(privacy.get("Enabled"))
        if number == "0" and enabled:
            number = self._allot_privacy(domain)
        if number == "0" or is_on == enabled:
            return  # nothing hides the holder
        sent = {"WhoisguardID": number}
        if enabled:
            sent["ForwardedToEmail"] = self._registrant_email(domain)
        response = self._client.ask(f"whoisguard.{'enable' if enabled else 'disable'}", sent)
        check_done(response, f"Whoisguard{'Enable' if enabled else 'Disable'}Result", "IsSuccess")

    def _allot_privacy(self, domain: DomainName) -> str:
        """A name that was registered without the service gets a free one of the account; none can be bought here."""
        listed = self._client.ask("whoisguard.getList", {"ListType": "FREE", "PageSize": "100"})
        number = responses.free_privacy(
            required_element(listed, "WhoisguardGetListResult"), clock.now().date()
        )
        if not number:
            raise RegistrarError(
                RegistrarProblem.REFUSED,
                f"{domain} has no privacy service at Namecheap, and the account has none to give it: add one on"
                " Namecheap's pages.",
            )
        sent = {"WhoisguardId": number, "DomainName": domain.name, "EnableWG": "False"}
        check_done(self._client.ask("whoisguard.allot", sent), "WhoisguardAllotResult", "IsSuccess")
        return number

    def _registrant_email(self, domain: DomainName) -> str:
        response = self._client.ask("domains.getContacts", {"DomainName": domain.name})
        told = required_element(response, "DomainContactsResult").findtext(
            "{*}Registrant/{*}EmailAddress"
        )
        if not told:
            raise ValueError("no e-mail address")
        return str(told)

    @registrar_operation
    def test(self) -> Cost:
        response = self._client.ask("users.getBalances")
        told = required_element(response, "UserGetBalancesResult")
        currency = str(told.get("Currency"))
        return Cost(minor_units(told.get("AvailableBalance"), currency), currency)

    @registrar_operation
    def set_contacts(self, domain: DomainName, contacts: Contacts) -> None:
        sent = {"DomainName": domain.name, **responses.contact_fields(contacts)}
        response = self._client.ask("domains.setContacts", sent)
        check_done(response, "DomainSetContactResult", "IsSuccess")

    @registrar_operation
    def restore(self, domain: DomainName, *, current_expiry: date, key: str) -> DomainInfo:
        """With a year; one that has not expired any more is left as it is."""
        before = self._domain(domain)
        if before.state != RegistrarState.EXPIRED:
            return before
        self._reactivate(domain, 1)
        return self._moved(domain, before.expiry or current_expiry)

    @registrar_operation
    def price_list(self) -> Sequence[TldCost]:
        asked = {"ProductType": "DOMAIN", "ProductCategory": "DOMAINS"}
        return responses.tld_costs(
            {
                name: responses.yearly_costs(
                    self._client.ask("users.getPricing", {**asked, "ActionName": action})
                )
                for action, name in responses.ACTIONS.items()
            }
        )


def _yes_no(*, is_on: bool) -> str:
    return "yes" if is_on else "no"


def _code(code: str) -> str:
    """An authorization code as it is taken: one with other signs than letters and digits in base64."""
    if code.isascii() and code.isalnum():
        return code
    return "base64:" + base64.b64encode(code.encode()).decode()
