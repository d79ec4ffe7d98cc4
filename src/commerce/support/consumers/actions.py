"""What is kept of consumers before their contract begins, and the texts that they get (support-and-content.md 9)."""

from dataclasses import replace
from importlib import resources
from typing import Annotated

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from commerce.accounts.locale import effective_language
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice, Text
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.presentation.addresses import town_lines
from commerce.presentation.countries import country_name
from commerce.site_settings.current import get_setting
from commerce.support.consumers.queries import is_consumer
from commerce.support.models import ConsumerConsent, InstructionCopy, WithdrawalInstruction

BEGIN_AT_ONCE = _(
    "Begin at once. I know that if I withdraw, I pay for what I used until then, and that I lose my right of withdrawal"
    " once you have performed the contract in full."
)
"""The words of the tick. What is kept of a consent is them, in the language in which they were read."""

INSTRUCTION = "withdrawal_instruction"
"""The kind of the attachment with the instruction and the model form."""

MAX_TEXT_LENGTH = 10_000


def begin_text(client: Client) -> Promise | str:
    """The words of the tick where a client is a consumer; empty for others."""
    return BEGIN_AT_ONCE if is_consumer(client) else ""


def record_begin_consent(
    *, client: Client, record: tuple[str, int], given: bool, ctx: Context
) -> None:
    """A consumer, or their program, asks to begin at once with what they order; call it in the transaction of that.

    Nothing of others, and of what staff or the run do. Raises ``BusinessError`` without the consent: nobody may begin
    with a contract that can be withdrawn from, unless they were asked to.
    """
    if ctx.actor.kind not in ("member", "token") or not is_consumer(client):
        return
    if not given:
        raise BusinessError("consumer_consent.missing", field="begin_at_once")
    ConsumerConsent.objects.get_or_create(
        record_kind=record[0],
        record_id=record[1],
        defaults={"client": client, "text": str(BEGIN_AT_ONCE), "at": ctx.at},
    )


@transaction.atomic
def give_instruction(
    *, client: Client, record: tuple[str, int], ctx: Context
) -> InstructionCopy | None:
    """Keep what the confirmation of a contract tells a consumer of their right of withdrawal; None for others."""
    if not is_consumer(client):
        return None
    locale = effective_language(client.locale)
    version = current_instruction(locale, ctx)
    made, _is_new = InstructionCopy.objects.get_or_create(
        record_kind=record[0],
        record_id=record[1],
        defaults={
            "client": client,
            "version": version,
            "text": f"{_filled(version.instruction, locale)}\n\n{_filled(version.model_form, locale)}",
            "at": ctx.at,
        },
    )
    return made


def instruction_for_mail(
    *, client: Client, record: tuple[str, int], ctx: Context
) -> tuple[dict[str, str], list[tuple[str, int]]]:
    """What the mail that confirms a contract says of withdrawal, and what it attaches; nothing unless to a consumer."""
    copy = give_instruction(client=client, record=record, ctx=ctx)
    return {"withdrawal": copy.text if copy else ""}, [(INSTRUCTION, copy.pk)] if copy else []


def current_instruction(locale: str, ctx: Context) -> WithdrawalInstruction:
    """The version that holds in a language: staff's newest, or else the text of this release."""
    newest = WithdrawalInstruction.objects.newest(locale)
    instruction, model_form = shipped_texts(locale)
    is_old = (
        newest is not None
        and newest.is_shipped
        and (newest.instruction, newest.model_form) != (instruction, model_form)
    )
    if newest is None or is_old:
        newest = WithdrawalInstruction.objects.create(
            locale=locale,
            instruction=instruction,
            model_form=model_form,
            is_shipped=True,
            created_at=ctx.at,
        )
    return newest


def current_texts(locale: str) -> tuple[str, str]:
    """Instruction and model form that hold in a language."""
    newest = WithdrawalInstruction.objects.newest(locale)
    if newest is None or newest.is_shipped:
        return shipped_texts(locale)
    return newest.instruction, newest.model_form


