"""Members of a body, from the inputs of an act: strict, and all that is wrong is told at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commerce.api.core.errors import ProblemPart
from commerce.api.v2.writing.bodies import (
    Body,
    member_problem,
    missing_member,
    pointer,
    unknown_member,
)
from commerce.kit.acts.act import Act, Parameter
from commerce.kit.acts.inputs import UNCHANGED
from commerce.kit.acts.shown import Confirmed, Seen
from commerce.kit.errors import BusinessError

CONFIRM = "confirm"
"""The member with codes of what the caller is sure about."""

type Json = dict[str, Any]


def members_of(act: Act[Any]) -> Mapping[str, str]:
    """The parameter that each member is for."""
    return {
        CONFIRM if isinstance(one.input, Confirmed) else name: name
        for name, one in act.parameters.items()
    }


def takes_null(parameter: Parameter) -> bool:
    """Whether null is a value: it takes away what the record has, or is the same as nothing."""
    return parameter.input.or_none or parameter.default is None or parameter.default is UNCHANGED


def is_required(parameter: Parameter) -> bool:
    """Whether a program must send it. What it saw of a price it must always say."""
    return parameter.is_required


def read_members(act: Act[Any], body: Body, record: Any, at: datetime) -> dict[str, Any]:
    """The values that a body gives an act; raises ``ApiProblem`` 422."""
    members = members_of(act)
    wrong = [unknown_member(name) for name in body if name not in members]
    values: dict[str, Any] = {}
    for name, parameter_name in members.items():
        one = act.parameters[parameter_name]
        if name not in body:
            wrong += [missing_member(name)] if is_required(one) else []
        elif isinstance(one.input, Seen):
            continue
        elif body[name] is None and takes_null(one):
            values[parameter_name] = None
        else:
            try:
                values[parameter_name] = one.input.from_json(body[name], record)
            except BusinessError as error:
                wrong.append(ProblemPart("pointer", pointer(name), error.code, error.staff_text))
    if not wrong and act.seen:
        wrong += _read_seen(act, body, record, values, at)
    if wrong:
        raise member_problem(wrong)
    return values


def _read_seen(
    act: Act[Any], body: Body, record: Any, values: dict[str, Any], at: datetime
) -> list[ProblemPart]:
    """What the program expects to be charged, before tax: the act compares it under its lock."""
    one = act.parameters[act.seen].input
    assert isinstance(one, Seen)
    offer, _words = one.meant(record, values, at)
    if offer is None:
        return []  # the act says why there is none
    if act.seen not in body:
        return [missing_member(act.seen)]
    if type(body[act.seen]) is not int:
        error = BusinessError("input.not_minor_units")
        return [ProblemPart("pointer", pointer(act.seen), error.code, str(error))]
    values[act.seen] = offer.at_amount(body[act.seen])
    return []


def body_schema(act: Act[Any]) -> Json:
    """The JSON Schema of a body."""
    members = members_of(act)
    properties = {name: _member_schema(act.parameters[one]) for name, one in members.items()}
    required = [name for name, one in members.items() if is_required(act.parameters[one])]
    schema: Json = {"type": "object", "additionalProperties": False, "properties": properties}
    return schema | ({"required": required} if required else {})


def _member_schema(parameter: Parameter) -> Json:
    one = parameter.input
    if isinstance(one, Seen):
        about = (
            "What it costs before tax, in minor units, as you know it. Another price is refused."
        )
        return {"type": ["integer", "null"], "description": about}
    schema = dict(one.json_schema())
    kind = schema.get("type")
    if takes_null(parameter) and isinstance(kind, str):
        schema["type"] = [kind, "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    label = str(one.label).replace("%(currency)s", "its currency")
    about = "" if callable(one.about) else str(one.about)
    if words := ". ".join(part.rstrip(".") for part in (label, about) if part):
        schema["description"] = f"{words}."
    return schema
