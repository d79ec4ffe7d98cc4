"""Commands about questions and answers of the public pages."""

from typing import Any

import click

from commerce.cli.lookup import find_faq_entry, operator_context
from commerce.cli.output import json_option, pick, print_list
from commerce.cli.param_types import POSITION, ROW_ID, read_text_file, typed_options
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.site_settings.current import get_setting
from commerce.support.actions import change_faq_entry, create_faq_entry, delete_faq_entry
from commerce.support.models import FaqEntry


@click.group()
def faq() -> None:
    """Manage the public FAQ.

    Visitors see the FAQ on the home page and at /faq once portal.show_faq is on. Answers are in Markdown.

    \b
    Examples:
      commerce faq add "Do you move my website?" "Yes, free of charge. Order **Website migration**."
      commerce faq add "What is included?" --answer-file included.md --position 2
      commerce faq change 3 --unpublished
      commerce setting set portal.show_faq on
    """


@faq.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List questions in display order."""
    records = [
        {
            "id": row.pk,
            "position": row.position,
            "published": row.is_published,
            "question": row.question,
            "answer": row.answer,
        }
        for row in FaqEntry.objects.in_order()
    ]
    table = pick(records, "id", "position", "published", "question")
    print_list(records, as_json=as_json, none="No questions.", table=table)


@faq.command()
@click.argument("question")
@click.argument("answer", required=False)
@click.option(
    "--answer-file", metavar="FILE", help="Answer from a Markdown file (- for standard input)."
)
@click.option("--position", type=POSITION, default=0, help="Position in the list, from 0.")
@click.option("--unpublished", is_flag=True, help="Don't publish it yet.")
def add(
    *, question: str, answer: str | None, answer_file: str | None, position: int, unpublished: bool
) -> None:
    """Add QUESTION with its ANSWER and print its ID."""
    ctx = operator_context()
    entry = create_faq_entry(
        question=question,
        answer=_answer(answer, answer_file) or "",
        position=position,
        is_published=not unpublished,
        ctx=ctx,
    )
    click.echo(entry.pk)
    if not get_setting("portal.show_faq"):
        console.print_message("The FAQ isn't public yet. To publish it, turn on portal.show_faq.")


@faq.command()
@click.argument("entry_id", metavar="ID", type=ROW_ID)
@click.option("--question")
@click.option("--answer")
@click.option(
    "--answer-file", metavar="FILE", help="Answer from a Markdown file (- for standard input)."
)
@click.option("--position", type=POSITION, help="Position in the list, from 0.")
@click.option("--published/--unpublished", "is_published", default=None)
def change(*, entry_id: int, answer: str | None, answer_file: str | None, **fields: Any) -> None:
    """Change the question with this ID."""
    ctx = operator_context()
    fields["answer"] = _answer(answer, answer_file)
    change_faq_entry(entry=find_faq_entry(entry_id), **typed_options(fields), ctx=ctx)
    console.print_message(f"Updated question {entry_id}.")


@faq.command()
@click.argument("entry_id", metavar="ID", type=ROW_ID)
def delete(*, entry_id: int) -> None:
    """Delete the question with this ID."""
    ctx = operator_context()
    delete_faq_entry(entry=find_faq_entry(entry_id), ctx=ctx)
    console.print_message(f"Deleted question {entry_id}.")


def _answer(typed: str | None, path: str | None) -> str | None:
    """The typed answer, or that of a file. Raises ``BusinessError`` for both."""
    if path is None:
        return typed
    if typed is not None:
        raise BusinessError("faq_entry.two_answers")
    return read_text_file(path)
