"""What a bulk action does to each of its records: checked, done, told and undone, each in a transaction of its own.

A worker may die at any point: what was done says so in the same transaction, and is not done again.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils.translation import override

from commerce.accounts.bulk_actions.actions import end_run, move_bulk_action
from commerce.accounts.bulk_actions.items import (
    note_check,
    store_checks,
    store_done,
    store_refusal,
    store_undone,
)
from commerce.accounts.bulk_actions.rules import BulkOutcome, BulkStatus
from commerce.accounts.locale import effective_language
from commerce.accounts.models import BulkAction, BulkItem, Staff
from commerce.backoffice.base.access import are_enough
from commerce.backoffice.base.actions import RecordAction, action_for_many
from commerce.backoffice.base.pages import permissions_of
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.base.site import StaffSite
from commerce.backoffice.base.spending import daily_spending
from commerce.db.acts import run_act
from commerce.db.locks import lock
from commerce.kit import clock
from commerce.kit.acts.act import Act, read_input
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.kit.json_log import current_request_id
from commerce.mail.actions.announcing import held_mails
from commerce.mail.actions.holding import drop_held_mails, release_held_mails

log = logging.getLogger(__name__)

AT_ONCE = 200
_SECOND = timedelta(seconds=1)
RUN_SECONDS = 40
"""After so long a run gives way to others, and the job goes on later."""


class BulkRun:
    """A bulk action while something is done with it, for its person as they are now."""

    def __init__(self, bulk: BulkAction, site: StaffSite) -> None:
        self.bulk, self.site = bulk, site
        self._ends = time.monotonic() + RUN_SECONDS

    @cached_property
    def admin(self) -> RecordAdmin:
        """The list that the records are of."""
        return next(one for one in self.site.record_admins if one.slug == self.bulk.list_name)

    @cached_property
    def action(self) -> RecordAction:
        """The button of the act."""
        action = action_for_many(self.admin, self.bulk.act)
        assert action is not None
        return action

    @cached_property
    def act(self) -> Act[Any]:
        assert self.action.act is not None
        return self.action.act

    @cached_property
    def staff(self) -> Staff:
        people = Staff.objects.select_related("user", "role", "owner__role")
        return people.get(pk=self.bulk.staff_id)

    def context(self) -> Context:
        """Its person acts, now."""
        address, request_id = self.bulk.address, current_request_id.get()
        actor = Actor("staff", self.staff.pk, str(self.staff), address, request_id)
        return Context(clock.now(), actor)

    @property
    def is_tired(self) -> bool:
        """Whether the run has lasted long enough."""
        return time.monotonic() > self._ends

    # --- before it is started -------------------------------------------------------------------------------------

    def check(self) -> bool:
        """Find out to which records it can be done; whether all were looked at."""
        with override(effective_language(self.staff.person.locale)):
            for items in self._batches(BulkOutcome.UNCHECKED):
                records = self._records(items)
                for item in items:
                    self._check(item, records.get(item.record_id))
                store_checks(items)
                if self.is_tired:
                    return False
        with suppress(StateConflict):  # another was first
            move_bulk_action(bulk=self.bulk, to=BulkStatus.READY, ctx=Context(clock.now(), SYSTEM))
        return True

    def _check(self, item: BulkItem, record: Any) -> None:
        name = "" if record is None else self.admin.record_title(record)
        try:
            self._require(record, self.context())
        except BusinessError as error:
            note_check(item, name, error)
        else:
            note_check(item, name, None)

    def _require(self, record: Any, ctx: Context) -> None:
        """Raise what speaks against doing it to a record."""
        if record is None:
            raise StateConflict("bulk_action.record_gone")
        needed = self.action.needed(record)
        if not self.staff.is_active or not are_enough(self.staff.all_permissions, needed):
            raise PermissionDenied(str(permissions_of(needed)[0]))
        if self.action.blocked and (reason := self.action.blocked(record, ctx)):
            raise reason

    # --- done -----------------------------------------------------------------------------------------------------

    def run(self) -> bool:
        """Do it to what is ready; whether none is left."""
        with override(effective_language(self.staff.person.locale)):
            for items in self._batches(BulkOutcome.READY):
                for item in items:
                    self._settle(item, self._do)
                    if self.is_tired:
                        return False
        with suppress(StateConflict):
            end_run(bulk=self.bulk, at=clock.now())
        return True

    def _settle(self, item: BulkItem, do: Callable[[BulkItem], None]) -> None:
        """Do something with a record, and keep what came of it."""
        try:
            do(item)
        except (OperationalError, InterfaceError):
            raise  # the database is away: the job is tried again
        except BusinessError as error:
            store_refusal(item, error)
        except Exception:
            log.exception("%s failed for record %s.", self.bulk, item.record_id)
            store_refusal(item, None)

    def _do(self, item: BulkItem) -> None:
        ctx, asked = self.context(), {}
        if self.act.asked:
            record = self._record(item)
            self._require(record, ctx)
            asked = self.act.ask(record, self._values(record), ctx)
        run_act(lambda: self._do_once(item, asked, ctx), is_atomic=True)

    def _do_once(self, item: BulkItem, asked: Mapping[str, Any], ctx: Context) -> None:
        row = lock(item)
        if row.outcome != BulkOutcome.READY:
            return  # another worker was first
        record = self._record(row)
        self._require(record, ctx)
        spending = daily_spending(self.staff, ctx.at)
        with held_mails() as mails:
            made = self.act.call(record, {**self._values(record), **asked}, ctx)
        if spending:
            spending.check(ctx.at)
        store_done(row, made if self.act.undo else None, mails)

    def _values(self, record: Any) -> dict[str, Any]:
        """What the act is given, of the texts that were typed."""
        return {
            name: read_input(name, parameter.input.from_text, self.bulk.values[name], record)
            for name, parameter in self.act.parameters.items()
            if name in self.bulk.values
        }

    # --- afterwards -----------------------------------------------------------------------------------------------

    def seconds_left(self, at: datetime) -> int:
        """For how long it can still be undone; 0 once it cannot."""
        until = self.bulk.undo_until
        if self.bulk.status != BulkStatus.CAN_BE_UNDONE or until is None:
            return 0
        return max((until - at) // _SECOND, 0)

    def close(self) -> None:
        """It is not undone any more: what its clients are to hear is sent."""
        if self.bulk.status == BulkStatus.CAN_BE_UNDONE:
            ctx = Context(clock.now(), SYSTEM)
            try:
                move_bulk_action(bulk=self.bulk, to=BulkStatus.DONE, ctx=ctx)
            except StateConflict:  # it was undone in this moment
                return
        if self.bulk.status == BulkStatus.DONE:
            self.send_mails()

    def send_mails(self) -> None:
        """Send what waits, client by client: several things that one reader is told are one mail."""
        told = self.bulk.items.exclude(mails=[]).order_by("client_id", "pk")
        rows = told.values_list("client_id", "mails").iterator()
        for client_id, some in groupby(rows, key=lambda row: row[0]):
            mails = [pk for _client, keys in some for pk in keys]
            key = f"bulk {self.bulk.pk} {client_id}"
            release_held_mails(mails=mails, client_id=client_id, key=key, at=clock.now())

    def undo(self) -> bool:
        """Take back what was done; whether all of it was looked at."""
        with override(effective_language(self.staff.person.locale)):
            for items in self._batches(BulkOutcome.DONE):
                for item in items:
                    self._settle(item, self._undo)
                    if self.is_tired:
                        return False
        self.send_mails()  # of what could not be taken back
        ctx = Context(clock.now(), SYSTEM)
        with suppress(StateConflict):
            move_bulk_action(bulk=self.bulk, to=BulkStatus.UNDONE, ctx=ctx, ended_at=ctx.at)
        return True

    def _undo(self, item: BulkItem) -> None:
        ctx, undo = self.context(), self.act.undo
        assert undo is not None

        def take_back() -> None:
            row = lock(item)
            if row.outcome != BulkOutcome.DONE:
                return
            record = self._record(row)
            if record is None:
                raise StateConflict("bulk_action.record_gone")
            if row.mails and not drop_held_mails(mails=row.mails, at=ctx.at):
                raise StateConflict("bulk_action.mails_sent")
            undo(record, self._values(record), row.made, ctx)
            store_undone(row)

        run_act(take_back, is_atomic=True)

    # --- rows -----------------------------------------------------------------------------------------------------

    def _batches(self, outcome: BulkOutcome) -> Iterator[list[BulkItem]]:
        """Records that stand there, some at a time, in the order of the list."""
        last = 0
        while True:
            rows = self.bulk.items.with_outcome(outcome).filter(pk__gt=last).order_by("pk")
            items = list(rows[:AT_ONCE])
            if not items:
                return
            last = items[-1].pk
            yield items

    def _records(self, items: list[BulkItem]) -> dict[int, Any]:
        rows: Any = self.admin.model._default_manager.all()
        if self.admin.described_by:
            rows = self.admin.described_by.with_related(rows)
        return {row.pk: row for row in rows.filter(pk__in=[item.record_id for item in items])}

    def _record(self, item: BulkItem) -> Any:
        return self._records([item]).get(item.record_id)