TEXT = Text(
    _("Instruction on withdrawal"),
    about=_("Have a lawyer read it. {contact}, {days} and {url} stand for your details."),
    most=MAX_TEXT_LENGTH,
)
MODEL_FORM = Text(_("Model withdrawal form"), most=MAX_TEXT_LENGTH)


@act(
    "withdrawal_instruction.new",
    None,
    label=_("New version"),
    submit=_("Save as new version"),
    done=_("New version saved."),
    staff=StaffPermission.CONTENT_MANAGE,
)
@transaction.atomic
def edit_instruction(
    *,
    locale: Annotated[str, Choice(_("Language"), labels=dict(settings.LANGUAGES))],
    instruction: Annotated[str, TEXT],
    model_form: Annotated[str, MODEL_FORM],
    ctx: Context,
) -> WithdrawalInstruction:
    """A new version of the instruction and model form; the former ones are kept. Raises ``BusinessError`` for a text
    that names what is not known.
    """
    texts = {"instruction": instruction, "model_form": model_form}
    for field, text in texts.items():
        try:
            _filled(text, locale)
        except (KeyError, ValueError, IndexError) as wrong:
            raise BusinessError(
                "withdrawal_instruction.unknown_placeholder",
                known=", ".join(f"{{{name}}}" for name in _seller(locale)),
                field=field,
            ) from wrong
    made = WithdrawalInstruction.objects.create(locale=locale, created_at=ctx.at, **texts)
    write_audit_entry(
        ctx=ctx,
        action="withdrawal_instruction.created",
        record=("withdrawal_instruction", made.pk),
        name=locale,
        after={"locale": locale},
    )
    return made


@act(
    "withdrawal_instruction.edit",
    WithdrawalInstruction,
    label=_("Edit"),
    submit=_("Save as new version"),
    done=_("New version saved."),
    staff=StaffPermission.CONTENT_MANAGE,
)
def revise_instruction(
    *,
    version: WithdrawalInstruction,
    instruction: Annotated[str, replace(TEXT, edits="instruction")],
    model_form: Annotated[str, replace(MODEL_FORM, edits="model_form")],
    ctx: Context,
) -> WithdrawalInstruction:
    """``edit_instruction`` in the language of a version."""
    return edit_instruction(
        locale=version.locale, instruction=instruction, model_form=model_form, ctx=ctx
    )


def shipped_texts(locale: str) -> tuple[str, str]:
    """Instruction and model form of this release in a language."""
    folder = resources.files("commerce.support.consumers") / "texts"
    instruction, model_form = (
        (folder / f"{locale}.{name}.txt").read_text("utf-8").strip()
        for name in ("instruction", "model_form")
    )
    return instruction, model_form


def _seller(locale: str) -> dict[str, str]:
    """What the texts say of us."""
    lines = [get_setting(f"company.{name}") for name in ("address1", "address2")]
    country = get_setting("company.country")
    town = {name: get_setting(f"company.{name}") for name in ("city", "state", "postcode")}
    with override(locale):
        lines += [*town_lines(country, **town), country_name(country)]
    address = ", ".join(line for line in lines if line)
    own = {name: get_setting(f"company.{name}") for name in ("name", "phone", "email")}
    parts = (own["name"], address, own["phone"], own["email"])
    return {
        "contact": ", ".join(part for part in parts if part),
        "company": own["name"],
        "address": address,
        "phone": own["phone"],
        "email": own["email"],
        "days": str(get_setting("consumer.withdrawal_days")),
        "url": f"{settings.COMMERCE_URL}/cancel/withdraw",
    }


def _filled(text: str, locale: str) -> str:
    """A text with our name and address in their places. Raises ``KeyError`` and ``ValueError``."""
    seller = _seller(locale)
    parts = text.split("{")
    found = [parts[0]]
    for part in parts[1:]:
        name, closed, rest = part.partition("}")
        if not closed:
            raise ValueError("a brace that is not closed")
        found.append(seller[name] + rest)
    return "".join(found)
