"""What modules with a panel have in common: limits of time, refusals as results, and acts that can be repeated."""

import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ClassVar, Concatenate
from urllib.parse import urlsplit

from commerce.hosting.modules.connection import ACT_SECONDS, PanelConnection
from commerce.hosting.modules.contract import (
    CALL_SECONDS,
    Account,
    AccountSize,
    AccountState,
    ModuleCapability,
    ModuleOutcome,
    ModuleResult,
    PanelAccount,
    PlanReach,
    PowerAction,
)
from commerce.kit.remote.http import (
    HttpAnswer,
    NoAnswerError,
    ProviderSilentError,
    understood,
)
from commerce.kit.remote.time_limits import calls_end_at, seconds_left

_MAY_WORK_LATER = frozenset({408, 423, 425, 429})
_GAVE_UP = frozenset({504, 524})
"""Of a proxy before the panel that waited for long enough: the panel itself has not answered."""
_OF_SOMETHING_ELSE = frozenset({301, 302, 303, 307, 308, 404, 405, 501})
"""What no call to the right panel gets, unless it says what is not there."""
_WEB_PAGE = (b"<!doctype html", b"<html")
MESSAGE_LENGTH = 500


class PanelRefusal(Exception):
    """The panel answered, and did not do it."""

    def __init__(self, message: str, outcome: ModuleOutcome = ModuleOutcome.REFUSED) -> None:
        super().__init__(message)
        self.outcome = outcome


def panel_action[P: "Panel", **A](
    call: Callable[Concatenate[P, A], ModuleResult],
) -> Callable[Concatenate[P, A], ModuleResult]:
    """An action of a module: over in time, a refusal as its result, no secret in what it says.

    Raises ``ProviderSilentError`` for silence and for an answer that is not understood, as the contract says.
    """

    return _within(CALL_SECONDS, call)


def panel_act[P: "Panel", **A](
    call: Callable[Concatenate[P, A], ModuleResult],
) -> Callable[Concatenate[P, A], ModuleResult]:
    """The same, of an action that makes, ends or changes an account: that may take a panel minutes. One without an
    answer says whether the panel may still be at it.
    """
    act = _within(ACT_SECONDS, call)

    @wraps(call)
    def told(panel: P, /, *args: A.args, **kwargs: A.kwargs) -> ModuleResult:
        try:
            return act(panel, *args, **kwargs)
        except NoAnswerError as silence:
            return ModuleResult(
                outcome=ModuleOutcome.SILENT,
                message=str(silence),
                may_still_run=silence.was_sent,
            )

    return told


def _within[P: "Panel", **A](
    seconds: int, call: Callable[Concatenate[P, A], ModuleResult]
) -> Callable[Concatenate[P, A], ModuleResult]:
    @wraps(call)
    def act(panel: P, /, *args: A.args, **kwargs: A.kwargs) -> ModuleResult:
        ends_at = time.monotonic() + min(seconds, seconds_left())
        try:
            with calls_end_at(ends_at):
                return understood(call)(panel, *args, **kwargs)
        except PanelRefusal as refusal:
            message = panel.connection.shown(str(refusal))[:MESSAGE_LENGTH]
            return ModuleResult(outcome=refusal.outcome, message=message)

    return act


def check_status(answer: HttpAnswer, reason: str = "") -> None:
    """Raises what an HTTP status stands for; ``reason`` is what the panel says of it. A 404 without one is not the
    panel's: whatever else may answer at a wrong address, it has not said that there is no account.
    """
    status = answer.status
    if 200 <= status < 300:
        check_page(answer)
        return
    said = f": {reason}" if reason else ""
    if status in (401, 403):
        raise credentials_refused(f"{status}{said}")
    if status in _GAVE_UP:
        raise NoAnswerError(f"the panel answers {status}")
    if status in _OF_SOMETHING_ELSE and not reason:
        raise not_the_panel(str(status))
    if status >= 500 or status in _MAY_WORK_LATER:
        raise ProviderSilentError(f"the panel answers {status}")
    if status == 404:
        raise PanelRefusal(f"Not found at the panel (404{said}).", ModuleOutcome.NOT_FOUND)
    raise PanelRefusal(f"The panel answers {status}{said}.")


def check_page(answer: HttpAnswer) -> None:
    """Raises ``PanelRefusal`` for a web page, which no panel answers to a program."""
    if answer.body[:200].lstrip().lower().startswith(_WEB_PAGE):
        raise not_the_panel("a web page")


def not_the_panel(what: str) -> PanelRefusal:
    """Something answers, and it is not the panel of this server."""
    return PanelRefusal(
        f"Something else than the control panel answers at the server's address ({what}).",
        ModuleOutcome.MOVED,
    )


def credentials_refused(what: str) -> PanelRefusal:
    """The panel does not accept what we sign in with, be it by a status or in words."""
    return PanelRefusal(
        f"The panel doesn't accept the credentials of the server ({what}).",
        ModuleOutcome.UNAUTHORIZED,
    )


def remote_id_of(value: object) -> str:
    """The name or number by which a panel knows an account. Raises ``ValueError`` for anything else."""
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        raise ValueError("no id")
    return str(value)


