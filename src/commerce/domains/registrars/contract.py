"""What a registrar is: a small adapter without billing logic, which writes no rows (domains.md 6).

Eleven operations, each with one form of result, and a few that only some have (``RegistrarCapabilities``). None raises
for what the remote side says or does not say: a call without an answer is ``RETRY``. Each ends within ``CALL_SECONDS``
and none is made inside a transaction. After a lost answer ``info`` is asked before anything that costs money is sent
again; ``key`` names the attempt, so that a registrar which knows such keys does it once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from commerce.domains.rules import MessageKind, VerificationState
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

CALL_SECONDS = 30
"""The limit of one operation, however many calls it takes."""


class RegistrarProblem(StrEnum):
    """Why an operation did not succeed."""

    RETRY = "retry"
    """No answer, or not now: whether it happened is not known."""
    REFUSED = "refused"
    TAKEN = "taken"
    NOT_FOUND = "not_found"
    AUTH = "auth"
    """Our own credentials, or our address, are not accepted."""
    WRONG_CODE = "wrong_code"
    """The authorization code of a transfer is not the right one."""
    MANUAL = "manual"
    """Nobody was called: the message is a to-do for staff."""


class RegistrarState(StrEnum):
    """How a name stands at the registrar."""

    PENDING = "pending"
    """Its registration is queued there."""
    ACTIVE = "active"
    EXPIRED = "expired"
    REDEMPTION = "redemption"
    PENDING_TRANSFER = "pending_transfer"
    TRANSFER_REFUSED = "transfer_refused"
    """Its transfer to us has ended without success."""
    TRANSFER_WRONG_CODE = "transfer_wrong_code"
    """Its transfer to us waits for, or ended for want of, the right code."""
    GONE = "gone"
    """Not ours any more."""
    UNKNOWN = "unknown"
    """A state that this adapter has no word for: nothing is changed, staff are told."""


@dataclass(frozen=True, slots=True)
class DomainName:
    """A name as a registrar is asked about it, in ASCII form: with its ending, and the registrar's id if known."""

    name: str
    tld: str
    remote_id: str = ""

    @property
    def label(self) -> str:
        """What stands before its ending."""
        return self.name.removesuffix(f".{self.tld}")

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Contact:
    """Somebody behind a name, whom no log shows; ``phone`` as ``+CC.number``, ``country`` as two capital letters."""

    first_name: str
    last_name: str
    email: str
    phone: str
    address1: str
    city: str
    postcode: str
    country: str
    company: str = ""
    address2: str = ""
    state: str = ""


