"""Making an account so that there is never a second one, for all modules (services-and-provisioning.md 4).

It asks the panel only: whatever becomes of an answer, or of the worker that waits for it, the next try begins with a
look at what is there.
"""

from collections.abc import Callable
from dataclasses import replace

from commerce.hosting.modules.contract import (
    Account,
    HostingModule,
    ModuleCapability,
    ModuleOutcome,
    ModuleResult,
    ask,
)


def create_once(module: HostingModule, account: Account, password: str) -> ModuleResult:
    """Have the account made unless it is there.

    ``OK`` when it was made now, ``ALREADY`` for one that was there and is ours, ``TAKEN`` for one that nothing proves
    to be ours. After every other outcome it may be there or not: the same call again finds out.
    """
    if not account.progress:
        if account.remote_id:
            known = ask(module.info, account)
            if known.outcome is not ModuleOutcome.NOT_FOUND:
                return _adopted(known)
        found = _found(module, account)
        if found.outcome is not ModuleOutcome.NOT_FOUND:
            return found
    made = ask(module.create, account, password)
    if made.outcome is ModuleOutcome.TAKEN and not account.progress:
        again = _found(module, account)  # two asked at once, or a list that was late
        return again if again.ok else made
    return made


def ask_about(
    module: HostingModule, account: Account, act: Callable[[Account], ModuleResult]
) -> ModuleResult:
    """Ask about an account that should be there; one whose id is not known here is looked for first.

    ``NOT_FOUND`` if there is none, ``TAKEN`` if there is one that nothing proves to be ours.
    """
    if account.remote_id or module.is_manual:
        return ask(act, account)
    found = _found(module, account)
    if not found.ok or found.account is None:
        return found
    there = replace(account, remote_id=found.account.remote_id, username=found.account.username)
    return ask(act, there)


def terminate_account_of(module: HostingModule, account: Account) -> ModuleResult:
    """Have the account removed, also one that was never finished: a module that can look says what there is of it."""
    ended = ask_about(module, account, module.terminate)
    can_look = ModuleCapability.FIND in module.capabilities
    if ended.outcome is ModuleOutcome.NOT_FOUND and not account.remote_id and can_look:
        return ask(module.terminate, account)
    return ended


def _found(module: HostingModule, account: Account) -> ModuleResult:
    if ModuleCapability.FIND not in module.capabilities:
        return ModuleResult(
            outcome=ModuleOutcome.NOT_FOUND, message="Its id at the panel is not known here."
        )
    return _adopted(ask(module.find, account))


def _adopted(found: ModuleResult) -> ModuleResult:
    """What a look at the panel says of an account that was to be made."""
    if not found.ok or found.account is None:
        return found
    if found.account.is_ours:
        return replace(found, outcome=ModuleOutcome.ALREADY)
    return ModuleResult(
        outcome=ModuleOutcome.TAKEN,
        message=found.message or f"The account {found.account.username} exists and is not ours.",
    )
