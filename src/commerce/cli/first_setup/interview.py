"""Asking what `commerce init` wants to know: from options, from a person at a terminal, or by what is proposed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import click

from commerce.first_setup.answers import AnswerCheck
from commerce.kit.errors import BusinessError


@dataclass(slots=True)
class SetupInterview:
    """Answers to questions, in the order in which they are asked; ``missing`` has those that nobody could give.

    ``options`` are answers by question, None where none was typed. With ``yes`` nobody is asked: what is known stays,
    and what is proposed is taken.
    """

    options: Mapping[str, str | None]
    yes: bool
    at_terminal: bool
    missing: dict[str, str] = field(default_factory=dict)

    def is_given(self, *questions: str) -> bool:
        """Whether an option answers one of these."""
        return any(self.options[question] is not None for question in questions)

    def heading(self, text: str) -> None:
        """What the next questions are about."""
        if self.at_terminal and not self.yes:
            click.secho(f"\n{text}", bold=True, err=True)

    def answer(
        self,
        question: str,
        text: str,
        check: AnswerCheck,
        *,
        known: str = "",
        proposal: str = "",
        required: bool = True,
        hidden: bool = False,
    ) -> str:
        """The answer to a question, checked. ``known`` is what the installation has, ``proposal`` what most would say.

        An empty text stands for none, where the question is not ``required``, and for one that is missing.
        """
        given = self.options[question]
        if given is not None:
            return self._checked(question, given, check, required=required)
        if self.at_terminal and not self.yes:
            default = known or proposal
            return _asked(text, check, default=default, required=required, hidden=hidden)
        if known or (self.yes and (proposal or not required)):
            return check(known or proposal) if known or proposal else ""
        if required or proposal:
            self.missing[question] = proposal
        return proposal

    def _checked(self, question: str, given: str, check: AnswerCheck, *, required: bool) -> str:
        if not given.strip() and not required:
            return ""
        try:
            return check(given)
        except BusinessError as wrong:
            raise click.BadParameter(str(wrong), param_hint=option_name(question)) from wrong


def _asked(text: str, check: AnswerCheck, *, default: str, required: bool, hidden: bool) -> str:
    """What a person types; asked again until it can be an answer."""

    def parse(typed: str) -> str:
        if not typed.strip() and not required:
            return ""
        try:
            return check(typed)
        except BusinessError as wrong:
            raise click.UsageError(str(wrong)) from wrong

    answer: str = click.prompt(
        text,
        default=default if default or not required else None,
        show_default=bool(default),
        hide_input=hidden,
        value_proc=parse,
        err=True,
    )
    return answer


def option_name(question: str) -> str:
    """``company_name`` is answered by ``--company-name``."""
    return f"--{question.replace('_', '-')}"
