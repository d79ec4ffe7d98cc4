"""Commands about mails that went out or did not, and about their templates."""

from datetime import UTC, datetime

import click

from commerce.cli.acts import add_acts
from commerce.cli.lookup import find_mail, operator_context
from commerce.cli.money.payment_input import confirm
from commerce.cli.money.payment_input import yes as yes_option
from commerce.cli.output import json_option, print_json, print_list, print_record, print_rows
from commerce.cli.param_types import WholeNumber, read_text_file
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.mail.actions.lifecycle import failed_mails, retry_failed_mails
from commerce.mail.actions.templates import reset_template, set_template
from commerce.mail.delivery import render_sample, send_sample_mail
from commerce.mail.mail_events import MAIL_EVENTS, mail_event_of_template
from commerce.mail.models import MailTemplate, OutgoingMail
from commerce.mail.records import MAIL_FIELDS
from commerce.mail.rendering import template_for
from commerce.mail.rules import MailStatus
from commerce.record_acts.system import MAIL_ACTS
from commerce.site_settings.current import get_setting
from commerce.site_settings.definitions import SETTING_DEFINITIONS


@click.group()
def mail() -> None:
    """Manage sent emails and templates."""


@mail.command("list")
@click.option("--status", help="Filter by status, such as failed.")
@click.option("--to", "email", metavar="EMAIL", help="Filter by recipient.")
@click.option("--last", type=WholeNumber(1, 1000), default=50, show_default=True)
@json_option
def list_(*, status: str | None, email: str | None, last: int, as_json: bool) -> None:
    """List recent emails, newest first."""
    rows = OutgoingMail.objects.newest_first()
    if status is not None:
        if status not in MailStatus:
            raise BusinessError("mail.status_unknown", statuses=", ".join(MailStatus))
        rows = rows.filter(status=status)
    if email is not None:
        rows = rows.to_address(email)
    shown = "id created_at status event recipient outcome"
    print_rows(MAIL_FIELDS, rows[:last], shown, as_json=as_json, none="No emails.")


@mail.command()
@click.argument("mail_id", metavar="ID", type=WholeNumber(min=1))
@json_option
def show(mail_id: int, *, as_json: bool) -> None:
    """Show an email as sent. The content of security emails isn't stored."""
    row = find_mail(mail_id)
    print_record(MAIL_FIELDS.read(row), as_json=as_json)


@mail.command()
@click.option("--event", default="invoice_created", show_default=True)
@click.option("--locale", default="en", show_default=True)
def test(*, event: str, locale: str) -> None:
    """Send a test email of an event with sample data to the company's address."""
    address = get_setting("company.email")
    if address == SETTING_DEFINITIONS["company.email"].default:
        raise BusinessError("mail.no_company_address")
    try:
        send_sample_mail(event=event, to=address, locale=locale)
    except OSError as error:
        raise BusinessError("mail.not_sent", problem=error) from error
    console.print_message(f"Sent {event} to {address}.")


@mail.command("resend-failed")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    required=True,
    metavar="TIME",
    help="UTC, such as 2026-04-08T03:00: emails whose last try was then or later.",
)
@yes_option
def resend_failed(*, since: datetime, yes: bool) -> None:
    """Resend all emails that failed since a time, once each.

    Says how many there are and asks first. Leaves out addresses that don't exist. Repeating it resends nothing twice.
    """
    begin = since.replace(tzinfo=UTC)
    number = sum(1 for _ in failed_mails(since=begin))
    if number and not yes:
        confirm(f"Resend {number} failed {'email' if number == 1 else 'emails'}?")
    sent, blocked = retry_failed_mails(since=begin, ctx=operator_context())
    click.echo(f"{sent} resent, {blocked} not: they had a link, or their content wasn't kept.")


@mail.group()
def template() -> None:
    """Manage email templates."""


@template.command("list")
@json_option
def list_templates(*, as_json: bool) -> None:
    """List events with their group, subject, and whether their template is customized.

    Welcome emails of products (service_activated:KEY) are listed last.
    """
    changed = set(MailTemplate.objects.values_list("event", flat=True))
    records = [
        {
            "event": event,
            "changed": event in changed,
            "group": kind.group,
            "subject": words.subject if (words := template_for(event, "en")) else None,
        }
        for event in [*MAIL_EVENTS, *sorted(changed - MAIL_EVENTS.keys())]
        if (kind := mail_event_of_template(event))
    ]
    print_list(records, as_json=as_json, none="No templates.")


@template.command("show")
@click.argument("event")
@click.option("--locale", default="en", show_default=True)
@click.option("--sample", is_flag=True, help="Render it with sample data.")
@json_option
def show_template(event: str, *, locale: str, sample: bool, as_json: bool) -> None:
    """Print the template of EVENT: the subject, an empty line, and the text or HTML, in the format that `set` reads."""
    kind, words = mail_event_of_template(event), template_for(event, locale)
    if kind is None or words is None:
        raise BusinessError("mail.event_unknown", event=event)
    written = render_sample(event, locale) if sample else words
    if as_json:
        content = {"subject": written.subject, "text": written.text, "html": written.html}
        print_json({"event": event, "locale": locale, **content, "names": kind.variable_names()})
        return
    click.echo(f"{written.subject}\n\n{(written.text or written.html).rstrip()}")
    if not sample:
        console.print_message(f"Available variables: {', '.join(kind.variable_names())}.")


@template.command("set")
@click.argument("event")
@click.argument("file")
@click.option("--locale", default="en", show_default=True)
@click.option("--html", is_flag=True, help="The body is HTML.")
@click.option("--inactive", is_flag=True, help="Don't send emails for this event.")
def set_(event: str, file: str, *, locale: str, html: bool, inactive: bool) -> None:
    """Set the template of EVENT from FILE (- for standard input): the subject, an empty line, then the text.

    EVENT service_activated:KEY, such as service_activated:vps, is the welcome email of products set with
    `commerce catalog change PRODUCT --welcome-template KEY`.

    \b
    Example:
      commerce mail template set service_activated:vps vps.txt
    """
    subject, _, body = read_text_file(file).strip().partition("\n")
    row = set_template(
        event=event,
        locale=locale,
        subject=subject,
        html=body.strip() if html else "",
        text="" if html else body.strip(),
        active=not inactive,
        ctx=operator_context(),
    )
    console.print_message(f"Updated template {row}.")


@template.command()
@click.argument("event")
@click.option("--locale", default="en", show_default=True)
def reset(event: str, *, locale: str) -> None:
    """Reset EVENT to the default template. A welcome email service_activated:KEY is deleted."""
    reset_template(event=event, locale=locale, ctx=operator_context())
    gone = "deleted" if ":" in event else "reset to the default"
    console.print_message(f"The template {event} ({locale}) is {gone}.")


add_acts(mail, MAIL_ACTS, find_mail, MAIL_FIELDS.read)
