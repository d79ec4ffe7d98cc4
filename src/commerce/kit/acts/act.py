"""Acts: what can be done with a record, said once beside the action and read by every door (acts.md).

    @act("service.rename", Service, label=_("Rename"), done=_("Service renamed."),
         staff=StaffPermission.SERVICES_MANAGE, blocked=rename_blocked_reason)
    @transaction.atomic
    def rename_service(*, service: Service, label: Annotated[str, Line(_("Name"), most=100)], ctx: Context) -> None: ...

The staff area makes a button and a form of it, the command line a command. The action is called as before; its inputs
are checked then, too. An act holds no logic.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, TypeAliasType, get_args, get_origin

from commerce.kit.acts.asked import Asked
from commerce.kit.acts.inputs import Input, Reason, Words
from commerce.kit.acts.shown import Confirmed, Seen
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict, TwoTexts

type Acts = tuple[Callable[..., Any], ...]
"""Actions that have an act, of one kind of record, in the order of buttons and commands."""

type Blocked[T] = Callable[[T, Context], StateConflict | None]
"""Why an act is not possible now, for a record: the error that its action raises; None if it is."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an action that a person fills in."""

    input: Input
    is_required: bool
    default: Any


class Act[T]:
    """One thing that can be done with a record of a kind, or, where ``record`` is None, with none.

    * ``key``: kind and verb, ``service.rename``: the name of its command, the last word of its address, its code.
    * ``label``, ``submit``: words of its button and of its form's button (if empty "Save changes" where it ``edits``
      the record, and ``label`` otherwise); ``intro``: what will happen, above the form, or a function of the record.
    * ``done``: what came of it, with ``%(name)s`` of the result or, where the action gives none, of the record; a
      function of result and record where words do not do; `TwoTexts` where members read other words.
    * ``staff``: the permission of staff, all that it takes, or, as a set, any of several; who lacks it does not see
      the act. ``staff_of``: that of a record, where it differs from record to record.
    * ``member``: the right of members; empty if it is not theirs. ``while_suspended``: also while their account is
      suspended; ``reveals`` a secret, or ``spends`` credit, which staff who act for a client may not.
    * ``blocked``: why not now; without it the record always has the act.
    * ``asks_password``: whether staff confirm it by their own password, or a function of the record and the values;
      ``password_hint`` then says when.
    * ``is_atomic``: whether it is one transaction; not for what calls a remote system.
    * ``for_many``: whether staff may do it to many records at once (backoffice.md 3). ``undo`` takes it back for some
      minutes, told the record, the values, what the action returned (the key, of a record) and the context. Only for
      what waits or is ours alone: never a document, a charge, or what a remote system has.
    """

    action: Callable[..., Any]
    parameters: Mapping[str, Parameter]
    asked: Mapping[str, Asked]
    """Parameters that hold what a remote system says."""
    record_parameter: str

    def __init__(
        self,
        key: str,
        record: type[T] | None,
        *,
        label: Words,
        done: Words | TwoTexts | Callable[[Any, Any], Words],
        staff: str | tuple[str, ...] | frozenset[str] | None = None,
        staff_of: Callable[[T], Any] | None = None,
        member: str = "",
        while_suspended: bool = False,
        reveals: bool = False,
        spends: bool = False,
        blocked: Blocked[T] | None = None,
        intro: Words | Callable[[T], Words] = "",
        submit: Words = "",
        example: str = "",
        asks_password: bool | Callable[[T, Mapping[str, Any]], bool] = False,
        password_hint: Words = "",
        is_danger: bool = False,
        is_atomic: bool = True,
        for_many: bool = False,
        undo: Callable[[T, Mapping[str, Any], Any, Context], object] | None = None,
    ) -> None:
        self.key, self.record, self.label, self.done = key, record, label, done
        self.staff, self.staff_of, self.blocked = staff, staff_of, blocked
        self.member, self.while_suspended = member, while_suspended
        self.reveals, self.spends = reveals, spends
        self.intro, self.submit, self.example = intro, submit, example
        self.asks_password, self.password_hint = asks_password, password_hint
        self.is_danger, self.is_atomic = is_danger, is_atomic
        self.for_many, self.undo = for_many, undo

    def __call__[**P, R](self, action: Callable[P, R]) -> Callable[P, R]:
        """The action, whose inputs are checked whoever calls it."""
        signature = inspect.signature(action)
        self.parameters = {
            name: Parameter(found, one.default is one.empty, one.default)
            for name, one in signature.parameters.items()
            if (found := _said_by(one.annotation, Input))
        }
        self.asked = {
            name: asked
            for name, one in signature.parameters.items()
            if (asked := _said_by(one.annotation, Asked))
        }
        kinds = {_plain_type(one.annotation): name for name, one in signature.parameters.items()}
        self.record_parameter = kinds[self.record] if self.record else ""

        @wraps(action)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            self.check(kwargs)
            return action(*args, **kwargs)

        self.action = checked
        _acts[checked] = self
        return checked

    @property
    def verb(self) -> str:
        """The second half of its key: ``rename``."""
        return self.key.partition(".")[2]

    @property
    def edits(self) -> bool:
        """Whether its form begins with what the record has."""
        return any(one.input.edits for one in self.parameters.values())

    @property
    def asks_reason(self) -> bool:
        """Whether staff must say why."""
        return any(
            isinstance(one.input, Reason) and one.is_required for one in self.parameters.values()
        )

    @property
    def may_need_confirmation(self) -> bool:
        """Whether it raises ``NeedsConfirmation``."""
        return any(isinstance(one.input, Confirmed) for one in self.parameters.values())

    @property
    def seen(self) -> str:
        """The parameter for what a person saw before they spend; empty if there is none."""
        shown = (name for name, one in self.parameters.items() if isinstance(one.input, Seen))
        return next(shown, "")

    @property
    def may_ask_again(self) -> bool:
        """Whether a person is asked, of some record and values at least, if they are sure."""
        return self.is_danger or bool(self.asks_password)

    def asks_again(self, record: T, values: Mapping[str, Any]) -> bool:
        """Whether a person is asked if they are sure: of each danger, and of all that takes their password."""
        asks = self.asks_password
        return self.is_danger or bool(asks(record, values) if callable(asks) else asks)

    def check(self, values: dict[str, Any]) -> None:
        """Put each given value in the form that the action takes. Raises ``BusinessError`` with its ``field``."""
        for name, one in self.parameters.items():
            value = values.get(name, one.default)
            if value is None and one.input.or_none:
                continue
            if value is not one.default and value != one.default:
                values[name] = read_input(name, one.input.check, value)

    def ask(self, record: T | None, values: Mapping[str, Any], ctx: Context) -> dict[str, Any]:
        """The parameters for which it has to ask a remote system, if it is possible now; call it outside of
        transactions. Raises what speaks against the act, and ``BusinessError`` where nobody answers.
        """
        if self.asked and self.blocked and (reason := self.blocked(record, ctx)):  # type: ignore[arg-type]
            raise reason
        return {name: one.ask(record, values, ctx) for name, one in self.asked.items()}

    def call(self, record: T | None, values: Mapping[str, Any], ctx: Context) -> Any:
        """Do it. ``values`` have what it had to ask, too."""
        of_record = {self.record_parameter: record} if self.record else {}
        return self.action(**of_record, **values, ctx=ctx)

    def intro_text(self, record: T) -> str:
        """What will happen, in words."""
        return str(self.intro(record) if callable(self.intro) else self.intro)

    def done_text(self, result: Any, record: T | None, *, staff: bool) -> str:
        """What came of it, in words for staff or members."""
        done = self.done
        if isinstance(done, TwoTexts):
            done = done.staff if staff else done.member
        if callable(done):
            return str(done(result, record))
        return str(done) % _Attributes(record if result is None else result)