def at_server(url: str, connection: PanelConnection) -> str:
    """The link to a panel with the server's own host: a panel may know itself by another name. Raises ``ValueError``
    for one that is not HTTPS.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("no link")
    host = connection.server.hostname
    return parts._replace(netloc=f"{host}:{parts.port or 443}").geturl()


def _check_domain(found: PanelAccount, account: Account) -> None:
    domains = {found.domain.lower(), account.domain.lower()}
    if not found.is_ours and len(domains) == 2 and "" not in domains:
        raise PanelRefusal(
            f"Nothing was done: {found.username} is an account of {found.domain} now."
        )


class Panel:
    """A module with a panel: its class says how to look, switch, remove and make; this one makes it repeatable.

    ``keeps_key``: the panel has our key, so an account of another domain without it is certainly not ours.
    """

    keeps_key: ClassVar[bool] = False
    capabilities: ClassVar[frozenset[ModuleCapability]] = frozenset()

    def __init__(self, connection: PanelConnection) -> None:
        self.connection = connection
        self.settings = connection.server.settings

    @classmethod
    def plan_reach(
        cls, now: AccountSize, wanted: AccountSize, settings: Mapping[str, str]
    ) -> PlanReach:
        """Any package, where it can change one at all."""
        del settings
        can = now == wanted or ModuleCapability.CHANGE_PACKAGE in cls.capabilities
        return PlanReach.REACHED if can else PlanReach.OUT_OF_REACH

    # What each panel has of its own; whoever replaces a method of the contract needs none of those it was made of.

    def _look(self, account: Account) -> PanelAccount | None:
        """The account with this ``remote_id``, if there is one."""
        raise NotImplementedError

    def _find(self, account: Account) -> PanelAccount | None:
        """One with our key, or else with this username or domain, whoever's it is."""
        return None

    def _create(self, account: Account, password: str) -> PanelAccount:
        raise NotImplementedError

    def _switch(self, found: PanelAccount, account: Account, state: AccountState) -> None:
        raise NotImplementedError

    def _remove(self, found: PanelAccount, account: Account) -> None:
        raise NotImplementedError

    def _check_gone(self, account: Account) -> None:
        """Raises ``PanelRefusal`` where an account that is not seen may be there all the same."""

    # The contract.

    @panel_act
    def create(self, account: Account, password: str) -> ModuleResult:
        """Make the account; ``TAKEN`` where the panel has one of this name."""
        return ModuleResult(outcome=ModuleOutcome.OK, account=self._create(account, password))

    @panel_action
    def find(self, account: Account) -> ModuleResult:
        """The account with our key, or else with its username or domain."""
        return self._told(self._find(account))

    @panel_action
    def info(self, account: Account) -> ModuleResult:
        """What the panel knows of it."""
        return self._told(self._held(account))

    def suspend(self, account: Account) -> ModuleResult:
        """Switch it off."""
        return self._reach(account, AccountState.OFF)

    def resume(self, account: Account) -> ModuleResult:
        """Switch it on."""
        return self._reach(account, AccountState.ON)

    @panel_act
    def terminate(self, account: Account) -> ModuleResult:
        """Remove it, unless it became an account of another domain, which is somebody else's."""
        found = self._held(account)
        if found is None:
            self._check_gone(account)
            return ModuleResult(outcome=ModuleOutcome.ALREADY, message="There is no such account.")
        _check_domain(found, account)
        try:
            self._remove(found, account)
        except PanelRefusal:
            if self._held(account) is not None:
                raise
        return ModuleResult(outcome=ModuleOutcome.OK)

    @panel_act
    def _reach(self, account: Account, state: AccountState) -> ModuleResult:
        """Look first: some panels toggle. And look again after a refusal, which may say that it is so already."""
        found = self._owned(account) if self.keeps_key else self._existing(account)
        if found.state == state:
            return ModuleResult(outcome=ModuleOutcome.ALREADY, account=found)
        try:
            self._switch(found, account, state)
        except PanelRefusal:
            again = self._held(account)
            if again is None or again.state != state:
                raise
        return ModuleResult(outcome=ModuleOutcome.OK)

    def _held(self, account: Account) -> PanelAccount | None:
        """By its remote id; while there is none yet, an account that is certainly ours."""
        if account.remote_id:
            return self._look(account)
        found = self._find(account)
        return found if found is not None and found.is_ours else None

    def _existing(self, account: Account) -> PanelAccount:
        found = self._held(account)
        if found is None:
            raise PanelRefusal("There is no such account at the panel.", ModuleOutcome.NOT_FOUND)
        return found

    def _owned(self, account: Account) -> PanelAccount:
        """The same, unless it is an account of another domain, which is somebody else's."""
        found = self._existing(account)
        _check_domain(found, account)
        return found

    def _told(self, found: PanelAccount | None) -> ModuleResult:
        if found is None:
            return ModuleResult(
                outcome=ModuleOutcome.NOT_FOUND, message="There is no such account at the panel."
            )
        return ModuleResult(outcome=ModuleOutcome.OK, account=found)

    # What a panel lacks is never called; one that can it has a method of its own.

    def change_package(self, account: Account) -> ModuleResult:
        return self._cannot()

    def set_password(self, account: Account, password: str) -> ModuleResult:
        return self._cannot()

    def login_url(self, account: Account) -> ModuleResult:
        return self._cannot()

    def console_url(self, account: Account) -> ModuleResult:
        return self._cannot()

    def usage(self, account: Account) -> ModuleResult:
        return self._cannot()

    def list_accounts(self) -> ModuleResult:
        return self._cannot()

    def power(self, account: Account, action: PowerAction) -> ModuleResult:
        return self._cannot()

    def reinstall(self, account: Account, password: str) -> ModuleResult:
        return self._cannot()

    def _cannot(self) -> ModuleResult:
        return ModuleResult(outcome=ModuleOutcome.REFUSED, message="This panel can't do that.")
