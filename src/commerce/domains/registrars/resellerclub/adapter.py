"""Domains through ResellerClub, or another brand of LogicBoxes (domains.md 6).

Registrations and transfers are queued there: ``info`` tells what became of them. Names have an order each, which most
commands want instead of the name.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
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
    DsRecord,
    RegistrarCapabilities,
    RegistrarProblem,
    RegistrarResult,
    RegistrarState,
    RegistrationOrder,
    VerificationInfo,
)
from commerce.domains.registrars.idn_languages import is_idn, needed_idn_language
from commerce.domains.registrars.operations import (
    SANDBOX_FIELD,
    ConnectedRegistrar,
    RegistrarError,
    check_expiry,
    minor_units,
    registrar_operation,
)
from commerce.domains.registrars.resellerclub import contact_fields, responses
from commerce.domains.registrars.resellerclub.client import (
    LIVE_ADDRESS,
    LIVE_CHECK_ADDRESS,
    TEST_ADDRESS,
    ResellerClubClient,
    attributes,
)
from commerce.kit import clock
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

NO_INVOICE = ("invoice-option", "NoInvoice")
NO_AUTO_RENEWAL = ("auto-renew", "false")
"""It is we who say when a name is renewed: otherwise it pays for what nobody has paid."""
NAMES_A_CALL = 5
"""Of several endings in one question: it answers no more of some groups of them."""
_NOT_BOUGHT = re.compile(r"privacy protection not purchased", re.IGNORECASE)
LANGUAGE = "idnLanguageCode"


class ResellerClubRegistrar(ConnectedRegistrar):
    """A reseller's account; orders are made in the name of customers there, one for each holder."""

    slug: ClassVar[str] = "resellerclub"
    name: ClassVar[Text] = "ResellerClub"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "auth_userid",
            _("Reseller ID"),
            help=_("Reseller ID at ResellerClub, a number"),
            required=True,
        ),
        AdapterField(
            "api_key",
            _("API key"),
            help=_("API key of ResellerClub, from its control panel under Settings → API"),
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
    contact_limits: ClassVar[ContactLimits] = ContactLimits(
        lengths={"address1": 64, "address2": 64, "city": 64, "state": 64, "postcode": 10},
        phone_digits=(4, 12),
    )
    live_address: ClassVar[str] = LIVE_ADDRESS
    live_check_address: ClassVar[str] = LIVE_CHECK_ADDRESS
    test_address: ClassVar[str] = TEST_ADDRESS
    """No settings, so that no installation can be led elsewhere: the tests have a class of their own."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        addresses = (self.live_address, self.live_check_address)
        if self.is_sandbox:
            addresses = (self.test_address, self.test_address)
        self._client, self._check_client = (
            ResellerClubClient(address, str(settings["auth_userid"]), str(settings["api_key"]))
            for address in addresses
        )

    @registrar_operation
    def _check(
        self, label: str, tlds: Sequence[str]
    ) -> Mapping[str, RegistrarResult[Availability]]:
        """Names with letters of their own are asked for one by one, each with its language."""
        if is_idn(label):
            return {tld: self._check_idn(label, tld) for tld in tlds}
        found: dict[str, RegistrarResult[Availability]] = {}
        for some in batched(tlds, NAMES_A_CALL, strict=False):
            told = self._check_some(label, some)
            untold: RegistrarResult[Availability] = RegistrarResult(
                None, told.problem, told.message, told.is_silent
            )
            found |= told.data if told.data is not None else dict.fromkeys(some, untold)
        return found

    @registrar_operation
    def _check_some(
        self, label: str, tlds: Sequence[str]
    ) -> Mapping[str, RegistrarResult[Availability]]:
        answer = self._check_client.read(
            "domains/available", ("domain-name", label), *(("tlds", tld) for tld in tlds)
        )
        found = {tld: responses.availability(answer, f"{label}.{tld}") for tld in tlds}
        return {tld: RegistrarResult(told) for tld, told in found.items() if told is not None}

    @registrar_operation
    def _check_idn(self, label: str, tld: str) -> Availability:
        answer = self._check_client.read(
            "domains/idn-available",
            ("domain-name", label),
            ("tld", tld),
            (LANGUAGE, needed_idn_language(label, tld, LANGUAGE)),
        )
        found = responses.availability(answer, f"{label}.{tld}")
        if found is None:
            raise RegistrarError(RegistrarProblem.RETRY, "The registrar did not tell.")
        return found

    @registrar_operation
    def register(self, domain: DomainName, order: RegistrationOrder, *, key: str) -> DomainInfo:
        """Its registry's questions are answered with the contact where that has a kind of its own, else here."""
        extra = dict(order.extra_fields)
        language = extra.pop(LANGUAGE, "")
        if is_idn(domain.label):
            language = language or needed_idn_language(domain.label, domain.tld, LANGUAGE)
        asked = [(LANGUAGE, language)] if language else []
        if domain.tld.rpartition(".")[2] not in contact_fields.CONTACT_TYPES:
            asked += extra.items()
        customer = contact_fields.customer_of(self._client, order.contacts.registrant)
        contacts = contact_fields.contact_ids(
            self._client, customer, order.contacts, domain.tld, list(extra.items())
        )
        made = self._client.change(
            "domains/register",
            ("domain-name", domain.name),
            ("years", str(order.years)),
            *(("ns", host) for host in order.nameservers),
            ("customer-id", customer),
            *contacts,
            NO_INVOICE,
            NO_AUTO_RENEWAL,
            *_privacy(is_wanted=order.whois_privacy),
            *attributes(asked),
        )
        return DomainInfo(state=RegistrarState.PENDING, remote_id=responses.order_id(made))

    @registrar_operation
    def renew(
        self, domain: DomainName, *, years: int, current_expiry: date, key: str
    ) -> DomainInfo:
        """It names the expiry it starts from, so that the same renewal cannot happen twice. A name that has privacy
        renews it as well, or it would end with the former term.
        """
        order = self._order(domain)
        expiry, epoch = responses.expiry_epoch(order)
        check_expiry(domain, current_expiry, expiry)
        is_private = bool(responses.whois_privacy(order))
        self._client.change(
            "domains/renew",
            self._id(order),
            ("years", str(years)),
            ("exp-date", epoch),
            NO_INVOICE,
            NO_AUTO_RENEWAL,
            ("purchase-privacy", str(is_private).lower()),
        )
        return DomainInfo(state=RegistrarState.ACTIVE, remote_id=responses.order_id(order))

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
        """One that is under way is not asked for again; it gets the code if it waits for one."""
        begun = self._begun(domain)
        if begun and begun.state == RegistrarState.TRANSFER_WRONG_CODE:
            self._client.change(
                "domains/transfer/submit-auth-code",
                ("order-id", begun.remote_id),
                ("auth-code", code),
            )
            return DomainInfo(state=RegistrarState.PENDING_TRANSFER, remote_id=begun.remote_id)
        if begun:
            return begun
        if self._client.read("domains/validate-transfer", ("domain-name", domain.name)) is not True:
            raise RegistrarError(RegistrarProblem.REFUSED, f"{domain} cannot be transferred now.")
        extra = list((extra_fields or {}).items())
        customer = contact_fields.customer_of(self._client, contacts.registrant)
        made = self._client.change(
            "domains/transfer",
            ("domain-name", domain.name),
            ("auth-code", code),
            ("customer-id", customer),
            *contact_fields.contact_ids(self._client, customer, contacts, domain.tld, extra),
            NO_INVOICE,
            NO_AUTO_RENEWAL,
            *_privacy(is_wanted=whois_privacy),
        )
        return DomainInfo(state=RegistrarState.PENDING_TRANSFER, remote_id=responses.order_id(made))

    def _begun(self, domain: DomainName) -> DomainInfo | None:
        """Its transfer that is under way, or the name if it is here; none after one that has ended."""
        try:
            found = self._info(domain)
        except RegistrarError as error:
            if error.problem == RegistrarProblem.NOT_FOUND:
                return None
            raise
        over = (RegistrarState.GONE, RegistrarState.TRANSFER_REFUSED)
        return None if found.state in over else found

    @registrar_operation
    def info(self, domain: DomainName) -> DomainInfo:
        return self._info(domain)

    def _info(self, domain: DomainName) -> DomainInfo:
        return responses.domain_info(self._order(domain), clock.now().date())

    def _order(self, domain: DomainName) -> responses.OrderData:
        """Found by the name, which a lost answer leaves us."""
        found: responses.OrderData = self._client.read(
            "domains/details-by-name", ("domain-name", domain.name), ("options", "All")
        )
        if str(found["domainname"]).lower() != domain.name:
            raise ValueError("the answer is of another name")
        return found

    def _id(self, order: responses.OrderData) -> tuple[str, str]:
        return ("order-id", responses.order_id(order))

    @registrar_operation
    def set_nameservers(self, domain: DomainName, hosts: Sequence[str]) -> None:
        order = self._order(domain)
        if responses.nameservers(order) != tuple(hosts):  # it refuses those that it has
            self._client.change(
                "domains/modify-ns", self._id(order), *(("ns", host) for host in hosts)
            )

    @registrar_operation
    def get_code(self, domain: DomainName) -> str:
        code = str(self._order(domain).get("domsecret") or "")
        if not code:
            raise RegistrarError(RegistrarProblem.REFUSED, f"There is no code of {domain}.")
        return code

    @registrar_operation
    def set_lock(self, domain: DomainName, *, locked: bool) -> None:
        order = self._order(domain)
        if responses.is_locked(order) != locked:
            command = "enable" if locked else "disable"
            self._client.change(f"domains/{command}-theft-protection", self._id(order))

    @registrar_operation
    def set_privacy(self, domain: DomainName, *, enabled: bool) -> None:
        """It is bought first where it is not: the registrar says so."""
        order = self._order(domain)
        if responses.whois_privacy(order) == enabled:
            return
        try:
            self._switch_privacy(order, enabled=enabled)
        except RegistrarError as error:
            if not enabled or not _NOT_BOUGHT.search(str(error)):
                raise
            self._client.change("domains/purchase-privacy", self._id(order), NO_INVOICE)
            self._switch_privacy(order, enabled=True)

    def _switch_privacy(self, order: responses.OrderData, *, enabled: bool) -> None:
        self._client.change(
            "domains/modify-privacy-protection",
            self._id(order),
            ("protect-privacy", str(enabled).lower()),
            ("reason", "Asked for by the holder"),
        )

    @registrar_operation
    def test(self) -> Cost:
        told = self._client.read(
            "billing/reseller-balance", ("reseller-id", str(self.settings["auth_userid"]))
        )
        currency = str(told["sellingcurrencysymbol"])
        return Cost(minor_units(str(told["sellingcurrencybalance"]), currency), currency)

    @registrar_operation
    def set_contacts(self, domain: DomainName, contacts: Contacts) -> None:
        """Contacts cannot be changed there: the name gets others."""
        order = self._order(domain)
        customer = str(int(order["customerid"]))
        ids = contact_fields.contact_ids(self._client, customer, contacts, domain.tld)
        self._client.change("domains/modify-contact", self._id(order), *ids)

    @registrar_operation
    def restore(self, domain: DomainName, *, current_expiry: date, key: str) -> DomainInfo:
        """Queued there, with a year; one that is under way, or over, is not asked for again."""
        order = self._order(domain)
        found = responses.domain_info(order, clock.now().date())
        if found.state != RegistrarState.REDEMPTION:
            return found
        if not responses.is_being_restored(order):
            self._client.change("domains/restore", self._id(order), NO_INVOICE)
        return DomainInfo(state=RegistrarState.PENDING, remote_id=found.remote_id)

    @registrar_operation
    def verification(self, domain: DomainName) -> VerificationInfo:
        return responses.verification(self._order(domain))

    @registrar_operation
    def resend_verification(self, domain: DomainName) -> None:
        order_id = self._id(self._order(domain))
        if self._client.change("domains/raa/resend-verification", order_id) is False:
            raise RegistrarError(RegistrarProblem.REFUSED, "ResellerClub did not send it.")

    @registrar_operation
    def cancel_transfer(self, domain: DomainName) -> None:
        self._client.change("domains/cancel-transfer", self._id(self._order(domain)))

    @registrar_operation
    def set_ds_records(self, domain: DomainName, records: Sequence[DsRecord]) -> None:
        """Each is added and taken away by itself: the new ones first, so that the name is never without one."""
        order = self._order(domain)
        there, wanted = responses.ds_records(order), set(records)
        for command, rows in (("add", wanted - there), ("del", there - wanted)):
            for row in sorted(rows, key=lambda each: (each.key_tag, each.digest_type)):
                self._client.change(
                    f"domains/{command}-dnssec", self._id(order), *attributes(_written(row))
                )


def _privacy(*, is_wanted: bool) -> list[tuple[str, str]]:
    """Hiding the holder is a service that is bought as well as switched on."""
    value = str(is_wanted).lower()
    return [("protect-privacy", value), ("purchase-privacy", value)]


def _written(record: DsRecord) -> list[tuple[str, str]]:
    return [
        ("keytag", str(record.key_tag)),
        ("algorithm", str(record.algorithm)),
        ("digesttype", str(record.digest_type)),
        ("digest", record.digest),
    ]