MOST_PHONE_DIGITS = 15
"""Of a phone number with its country code (E.164)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLimits:
    """How much of a contact a registrar takes: characters by field, and digits of a phone number after its country
    code, with which it has ``MOST_PHONE_DIGITS``. At first what registries take by EPP (RFC 5733), through whomever.
    """

    lengths: Mapping[str, int] = field(default_factory=lambda: {"postcode": 16})
    phone_digits: tuple[int, int] = (2, 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Who stands behind a name, by role."""

    registrant: Contact
    admin: Contact
    tech: Contact
    billing: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationOrder:
    """How a name shall be registered. ``extra_fields``: what its registry asks for besides, by name."""

    contacts: Contacts
    years: int
    nameservers: Sequence[str]
    whois_privacy: bool = False
    extra_fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount in minor units of a currency, as a registrar counts it."""

    amount: int
    currency_code: str


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a name can be registered; a ``premium`` one has a ``cost`` of its own, and is not sold automatically."""

    is_available: bool
    is_premium: bool = False
    cost: Cost | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainInfo:
    """A name as the registrar has it; ``None`` and no nameservers are what it does not tell."""

    state: RegistrarState
    remote_id: str = ""
    registration_date: date | None = None
    expiry: date | None = None
    is_locked: bool | None = None
    whois_privacy: bool | None = None
    auto_renews: bool | None = None
    """Whether the registrar renews it by itself, at our cost, whoever pays."""
    nameservers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationInfo:
    """Whether its holder confirmed their address at the registrar; until ``last_day`` a name works without that."""

    state: VerificationState
    last_day: date | None = None
    email: str = ""
    """Which address was asked, where that is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrarMessage:
    """What a registry left in our queue there; ``about`` is the name that it is of, if it is of one."""

    id: str
    kind: MessageKind
    about: str = ""
    text: str = ""
    queued_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DsRecord:
    """A delegation signer of a signed zone (RFC 4034); ``digest`` in capital hexadecimal."""

    key_tag: int
    algorithm: int
    digest_type: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TldCost:
    """What an ending costs us for one year, in minor units; ``None`` where the registrar does not tell it."""

    tld: str
    currency_code: str
    register: int | None = None
    renew: int | None = None
    transfer: int | None = None
    restore: int | None = None


@dataclass(frozen=True, slots=True)
class RegistrarResult[T]:
    """What came of an operation: ``data``, or a ``problem`` with a message for staff that holds no secret."""

    data: T | None = None
    problem: RegistrarProblem | None = None
    message: str = ""
    is_silent: bool = False
    """With ``RETRY``: nothing came back at all, so the registrar may be down."""

    @property
    def ok(self) -> bool:
        return self.problem is None


@dataclass(frozen=True, slots=True)
class RegistrarCapabilities:
    """What a registrar can do besides what all can; what it cannot is not offered."""

    is_connected: bool = True
    """It can be asked; otherwise staff do what it would."""
    code: bool = True
    """It hands out authorization codes."""
    privacy: bool = True
    contacts: bool = False
    restore: bool = False
    price_list: bool = False
    balance: bool = False
    ds_records: bool = False
    cancel_transfer: bool = False
    verification: bool = False
    """It mails holders to confirm their address, tells whether they did, and sends that mail again."""
    messages: bool = False
    """It leaves messages in a queue, which grows until they are acknowledged."""
    keeps_contacts: bool = False
    """A transfer leaves the contacts that the name had: ours are sent afterwards."""
    renews_itself: bool = False
    """At its expiry a name is renewed there for a year, whoever pays: that year is nobody's until it is paid here."""
    renewal_delay_seconds: int = 0
    """For so long after a renewal it may tell the former expiry, and nothing keeps a second one from being bought."""


