"""What stands behind each module, as the contract test plays it: accounts there, and what goes wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Protocol

from commerce.hosting.modules.connection import PanelConnection, PanelServer
from commerce.hosting.modules.contract import Account, AccountState, HostingModule
from commerce.kit import clock
from commerce.kit.remote.calls import CallNote
from tests.doubles.panels.accounts import HeldAccount, PanelAccounts
from tests.doubles.panels.https_server import PanelHttpsServer, panel_fingerprint
from tests.doubles.registrars.http_server import HttpFault

PASSWORD = "N3w-P4ssw0rd&Of+Alice/24"
OTHER_PASSWORD = "An0ther-P4ssw0rd=Of+Alice"


def account(**given: Any) -> Account:
    """Alice's account, as a service of hers asks for it."""
    asked: dict[str, Any] = {
        "key": "k7f3a9d2c41b8e605f7a",
        "service_id": 41,
        "label": "Web hosting",
        "domain": "alice.example",
        "username": "alicehost",
        "package": "Starter",
        "email": "alice@example.com",
        "client_name": "Alice Müller",
        "product": "Web hosting",
        "first_tried_at": clock.now() - timedelta(seconds=30),
        "client_address": "203.0.113.7",
    }
    return Account(**(asked | given))


ALICE = account()


class PanelSide(Protocol):
    """The other end of one module.

    ``fails`` says how the next call goes wrong that does the named action of the contract: ``dead`` (nothing is done,
    no answer), ``lost``, ``hangs`` or ``garbage`` (it is done; the line ends, nothing comes, nonsense comes).
    ``says`` has it answered with this status, and nothing done.
    """

    id: str
    secrets: Sequence[str]
    other_package: str
    names_are_unique: bool
    """Whether a name that somebody else has cannot be had again."""
    calls: list[CallNote]
    """What the log has of each call."""

    def module(self, *, wrong_key: bool = False) -> HostingModule:
        """The module, bound to this panel."""

    def asked_for(self) -> Account:
        """An account as it is ordered, which fits this panel."""

    def hold_strangers(self, wanted: Account) -> None:
        """Somebody else has an account of this name, made by hand."""

    def state_of(self, wanted: Account) -> AccountState | None:
        """How the account stands there; None if there is none."""

    def number(self) -> int:
        """How many accounts there are."""

    def password_of(self, wanted: Account) -> str: ...

    def package_of(self, wanted: Account) -> str: ...

    def signs_in(self, url: str) -> str:
        """Who is signed in by a link."""

    def fails(self, action: str, kind: str) -> None: ...

    def says(self, action: str, status: int) -> None: ...

    def says_always(self, body: bytes) -> None:
        """Each call from now on is answered with these bytes."""

    def echoes(self) -> None:
        """Each call from now on is refused, with all that it sent in the message."""

    def forgets_faults(self) -> None:
        """Each call from now on goes well."""


class DoubleSide:
    """The side of a module whose panel is a double."""

    id: str
    secrets: Sequence[str] = ()
    other_package = "Business"
    names_are_unique = True
    settings: ClassVar[Mapping[str, str]]
    secret_fields: ClassVar[Sequence[str]]
    module_class: ClassVar[type[HostingModule]]
    names: ClassVar[Mapping[str, str]]
    """The call of the double that does an action of the contract."""

    def __init__(self, server: PanelHttpsServer, accounts: PanelAccounts) -> None:
        self.server, self.accounts = server, accounts
        self.calls: list[CallNote] = []
        self.secrets = [self.settings[name] for name in self.secret_fields]

    def module(self, *, wrong_key: bool = False) -> HostingModule:
        settings = dict(self.settings)
        if wrong_key:
            settings |= {name: f"other-{settings[name]}" for name in self.secret_fields}
        server = PanelServer(
            id=1,
            name="web1",
            hostname="127.0.0.1",
            port=self.server.server_port,
            settings=settings,
            secrets=[settings[name] for name in self.secret_fields],
            fingerprint=panel_fingerprint(),
        )
        return self.module_class(PanelConnection(server, self.calls.append))

    def asked_for(self) -> Account:
        return replace(ALICE, first_tried_at=clock.now() - timedelta(seconds=30))

    def hold_strangers(self, wanted: Account) -> None:
        long_ago = (clock.now() - timedelta(days=400)).timestamp()
        self.accounts.hold(wanted.username, wanted.domain, made_at=long_ago)

    def held(self, wanted: Account) -> HeldAccount | None:
        return self.accounts.by_username.get(wanted.username)

    def state_of(self, wanted: Account) -> AccountState | None:
        held = self.held(wanted)
        if held is None:
            return None
        return AccountState.OFF if held.is_suspended else AccountState.ON

    def number(self) -> int:
        return len(self.accounts.by_username)

    def password_of(self, wanted: Account) -> str:
        held = self.held(wanted)
        assert held is not None
        return held.password

    def package_of(self, wanted: Account) -> str:
        held = self.held(wanted)
        assert held is not None
        return held.package

    def fails(self, action: str, kind: str) -> None:
        self.server.faults.append(HttpFault(self.names[action], kind))

    def says(self, action: str, status: int) -> None:
        self.server.faults.append(HttpFault(self.names[action], "says", b"{}", status))

    def says_always(self, body: bytes) -> None:
        self.server.faults.append(HttpFault("", "says", body, times=-1))

    def echoes(self) -> None:
        self.server.faults.append(HttpFault("", "refused", times=-1))

    def forgets_faults(self) -> None:
        self.server.faults.clear()