act = Act
"""The decorator."""

_acts: dict[Callable[..., Any], Act[Any]] = {}


def act_of(action: Callable[..., Any]) -> Act[Any]:
    """The act of an action that has one."""
    return _acts[action]


def act_named(key: str) -> Act[Any]:
    """The act with this key, of the modules that are loaded."""
    return next(one for one in _acts.values() if one.key == key)


def all_acts() -> list[Act[Any]]:
    """Every act of the modules that are loaded, by key."""
    return sorted(_acts.values(), key=lambda one: one.key)


def read_input(name: str, read: Callable[..., Any], *given: Any) -> Any:
    """A value by one of the readers of its input; what is wrong with it names the parameter as its field."""
    try:
        return read(*given)
    except BusinessError as error:
        error.field = name
        raise


class _Attributes:
    """Attributes of a result, for the places in a text."""

    def __init__(self, result: Any) -> None:
        self.result = result

    def __getitem__(self, name: str) -> Any:
        return getattr(self.result, name)


def _said_by[Kind](annotation: Any, kind: type[Kind]) -> Kind | None:
    """What of this kind an annotation names, also behind ``type`` and beside None."""
    if isinstance(annotation, TypeAliasType):
        return _said_by(annotation.__value__, kind)
    if get_origin(annotation) is Annotated:
        return next((one for one in get_args(annotation)[1:] if isinstance(one, kind)), None)
    return None


def _plain_type(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
