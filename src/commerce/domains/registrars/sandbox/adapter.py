"""The registrar "Sandbox": a registrar in this process, for the demo alone. Nothing that it does is real.

It does all that a registrar can do, remembers it, and lives in a world with rules (``domains/sandbox/``), so that each
thing that can happen to a name can be tried: docs/operations.md says how.
"""

import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, ClassVar

from django.conf import settings as django_settings
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
    RegistrarMessage,
    RegistrarProblem,
    RegistrarResult,
    RegistrarState,
    RegistrationOrder,
    TldCost,
    VerificationInfo,
)
from commerce.domains.rules import VerificationState, end_of_term
from commerce.domains.sandbox import sample_names
from commerce.domains.sandbox.store import (
    SLUG,
    SandboxBooks,
    SandboxName,
    business_today,
    open_books,
)
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

ARRIVES_AFTER = timedelta(minutes=2)
"""How long a transfer takes, and a registration that is slow."""

_CAN = RegistrarCapabilities(
    contacts=True,
    restore=True,
    price_list=True,
    balance=True,
    ds_records=True,
    cancel_transfer=True,
    verification=True,
)


class _Refusal(Exception):
    """An operation that the sandbox does not carry out, and why."""

    def __init__(self, problem: RegistrarProblem, message: str) -> None:
        super().__init__(message)
        self.problem = problem


