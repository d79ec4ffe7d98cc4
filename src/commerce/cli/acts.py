"""Commands made from acts: ``commerce service rename 55 --label Shop``, with ``--json`` and ``--dry-run``."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any

import click
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model

from commerce.audit.models import AuditEntry
from commerce.cli.lookup import operator_context
from commerce.cli.money.payment_input import CONFIRM_HELP, YES_HELP, ask_to_confirm, confirm
from commerce.cli.output import json_option, print_json, print_list
from commerce.cli.param_types import NONE_WORD, ROW_ID, read_text_file
from commerce.cli.system.audit import changes_of_entry
from commerce.config import console
from commerce.db.acts import do_act, try_act
from commerce.kit import ids
from commerce.kit.acts.act import Act, Parameter, act_of, read_input
from commerce.kit.acts.inputs import (
    UNCHANGED,
    Amount,
    Choice,
    Day,
    DecimalNumber,
    Flag,
    Input,
    Integer,
    Percent,
    Reason,
    Reference,
    Text,
)
from commerce.kit.acts.lists import HostNames, Lines, Many, References, WordList
from commerce.kit.acts.shown import Confirmed, Seen, ShownOnce
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount
from commerce.presentation.countries import CountryCode
from commerce.presentation.records import Record

_METAVARS = (
    (Amount, "AMOUNT"),
    (CountryCode, "COUNTRY"),
    (Day, "DATE"),
    (DecimalNumber | Integer, "NUMBER"),
    (Many | WordList, "WORDS"),
    (Percent, "PERCENT"),
    (Reference, "NAME"),
)


class ActCommand(click.Command):
    """A command that is made from an act."""

    act: Act[Any]


def add_acts(
    group: click.Group,
    actions: tuple[Callable[..., Any], ...],
    find: Callable[[Any], Any],
    shown: Callable[[Any], Record],
    *,
    id_type: click.ParamType[Any] = ROW_ID,
    id_name: str = "number",
    called: Callable[[Any], object] = attrgetter("pk"),
    names: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> None:
    """A command for each of these acts; what is a danger, spends, or takes a password in the staff area, asks first.

    ``find`` is told what was typed for the record, of ``id_type``; ``--json`` prints what is ``shown`` of it after it.
    What makes a record prints what it is ``called``, or the number of the document, and what shows a secret that
    alone. ``names`` has those of commands that aren't called as the act is, by its verb, ``options`` those of options
    that aren't called as the parameter is.
    """
    for action in actions:
        act = act_of(action)
        identifier = click.Argument([id_name], type=id_type) if act.record else None
        command = _command(act, identifier, find, shown, called, options or {})
        command.name = (names or {}).get(act.verb, command.name)
        group.add_command(command)


def _command(
    act: Act[Any],
    identifier: click.Argument | None,
    find: Callable[[Any], Any],
    shown: Callable[[Any], Record],
    called: Callable[[Any], object],
    options: Mapping[str, str],
) -> click.Command:
    def run(*, as_json: bool, dry_run: bool, yes: bool = False, **typed: Any) -> None:
        row = find(typed.pop(str(identifier.name))) if identifier else None
        ctx = operator_context()
        values = _values(act, row, typed, ctx.at)
        if dry_run:
            _try(act, row, values, ctx, as_json=as_json)
            return
        _ask(act, row, values, ctx, yes=yes)
        result = _do(act, row, values, ctx)
        _print_done(act, row, result, called, shown if as_json else None)

    command = ActCommand(
        act.verb.replace("_", "-"),
        callback=run,
        params=[
            *([identifier] if identifier else []),
            *(
                _option(name, one, f"--{options.get(name, name).replace('_', '-')}")
                for name, one in act.parameters.items()
            ),
            click.Option(
                ["--dry-run"],
                is_flag=True,
                help="Show what would change, or why not. Keep nothing.",
            ),
            *(
                [click.Option(["--yes", "-y"], is_flag=True, help=YES_HELP)]
                if act.may_ask_again or act.seen
                else []
            ),
        ],
        help=_help(act),
    )
    command.act = act
    return json_option(command)


def _ask(act: Act[Any], row: Any, values: dict[str, Any], ctx: Context, *, yes: bool) -> None:
    """Ask whether they are sure, and what they spend, unless they say that they know it. Raises ``BusinessError``."""
    offer, words = None, ""
    if act.seen and act.seen not in values:
        one = act.parameters[act.seen].input
        assert isinstance(one, Seen)
        offer, words = one.meant(row, values, ctx.at)
    if not yes and (offer is not None or act.asks_again(row, values)):
        if act.blocked and (reason := act.blocked(row, ctx)):
            raise reason
        words = words or act.intro_text(row)
        question = f"{act.label}: {row}?" if row else f"{act.label}?"
        confirm(f"{question} {str(words).removesuffix('.')}." if words else question)
    if offer is not None:
        values[act.seen] = offer


def _do(act: Act[Any], row: Any, values: dict[str, Any], ctx: Context) -> Any:
    def do(confirmed: frozenset[str]) -> Any:
        given = values | ({"confirmed": confirmed} if confirmed else {})
        return do_act(act.action, row, given, ctx)

    return ask_to_confirm(do, values.get("confirmed", ()))


def _print_done(
    act: Act[Any],
    row: Any,
    result: Any,
    called: Callable[[Any], object],
    shown: Callable[[Any], Record] | None,
) -> None:
    one = row or result
    if isinstance(one, Model):
        with suppress(ObjectDoesNotExist):  # one that was deleted is shown as it was
            one.refresh_from_db()
    secret = result.secret if isinstance(result, ShownOnce) else ""
    if shown and not isinstance(one, Model):
        print_json({"result": one})
        return
    if shown:
        print_json({**shown(one), **({"secret": secret} if secret else {})})
        return
    console.print_message(act.done_text(result, row, staff=True))
    if isinstance(result, Model) and (row is None or act.verb.startswith("add_")):
        click.echo(called(result))
    elif secret:
        click.echo(secret)
    elif not isinstance(result, type(row)) and (number := getattr(result, "number", "")):
        click.echo(number)


def _values(act: Act[Any], row: Any, typed: dict[str, Any], at: datetime) -> dict[str, Any]:
    values = {
        name: _value(name, one, typed[name], row)
        for name, one in act.parameters.items()
        if typed[name] is not None and name != act.seen
    }
    asked = [one for one in act.parameters.values() if not isinstance(one.input, Confirmed)]
    if not values and asked and all(map(_may_stay, asked)):
        raise BusinessError("command.nothing_to_change")
    if act.seen and (amount := typed[act.seen]) is not None:
        one = act.parameters[act.seen].input
        assert isinstance(one, Seen)
        offer, _words = one.meant(row, values, at)
        if offer is not None:  # otherwise the action says why
            values[act.seen] = offer.at_amount(parse_amount(amount, one.currency(row)))
    return values


def _value(name: str, one: Parameter, typed: Any, row: Any) -> Any:
    if isinstance(typed, bool):
        return typed
    if typed == NONE_WORD and _takes_none(one):
        return read_input(name, one.input.from_text, "", row) if one.input.takes_empty else None
    if typed == "-" and _may_be_long(one.input):
        typed = read_text_file(typed)
    return read_input(name, one.input.from_text, typed, row)


def _may_be_long(one: Input) -> bool:
    """Whether its text may come from a file."""
    return isinstance(one, Text) and not isinstance(one, Lines | Reason)


def _takes_none(one: Parameter) -> bool:
    """Whether "none" takes its value away."""
    is_list = isinstance(one.input, Lines | Many | References | WordList)
    return (
        one.default is UNCHANGED
        or (one.is_required and one.input.or_none)
        or (is_list and (one.is_required or bool(one.input.edits)))
    )


def _may_stay(one: Parameter) -> bool:
    """Whether its column stays as it is if the option is left out."""
    return bool(one.input.edits) and (one.default is UNCHANGED or not one.input.or_none)


def _try(act: Act[Any], row: Any, values: dict[str, Any], ctx: Context, *, as_json: bool) -> None:
    """Print the audit entries that the act would write. Of one that calls a remote system only whether it is possible
    now can be said.
    """
    if act.blocked and (reason := act.blocked(row, ctx)):
        raise reason
    if not act.is_atomic:
        console.print_message("Possible now. What it changes depends on the remote system.")
        return
    mark = ids.random_key()
    tried = replace(ctx, actor=replace(ctx.actor, request_id=mark))

    given = {**values, **act.ask(row, values, ctx)}

    def do() -> list[Record]:
        act.call(row, given, tried)
        entries = AuditEntry.objects.filter(request_id=mark).order_by("pk")
        return [
            {
                "action": entry.action,
                "record": f"{entry.record_kind}:{entry.record_id}",
                "changes": changes_of_entry(entry),
            }
            for entry in entries
        ]

    print_list(try_act(do), as_json=as_json, none="Nothing would change.")


def _option(name: str, one: Parameter, flag: str) -> click.Option:
    if isinstance(one.input, Confirmed):
        return click.Option(
            ["--confirm", name],
            multiple=True,
            metavar="CODE",
            help=CONFIRM_HELP,
            callback=lambda _context, _option, codes: " ".join(codes) or None,
        )
    if isinstance(one.input, Seen):
        return click.Option(
            ["--expect", name], metavar="AMOUNT", help="Only if it is this much, without asking."
        )
    about = one.input.about
    label = str(one.input.label)
    if isinstance(one.input, Amount):
        label %= {"currency": "its currency"}
    words = [f"{label}.", *([str(about)] if about and not callable(about) else [])]
    if isinstance(one.input, Flag) and one.default is False:
        return click.Option([flag, name], is_flag=True, help=" ".join(words))
    if _takes_none(one):
        words.append(f'Or "{NONE_WORD}".')
    if isinstance(one.input, Lines | HostNames | References):
        words.append("Can be repeated.")
        return click.Option(
            [flag, name],
            multiple=True,
            required=one.is_required,
            help=" ".join(words),
            callback=lambda _context, _option, lines: "\n".join(lines) or None,
        )
    if _may_be_long(one.input):
        words.append('"-" reads standard input.')
    return click.Option(
        [flag, name],
        required=one.is_required,
        type=_type(one),
        metavar=next((word for kind, word in _METAVARS if isinstance(one.input, kind)), None),
        help=" ".join(words),
    )


def _type(one: Parameter) -> click.ParamType[Any]:
    if isinstance(one.input, Flag):
        return click.Choice(["on", "off"])
    if isinstance(one.input, Choice) and not isinstance(one.input, Many | CountryCode):
        none = [NONE_WORD] if _takes_none(one) else []
        return click.Choice([*map(str, one.input.labels), *none])
    return click.STRING


def _help(act: Act[Any]) -> str:
    """What it does, with which kind of record where each has it, what will happen, and an example."""
    label = str(act.label)
    if act.verb in ("edit", "delete"):
        label += f" ({act.key.partition('.')[0].replace('_', ' ')})"
    intro = "" if callable(act.intro) else str(act.intro)
    example = f"\b\nExample:\n  commerce {act.example}" if act.example else ""
    return "\n\n".join(part for part in (f"{label}.", intro, example) if part)
