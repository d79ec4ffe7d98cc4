"""What a module is: a small adapter to one kind of control panel (services-and-provisioning.md 4).

A module knows no database, no billing and no job: it is given values and answers with a ``ModuleResult``. It raises
only ``ProviderSilentError``, which its connection does, and which ``ask`` turns into a result. All calls of one action
end within ``CALL_SECONDS``, or ``ACT_SECONDS``; none is made inside a transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from django.utils.functional import Promise

from commerce.hosting.modules.connection import PanelConnection
from commerce.kit.remote.http import NoAnswerError, ProviderSilentError
from commerce.site_settings.adapter_fields import AdapterField

CALL_SECONDS = 30
"""The limit of one action, however many calls it takes; of one that makes, ends or changes an account it is
``ACT_SECONDS`` of the connection.
"""


class ModuleOutcome(StrEnum):
    """What came of an action."""

    OK = "ok"
    ALREADY = "already"
    """The wanted state held before."""
    UNDER_WAY = "under_way"
    """Accepted: the panel works at it. The same action is asked again in a few seconds, with ``progress``."""
    NOT_FOUND = "not_found"
    """There is no such account. A success of ``terminate``, which says ``ALREADY`` then."""
    TAKEN = "taken"
    """``create`` only: the name is in use at the panel, and nothing proves that it is ours."""
    RETRY = "retry"
    """429, 5xx, an answer that is not understood: may work later, and may have worked now."""
    SILENT = "silent"
    """No answer at all: counted against the server, which is rested after five in a row."""
    UNAUTHORIZED = "unauthorized"
    """The credentials of the server are not accepted: counted against it as well, until they are set right."""
    MOVED = "moved"
    """Something else answers at the address of the server than its panel: the same."""
    REFUSED = "refused"
    """Will not get better by trying again."""
    MANUAL = "manual"
    """Nobody was called: the message is a to-do for staff."""


SUCCESSES = (ModuleOutcome.OK, ModuleOutcome.ALREADY)


class AccountState(StrEnum):
    """How an account stands at its panel."""

    ON = "on"
    OFF = "off"


class ModuleCapability(StrEnum):
    """What a kind of panel can do beside creating, suspending, resuming, terminating and ``info``."""

    FIND = "find"
    LIST = "list"
    CHANGE_PACKAGE = "change_package"
    SET_PASSWORD = "set_password"
    LOGIN_URL = "login_url"
    USAGE = "usage"
    POWER = "power"
    CONSOLE = "console"
    REINSTALL = "reinstall"


class PlanReach(StrEnum):
    """Whether a panel can give an account the package and options of another plan."""

    REACHED = "reached"
    NEEDS_STOP = "needs_stop"
    """It is, once the machine was stopped and started again."""
    OUT_OF_REACH = "out_of_reach"


class PowerAction(StrEnum):
    """What can be done with the power of a virtual machine."""

    START = "start"
    STOP = "stop"
    REBOOT = "reboot"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Account:
    """An account as a panel is asked about it, and as it is to be made; nothing of it is shown in logs by itself.

    ``key`` names it on every ``create`` (the service's ``provisioning_key``). ``remote_id`` is empty until the panel
    gave one. ``first_tried_at`` is when it was first asked for: what is older is not ours. ``client_address`` is where
    the person is who signs in, for ``login_url`` and ``console_url``. ``options`` are the values that the client
    chose, by the option's name. ``progress`` is the ``data`` of the last ``UNDER_WAY`` of this job.
    """

    key: str
    service_id: int
    label: str
    domain: str
    username: str
    package: str
    email: str
    client_name: str
    product: str
    first_tried_at: datetime
    remote_id: str = ""
    client_address: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    progress: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountSize:
    """What a plan says of an account: the product's package, and the options that the client chose, by their names."""

    package: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelAccount:
    """What a panel says of an account. ``is_ours``: it carries our key, or else all that the panel has agrees.

    ``details`` is what its client should know beside host and username, by its name in ``DETAIL_LABELS``:
    addresses of a virtual machine, for example.
    """

    remote_id: str
    username: str
    state: AccountState
    is_ours: bool
    domain: str = ""
    package: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


class UsageKind(StrEnum):
    """What a panel counts; bytes for the first three, a number for the others."""

    DISK = "disk"
    TRAFFIC = "traffic"
    """Of the current month."""
    MEMORY = "memory"
    MAILBOXES = "mailboxes"
    DATABASES = "databases"


@dataclass(frozen=True, slots=True)
class UsageFigure:
    """How much of something is used; ``limit`` None: as much as wanted."""

    kind: UsageKind
    used: int
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleResult:
    """An outcome with a message for staff; nothing in it is a secret, but for ``url``, which is used at once.

    ``account`` after ``create``, ``find`` and ``info``; ``accounts`` after ``list_accounts``; ``usage`` after
    ``usage``; ``url`` after ``login_url`` and ``console_url``; ``data`` of ``UNDER_WAY`` is kept for the next call.
    ``may_still_run``, of an act that has no answer: the panel may be at it, so it is not asked again at once.
    """

    outcome: ModuleOutcome
    message: str = ""
    account: PanelAccount | None = None
    accounts: Sequence[PanelAccount] = ()
    usage: Sequence[UsageFigure] = ()
    url: str = field(default="", repr=False)
    data: Mapping[str, str] = field(default_factory=dict)
    may_still_run: bool = False

    @property
    def ok(self) -> bool:
        """Whether what was wanted is so."""
        return self.outcome in SUCCESSES


class HostingModule(Protocol):
    """A kind of control panel, bound to one server by its connection. A state already reached is a success.

    ``id`` never changes; ``fields`` are what a server needs beside hostname and port (``default_port``);
    ``is_manual``: no panel is called, so the local state changes at once and staff get a to-do. What is not among
    ``capabilities`` is never called; ``find`` comes before each ``create`` where a module can, and says
    ``UNDER_WAY`` with its ``progress`` for an account of ours that is not finished: ``create`` goes on from there.
    """

    id: ClassVar[str]
    label: ClassVar[str | Promise]
    fields: ClassVar[tuple[AdapterField, ...]]
    capabilities: ClassVar[frozenset[ModuleCapability]]
    is_manual: ClassVar[bool]
    default_port: ClassVar[int]

    def __init__(self, connection: PanelConnection) -> None: ...

    @classmethod
    def plan_reach(
        cls, now: AccountSize, wanted: AccountSize, settings: Mapping[str, str]
    ) -> PlanReach:
        """Whether ``change_package`` can make an account of one size one of another, on a server with these
        ``settings``, its secrets left out. Asked for each plan on a page: without a call to the panel.
        """

    def create(self, account: Account, password: str) -> ModuleResult:
        """Make the account, with our key where the panel has a place for it."""

    def find(self, account: Account) -> ModuleResult:
        """Look for the account by our key, then by username and domain; ``NOT_FOUND`` if there is none."""

    def info(self, account: Account) -> ModuleResult:
        """What the panel knows of the account (by ``remote_id``), or ``NOT_FOUND``."""

    def suspend(self, account: Account) -> ModuleResult:
        """Switch the account off and keep its data."""

    def resume(self, account: Account) -> ModuleResult:
        """Switch it on again."""

    def terminate(self, account: Account) -> ModuleResult:
        """Remove the account with its data; without a ``remote_id`` what ``find`` does not see: one half made."""

    def change_package(self, account: Account) -> ModuleResult:
        """Give it the package that ``account`` names, and the options."""

    def set_password(self, account: Account, password: str) -> ModuleResult:
        """Replace the password of the account."""

    def login_url(self, account: Account) -> ModuleResult:
        """A link that signs its user in at the panel, made for this moment, on the server's own host."""

    def console_url(self, account: Account) -> ModuleResult:
        """A link to the console of a virtual machine, on the server's own host."""

    def usage(self, account: Account) -> ModuleResult:
        """How much the account uses."""

    def list_accounts(self) -> ModuleResult:
        """All accounts of the server, for the drift report."""

    def power(self, account: Account, action: PowerAction) -> ModuleResult:
        """Start, stop or restart a virtual machine."""

    def reinstall(self, account: Account, password: str) -> ModuleResult:
        """Put its template on the machine again; all data on it is lost."""

    def test(self) -> ModuleResult:
        """A harmless call; the message says what answered."""


def ask(call: Callable[..., ModuleResult], *args: Any) -> ModuleResult:
    """What a module says; timeouts and unreadable answers become results."""
    try:
        return call(*args)
    except NoAnswerError as silence:
        return ModuleResult(outcome=ModuleOutcome.SILENT, message=str(silence))
    except ProviderSilentError as unclear:
        return ModuleResult(outcome=ModuleOutcome.RETRY, message=str(unclear))