class SandboxRegistrar:
    """Registers, renews, transfers and restores names of a made-up world, against a made-up deposit."""

    slug: ClassVar[str] = SLUG
    name: ClassVar[Text] = _("Sandbox")
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "deposit",
            _("Deposit"),
            help=_("What names are paid from, in US dollars. Raise it to top up."),
            default="1000.00",
            is_of_account=False,
        ),
        AdapterField(
            "outage",
            _("Outage"),
            kind="switch",
            help=_("Leave every call unanswered, as if the registrar were down."),
            is_of_account=False,
        ),
        AdapterField(
            "lose_answers",
            _("Lost answers"),
            kind="switch",
            help=_("Carry out orders, but lose the answers."),
            is_of_account=False,
        ),
    )
    capabilities: ClassVar[RegistrarCapabilities] = _CAN
    contact_limits: ClassVar[ContactLimits] = ContactLimits()

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        # Whoever asks it may do so in threads, which have no business with our database.
        self.today = business_today()

    @property
    def is_sandbox(self) -> bool:
        return True

    def check_one(self, label: str, tld: str) -> RegistrarResult[Availability]:
        domain = DomainName(f"{label}.{tld}", tld)

        def check(books: SandboxBooks) -> Availability:
            premium = sample_names.is_premium(domain)
            free = books.find(domain.name) is None and not sample_names.is_taken(domain)
            cost = Cost(sample_names.cost_of(tld, self.today).register or 0, sample_names.CURRENCY)
            return Availability(free, premium, sample_names.PREMIUM_COST if premium else cost)

        return self._call(check)

    def check_bulk(
        self, label: str, tlds: Sequence[str]
    ) -> Mapping[str, RegistrarResult[Availability]]:
        return {tld: self.check_one(label, tld) for tld in tlds}

    def register(
        self, domain: DomainName, order: RegistrationOrder, *, key: str
    ) -> RegistrarResult[DomainInfo]:
        def register(books: SandboxBooks) -> DomainInfo:
            if books.is_done(key):
                return _info(_ours(books, domain), self.today)
            if books.find(domain.name) or sample_names.is_taken(domain):
                raise _Refusal(RegistrarProblem.TAKEN, f"{domain} is taken.")
            if sample_names.is_premium(domain):
                raise _Refusal(RegistrarProblem.REFUSED, f"{domain} is a premium name.")
            slow = domain.label.startswith("slow")
            made = SandboxName(
                name=domain.name,
                remote_id=f"sb-{secrets.token_hex(5)}",
                registered=self.today,
                expires=end_of_term(self.today, order.years),
                ready_at=clock.now() + ARRIVES_AFTER if slow else None,
                whois_privacy=order.whois_privacy,
                nameservers=list(order.nameservers),
                contacts=asdict(order.contacts),
                extra_fields=dict(order.extra_fields),
                code=secrets.token_urlsafe(9),
            )
            cost = sample_names.cost_of(domain.tld, self.today)
            self._charge(books, key, f"register {domain}", (cost.register or 0) * order.years)
            books.save(made)
            return _info(made, self.today)

        return self._order(register)

    def renew(
        self, domain: DomainName, *, years: int, current_expiry: date, key: str
    ) -> RegistrarResult[DomainInfo]:
        def renew(books: SandboxBooks) -> DomainInfo:
            found = _ours(books, domain)
            if books.is_done(key):
                return _info(found, self.today)
            if found.state(self.today) not in (RegistrarState.ACTIVE, RegistrarState.EXPIRED):
                raise _Refusal(RegistrarProblem.REFUSED, f"{domain} can't be renewed now.")
            if found.expires != current_expiry:
                raise _Refusal(RegistrarProblem.REFUSED, f"{domain} expires on {found.expires}.")
            found.expires = end_of_term(found.expires, years)
            if found.expires > end_of_term(self.today, 10):
                raise _Refusal(RegistrarProblem.REFUSED, "More than 10 years aren't possible.")
            cost = sample_names.cost_of(domain.tld, self.today)
            self._charge(books, key, f"renew {domain}", (cost.renew or 0) * years)
            books.save(found)
            return _info(found, self.today)

        return self._order(renew)

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
        def transfer(books: SandboxBooks) -> DomainInfo:
            found = books.find(domain.name)
            if found and (
                books.is_done(key) or found.state(self.today) == RegistrarState.PENDING_TRANSFER
            ):
                return _info(found, self.today)
            if found and found.state(self.today) != RegistrarState.TRANSFER_REFUSED:
                raise _Refusal(RegistrarProblem.REFUSED, f"{domain} is here already.")
            _check_can_leave(domain, code, self.today)
            coming = SandboxName(
                name=domain.name,
                remote_id=f"sb-{secrets.token_hex(5)}",
                registered=sample_names.registered_there(domain, self.today),
                expires=end_of_term(sample_names.expiry_there(domain, self.today), 1),
                arrival="refused" if code.startswith("refuse") else "transferred",
                ready_at=clock.now() + ARRIVES_AFTER,
                nameservers=list(sample_names.NAMESERVERS_THERE),
                contacts=asdict(contacts),
                extra_fields=dict(extra_fields or {}),
                code=secrets.token_urlsafe(9),
            )
            cost = sample_names.cost_of(domain.tld, self.today)
            self._charge(books, key, f"transfer {domain}", cost.transfer or 0)
            books.save(coming)
            return _info(coming, self.today)

        return self._order(transfer)

    def info(self, domain: DomainName) -> RegistrarResult[DomainInfo]:
        return self._call(lambda books: _info(_ours(books, domain), self.today))

    def set_nameservers(self, domain: DomainName, hosts: Sequence[str]) -> RegistrarResult[None]:
        return self._change(domain, nameservers=list(hosts))

    def get_code(self, domain: DomainName) -> RegistrarResult[str]:
        def show(books: SandboxBooks) -> str:
            found = _ours(books, domain)
            if found.is_locked:
                raise _Refusal(RegistrarProblem.REFUSED, f"{domain} is locked.")
            return found.code

        return self._call(show)

    def set_lock(self, domain: DomainName, *, locked: bool) -> RegistrarResult[None]:
        return self._change(domain, is_locked=locked)

    def set_privacy(self, domain: DomainName, *, enabled: bool) -> RegistrarResult[None]:
        return self._change(domain, whois_privacy=enabled)

    def test(self) -> RegistrarResult[Cost]:
        return self._call(lambda books: Cost(self._balance(books), sample_names.CURRENCY))

    def set_contacts(self, domain: DomainName, contacts: Contacts) -> RegistrarResult[None]:
        return self._change(domain, contacts=asdict(contacts))

    def restore(
        self, domain: DomainName, *, current_expiry: date, key: str
    ) -> RegistrarResult[DomainInfo]:
        def restore(books: SandboxBooks) -> DomainInfo:
            found = _ours(books, domain)
            if books.is_done(key):
                return _info(found, self.today)
            if found.state(self.today) != RegistrarState.REDEMPTION:
                raise _Refusal(RegistrarProblem.REFUSED, f"{domain} isn't in redemption.")
            found.expires = end_of_term(found.expires, 1)
            cost = sample_names.cost_of(domain.tld, self.today)
            amount = (cost.restore or 0) + (cost.renew or 0)
            self._charge(books, key, f"restore {domain}", amount)
            books.save(found)
            return _info(found, self.today)

        return self._order(restore)

    def cancel_transfer(self, domain: DomainName) -> RegistrarResult[None]:
        def cancel(books: SandboxBooks) -> None:
            if _ours(books, domain).state(self.today) != RegistrarState.PENDING_TRANSFER:
                raise _Refusal(RegistrarProblem.REFUSED, f"{domain} isn't being transferred.")
            books.delete(domain.name)

        return self._call(cancel)

    def verification(self, domain: DomainName) -> RegistrarResult[VerificationInfo]:
        """Holders of names that begin with "unconfirmed" never answer."""

        def look(books: SandboxBooks) -> VerificationInfo:
            record = _ours(books, domain)
            if not domain.name.startswith("unconfirmed"):
                return VerificationInfo(state=VerificationState.VERIFIED)
            last_day = record.registered + timedelta(days=15)
            is_late = self.today > last_day
            state = VerificationState.SUSPENDED if is_late else VerificationState.PENDING
            return VerificationInfo(state=state, last_day=last_day)

        return self._call(look)

    def resend_verification(self, domain: DomainName) -> RegistrarResult[None]:
        def send(books: SandboxBooks) -> None:
            _ours(books, domain)

        return self._call(send)

    def read_messages(self, keep: Callable[[RegistrarMessage], None]) -> RegistrarResult[int]:
        """It leaves none."""
        del keep
        return self._call(lambda _books: 0)

    def price_list(self) -> RegistrarResult[Sequence[TldCost]]:
        return self._call(
            lambda _: [sample_names.cost_of(tld, self.today) for tld in sample_names.COSTS]
        )

    def set_ds_records(
        self, domain: DomainName, records: Sequence[DsRecord]
    ) -> RegistrarResult[None]:
        return self._change(domain, ds_records=[asdict(record) for record in records])

    def _change(self, domain: DomainName, **values: Any) -> RegistrarResult[None]:
        def change(books: SandboxBooks) -> None:
            found = _ours(books, domain)
            if found.state(self.today) not in (RegistrarState.ACTIVE, RegistrarState.EXPIRED):
                raise _Refusal(RegistrarProblem.REFUSED, f"{domain} can't be changed now.")
            for name, value in values.items():
                setattr(found, name, value)
            books.save(found)

        return self._call(change)

    def _order[T](self, carry_out: Callable[[SandboxBooks], T]) -> RegistrarResult[T]:
        """An operation that costs money: also its answer can be lost."""
        result = self._call(carry_out)
        return _silence() if result.ok and self.settings["lose_answers"] else result

    def _call[T](self, carry_out: Callable[[SandboxBooks], T]) -> RegistrarResult[T]:
        if not django_settings.COMMERCE_DEMO:
            return RegistrarResult(
                None, RegistrarProblem.REFUSED, "The sandbox is only available in a demo."
            )
        if self.settings["outage"]:
            return _silence()
        try:
            with open_books(self.today) as books:
                return RegistrarResult(carry_out(books))
        except _Refusal as refusal:
            return RegistrarResult(None, refusal.problem, str(refusal))
        except sqlite3.Error as error:
            return RegistrarResult(None, RegistrarProblem.RETRY, f"No answer: {error}")

    def _charge(self, books: SandboxBooks, key: str, what: str, amount: int) -> None:
        if amount > (balance := self._balance(books)):
            left = Money(max(balance, 0), sample_names.CURRENCY)
            raise _Refusal(
                RegistrarProblem.REFUSED, f"The balance of {left} doesn't cover it. Top it up."
            )
        books.charge(key, what, amount)

    def _balance(self, books: SandboxBooks) -> int:
        try:
            deposit = parse_amount(self.settings["deposit"], sample_names.CURRENCY)
        except (BusinessError, ValueError) as error:
            raise _Refusal(RegistrarProblem.AUTH, "The deposit isn't an amount.") from error
        return deposit - books.charged()


