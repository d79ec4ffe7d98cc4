"""Commands about questions and answers of the public pages."""

import click

from commerce.cli.acts import add_acts
from commerce.cli.lookup import find_faq_entry
from commerce.cli.output import json_option, pick, print_list
from commerce.presentation.records import Record
from commerce.record_acts.content import FAQ_ENTRY_ACTS
from commerce.support.models import FaqEntry


@click.group()
def faq() -> None:
    """Manage the public FAQ.

    Visitors see the FAQ on the home page and at /faq once portal.show_faq is on. Answers are in Markdown.

    \b
    Examples:
      commerce faq add --question "Do you move my website?" --answer "Yes. Order **Website migration**."
      commerce faq add --question "What is included?" --answer - --position 2 < included.md
      commerce faq change 3 --is-published off
      commerce setting set portal.show_faq on
    """


@faq.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List questions in display order."""
    records = list(map(faq_record, FaqEntry.objects.in_order()))
    table = pick(records, "id", "position", "published", "question")
    print_list(records, as_json=as_json, none="No questions.", table=table)


def faq_record(row: FaqEntry) -> Record:
    return {
        "id": row.pk,
        "position": row.position,
        "published": row.is_published,
        "question": row.question,
        "answer": row.answer,
    }


add_acts(
    faq,
    FAQ_ENTRY_ACTS,
    find_faq_entry,
    faq_record,
    id_name="number",
    names={"new": "add", "edit": "change"},
)