class Registrar(Protocol):
    """One way to register names; made with the settings ``registrar.<slug>.<field>``."""

    slug: ClassVar[str]
    name: ClassVar[Text]
    fields: ClassVar[tuple[AdapterField, ...]]
    capabilities: ClassVar[RegistrarCapabilities]
    contact_limits: ClassVar[ContactLimits]

    def __init__(self, settings: Mapping[str, Any]) -> None: ...

    @property
    def is_sandbox(self) -> bool:
        """Whether nothing that it does is real."""

    def check_one(self, label: str, tld: str) -> RegistrarResult[Availability]:
        """Whether one name is free, and what it costs where that is its own price."""

    def check_bulk(
        self, label: str, tlds: Sequence[str]
    ) -> Mapping[str, RegistrarResult[Availability]]:
        """The same under several TLDs; partial answers are fine."""

    def register(
        self, domain: DomainName, order: RegistrationOrder, *, key: str
    ) -> RegistrarResult[DomainInfo]:
        """Register the name. ``PENDING`` where the registrar has only queued it: ``info`` tells what became of it."""

    def renew(
        self, domain: DomainName, *, years: int, current_expiry: date, key: str
    ) -> RegistrarResult[DomainInfo]:
        """Renew it from the expiry that is known here; without an expiry in the answer the term counts."""

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
        """Ask for its transfer to us, with the code that was given; again with another one after a wrong one.

        ``whois_privacy`` is a wish: where a transfer cannot take it along it is set once the name is here.
        """

    def info(self, domain: DomainName) -> RegistrarResult[DomainInfo]:
        """State, dates, lock, privacy and nameservers as it has them; ``NOT_FOUND`` if the name is none of ours."""

    def set_nameservers(self, domain: DomainName, hosts: Sequence[str]) -> RegistrarResult[None]:
        """Send all nameservers."""

    def get_code(self, domain: DomainName) -> RegistrarResult[str]:
        """The authorization code; never logged or stored."""

    def set_lock(self, domain: DomainName, *, locked: bool) -> RegistrarResult[None]:
        """Lock or unlock transfers."""

    def set_privacy(self, domain: DomainName, *, enabled: bool) -> RegistrarResult[None]:
        """Hide or show the holder."""

    def test(self) -> RegistrarResult[Cost]:
        """A harmless call; the balance, if the registrar tells it."""

    def set_contacts(self, domain: DomainName, contacts: Contacts) -> RegistrarResult[None]:
        """Send all four contacts (capability ``contacts``)."""

    def restore(
        self, domain: DomainName, *, current_expiry: date, key: str
    ) -> RegistrarResult[DomainInfo]:
        """Bring it back from redemption, renewed by a year where the registrar does that (capability ``restore``)."""

    def cancel_transfer(self, domain: DomainName) -> RegistrarResult[None]:
        """Stop its transfer to us (capability ``cancel_transfer``)."""

    def verification(self, domain: DomainName) -> RegistrarResult[VerificationInfo]:
        """Whether its holder confirmed their address (capability ``verification``)."""

    def resend_verification(self, domain: DomainName) -> RegistrarResult[None]:
        """Have the mail sent again that asks its holder to (capability ``verification``)."""

    def read_messages(self, keep: Callable[[RegistrarMessage], None]) -> RegistrarResult[int]:
        """The next messages of the queue, each acknowledged once ``keep`` has returned; how many. None: it is empty
        (capability ``messages``).
        """

    def price_list(self) -> RegistrarResult[Sequence[TldCost]]:
        """What each ending costs us (capability ``price_list``)."""

    def set_ds_records(
        self, domain: DomainName, records: Sequence[DsRecord]
    ) -> RegistrarResult[None]:
        """All delegation signers that the parent shall have; none signs it off (capability ``ds_records``)."""


class OptionalOperations:
    """What only some registrars can do, refused: an adapter overrides what its capabilities say."""

    contact_limits: ClassVar[ContactLimits] = ContactLimits()

    def set_contacts(self, domain: DomainName, contacts: Contacts) -> RegistrarResult[None]:
        del contacts
        return _cannot(f"change the contacts of {domain}")

    def restore(
        self, domain: DomainName, *, current_expiry: date, key: str
    ) -> RegistrarResult[DomainInfo]:
        del current_expiry, key
        return _cannot(f"restore {domain}")

    def cancel_transfer(self, domain: DomainName) -> RegistrarResult[None]:
        return _cannot(f"cancel the transfer of {domain}")

    def verification(self, domain: DomainName) -> RegistrarResult[VerificationInfo]:
        return _cannot(f"tell whether the holder of {domain} confirmed their address")

    def resend_verification(self, domain: DomainName) -> RegistrarResult[None]:
        return _cannot(f"send its mail to the holder of {domain} again")

    def read_messages(self, keep: Callable[[RegistrarMessage], None]) -> RegistrarResult[int]:
        del keep
        return _cannot("tell messages")

    def price_list(self) -> RegistrarResult[Sequence[TldCost]]:
        return _cannot("tell its prices")

    def set_ds_records(
        self, domain: DomainName, records: Sequence[DsRecord]
    ) -> RegistrarResult[None]:
        del records
        return _cannot(f"take DS records of {domain}")


def _cannot[T](what: str) -> RegistrarResult[T]:
    return RegistrarResult(None, RegistrarProblem.REFUSED, f"This registrar cannot {what} for us.")
