"""Accounts that are made, switched off and on, and removed at a panel, for processes that are killed.

The panel outlives them in a file. Of some accounts it loses its first answer, after it has done what it was asked for.
"""

import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from commerce.catalog.models import Product
from commerce.hosting import provisioning
from commerce.hosting.models import Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import (
    Account,
    AccountState,
    ModuleOutcome,
    ModuleResult,
    PanelAccount,
)
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.remote.http import NoAnswerError
from tests import make
from tests.doubles.panel import FakePanel
from tests.killed.day_of_work import rows_of, work

LIVES = ["made", "made, lost", "off", "off, lost", "on again", "removed", "removed, lost"]
"""Clients, each with a service that goes so far; "lost": the panel's first answer to the last step does not arrive."""
STEPS = {"made": 1, "off": 2, "on again": 3, "removed": 4}
CALLS = ("create", "suspend", "resume", "terminate")
FOLDER = Path(tempfile.mkdtemp())
"""Of the process that kills the others; they inherit it."""


class PanelOnDisk:
    """What the panel has: each account that was ever made, by its own id, with the key it carries and its state."""

    @staticmethod
    def file() -> Path:
        return FOLDER / str(connection.settings_dict["NAME"]).replace("/", "_")

    @classmethod
    def read(cls) -> dict[str, Any]:
        return json.loads(cls.file().read_text()) if cls.file().exists() else {}

    @classmethod
    def write(cls, accounts: dict[str, Any]) -> None:
        cls.file().write_text(json.dumps(accounts))


class ModuleOnDisk(FakePanel().module):
    """It makes a new account whenever it is told to: nothing here but the product keeps it from making a second one."""

    def create(self, account: Account, password: str) -> ModuleResult:
        accounts = PanelOnDisk.read()
        number = str(len(accounts) + 1)
        accounts[number] = {"key": account.key, "label": account.label, "state": "on", "lost": []}
        PanelOnDisk.write(accounts)
        return self._answer(number, "create")

    def find(self, account: Account) -> ModuleResult:
        for number, kept in PanelOnDisk.read().items():
            if kept["key"] == account.key and kept["state"] != "gone":
                return self._result(number, kept)
        return ModuleResult(outcome=ModuleOutcome.NOT_FOUND)

    def info(self, account: Account) -> ModuleResult:
        return self.find(account)

    def suspend(self, account: Account) -> ModuleResult:
        return self._change(account, "suspend", "off")

    def resume(self, account: Account) -> ModuleResult:
        return self._change(account, "resume", "on")

    def terminate(self, account: Account) -> ModuleResult:
        return self._change(account, "terminate", "gone")

    def _change(self, account: Account, call: str, state: str) -> ModuleResult:
        accounts = PanelOnDisk.read()
        accounts[account.remote_id]["state"] = state
        PanelOnDisk.write(accounts)
        return self._answer(account.remote_id, call)

    def _answer(self, number: str, call: str) -> ModuleResult:
        """The first one is lost for those whose story says so."""
        accounts = PanelOnDisk.read()
        kept = accounts[number]
        last, _, is_lost = kept["label"].partition(", ")
        if is_lost and CALLS[STEPS[last] - 1] == call and call not in kept["lost"]:
            kept["lost"].append(call)
            PanelOnDisk.write(accounts)
            raise NoAnswerError("the answer was lost")
        return self._result(number, kept)

    def _result(self, number: str, kept: dict[str, Any]) -> ModuleResult:
        state = AccountState.OFF if kept["state"] == "off" else AccountState.ON
        account = PanelAccount(
            remote_id=number, username=f"user{number}", state=state, is_ours=True
        )
        return ModuleResult(outcome=ModuleOutcome.OK, account=account)


def prepare() -> None:
    """Each client has a service that was paid and waits to be made."""
    registry.register_module(ModuleOnDisk)
    make.make_server(module="fake")
    for life in LIVES:
        make.make_service(make.make_client(company=life), "pending", label=life)
    Product.objects.update(module="fake")


def work_on_accounts() -> None:
    """What is asked for, step by step, with a worker after each; whatever was cut off is done again."""
    registry.register_module(ModuleOnDisk)
    for step in range(4):
        at = make.AT + timedelta(hours=step)
        with clock.freeze_time(at):
            for service in Service.objects.order_by("pk"):
                if STEPS[service.label.partition(",")[0]] > step:
                    _ask(service, step, Context(at, SYSTEM))
        for minutes in (0, 11, 22, 33):
            with clock.freeze_time(at + timedelta(minutes=minutes)):
                work(at + timedelta(minutes=minutes))


def _ask(service: Service, step: int, ctx: Context) -> None:
    occasion = f"step {step}"
    say: dict[str, Any] = {"service": service, "ctx": ctx, "idempotency_key": occasion}
    if Job.objects.filter(subject_id=service.pk, idempotency_key=occasion).exists():
        return
    if step == 0:
        provisioning.request_creation(**say)
    elif step == 1:
        provisioning.request_suspension(suspension_reason="staff", **say)
    elif step == 2:
        provisioning.request_resumption(**say)
    else:
        provisioning.request_termination(suspension_reason="staff", **say)


def books_of_accounts() -> dict[str, Any]:
    """Services here, accounts there, and what became of the jobs."""
    there = [[kept["label"], kept["state"]] for kept in PanelOnDisk.read().values()]
    return {
        "services": rows_of(Service, "label", "status"),
        "accounts": sorted(there),
        "jobs": [row for row in rows_of(Job, "action", "status") if row[0].startswith("service.")],
    }