def _ours(books: SandboxBooks, domain: DomainName) -> SandboxName:
    found = books.find(domain.name)
    if found is None:
        raise _Refusal(RegistrarProblem.NOT_FOUND, f"{domain} isn't here.")
    return found


def _check_can_leave(domain: DomainName, code: str, today: date) -> None:
    """What the other registrar says to a transfer."""
    if not sample_names.is_taken(domain):
        raise _Refusal(RegistrarProblem.REFUSED, f"{domain} isn't registered.")
    if sample_names.is_locked_there(domain):
        raise _Refusal(RegistrarProblem.REFUSED, f"{domain} is locked at its registrar.")
    if sample_names.registered_there(domain, today) > today - timedelta(days=60):
        raise _Refusal(RegistrarProblem.REFUSED, f"{domain} was registered within 60 days.")
    if not code or code.startswith("wrong"):
        raise _Refusal(RegistrarProblem.WRONG_CODE, "The authorization code is wrong.")


def _info(record: SandboxName, today: date) -> DomainInfo:
    state = record.state(today)
    if state in (
        RegistrarState.PENDING,
        RegistrarState.PENDING_TRANSFER,
        RegistrarState.TRANSFER_REFUSED,
    ):
        return DomainInfo(state=state, remote_id=record.remote_id)
    return DomainInfo(
        state=state,
        remote_id=record.remote_id,
        registration_date=record.registered,
        expiry=record.expires,
        is_locked=record.is_locked,
        whois_privacy=record.whois_privacy,
        nameservers=tuple(record.nameservers),
    )


def _silence[T]() -> RegistrarResult[T]:
    return RegistrarResult(None, RegistrarProblem.RETRY, "The sandbox doesn't answer.")
