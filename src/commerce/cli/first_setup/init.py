"""`commerce init`: from an empty installation to one in which a client can order and pay."""

import sys

import click
from django.conf import settings
from django.db import transaction

from commerce.catalog.models import Currency, Price
from commerce.cli.databases.migrations import require_ready_database
from commerce.cli.first_setup import company, money_and_mail, sales, taxes
from commerce.cli.first_setup.interview import SetupInterview, option_name
from commerce.cli.lookup import operator_context
from commerce.config import console
from commerce.first_setup.bank_account import save_bank_account
from commerce.first_setup.company import save_company
from commerce.first_setup.consumers import are_rights_proposed
from commerce.first_setup.missing import SetupStep, missing_parts
from commerce.first_setup.sales import save_sales, show_domain_search
from commerce.first_setup.taxes import save_taxes
from commerce.kit.errors import BusinessError
from commerce.mail.mail_server import configured_mail_server, mail_server_problem
from commerce.site_settings.current import business_date


@click.command()
@click.option("--company-name", metavar="NAME")
@click.option("--company-country", metavar="CODE", help="ISO 3166, such as DE.")
@click.option("--company-address", metavar="TEXT", help="Street and number.")
@click.option("--company-postcode", metavar="TEXT")
@click.option("--company-city", metavar="TEXT")
@click.option("--company-state", metavar="TEXT")
@click.option("--company-tax-id", metavar="NUMBER", help="Tax ID, such as a VAT number.")
@click.option("--company-email", metavar="EMAIL", help="Support email.")
@click.option("--portal-name", metavar="NAME", help="[default: the company name]")
@click.option("--time-zone", metavar="ZONE", help="Such as Europe/Berlin. [default: the country's]")
@click.option("--currency", metavar="CODE", help="ISO 4217, such as EUR. [default: the country's]")
@click.option(
    "--tax-rate",
    metavar="PERCENT",
    help='Tax rate in your country, or "none". [default: the standard rate]',
)
@click.option("--tax-name", metavar="NAME", help="Tax name on invoices, such as VAT.")
@click.option("--prices-include-tax", metavar="on|off", help="Whether prices include tax.")
@click.option(
    "--eu-consumers",
    metavar="destination|origin",
    help="Tax rate for consumers elsewhere in the EU: their country's or yours.",
)
@click.option("--product-group", metavar="NAME", help="Created if it doesn't exist.")
@click.option("--product", metavar="NAME", help="Created if it doesn't exist.")
@click.option("--price", metavar="AMOUNT", help="Per month, such as 5.00.")
@click.option("--bank-account", metavar="IBAN", help="IBAN or account number for bank transfers.")
@click.option("--bank-holder", metavar="NAME", help="[default: the company]")
@click.option("--bank-routing", metavar="NUMBER", help="Routing number or sort code.")
@click.option("--bank-bic", metavar="BIC")
@click.option("--mail-url", metavar="URL", help="Mail server to test. No email is sent.")
@click.option("--yes", is_flag=True, help="Accept all defaults without prompting.")
def init(*, yes: bool, **options: str | None) -> None:
    """Set up your company, taxes, first product, and bank account.

    Prompts for anything you don't pass as an option. Safe to run again: shows current values, changes only what you
    change, and never creates duplicate products or groups.

    \b
    Examples:
      commerce init
      commerce init --product Starter --price 5.00 --yes
    """
    require_ready_database()
    interview = SetupInterview(options, yes=yes, at_terminal=sys.stdin.isatty())
    changed, mail_url = set_up(interview)
    _print_lines("Saved" if changed else "Nothing to change.", changed)
    if missing := _missing_lines(mail_url):
        _print_lines("Still missing", missing)
    _print_lines("Next", next_steps())


def set_up(interview: SetupInterview) -> tuple[list[str], str]:
    """Ask everything, then keep everything or nothing: what changed in a line each, and a mail server that answered.

    Raises ``BusinessError`` with the options that are missing where nobody can be asked.
    """
    ctx = operator_context()
    is_mailing = configured_mail_server() is not None
    about = company.ask_company(interview)
    country = about["company.country"]
    sold = sales.ask_sales(interview, country)
    taxed = taxes.ask_taxes(interview, country, business_date(ctx.at))
    account = money_and_mail.ask_bank_account(interview, about["company.name"])
    mail_url = money_and_mail.ask_mail_server(interview, configured=is_mailing)
    if interview.missing:
        rows = (f"\n  {option_name(name)} {value}" for name, value in interview.missing.items())
        raise BusinessError("command.answers_missing", options="".join(map(str.rstrip, rows)))
    with transaction.atomic():
        changed = [
            *save_company(about, ctx),
            *save_taxes(taxed, country, ctx),
            *save_sales(sold, ctx),
            *show_domain_search(ctx),
            *save_bank_account(account, ctx),
        ]
    return changed, mail_url


_COMMANDS = {
    SetupStep.PRODUCT: "A product: commerce init --product NAME --price AMOUNT",
    SetupStep.PAYMENTS: "A bank account: commerce init --bank-account IBAN",
    SetupStep.TAX: "A tax rule: commerce init --tax-rate PERCENT",
}
"""The way to what this command can ask for; the rest it always asks, or does not know."""


def _missing_lines(mail_url: str) -> list[str]:
    """What an order from beginning to end still lacks, each with the way to it."""
    parts = missing_parts(business_date(operator_context().at))
    others = [_COMMANDS[part.step] for part in parts if part.step in _COMMANDS]
    mail = _mail_line(mail_url)
    return [mail, *others] if mail else others


def _mail_line(mail_url: str) -> str:
    if server := configured_mail_server():
        problem = mail_server_problem(server)
        return f"Email: can't connect to {server.host}:{server.port}: {problem}" if problem else ""
    if mail_url:
        return "Email: the server works. Set COMMERCE_EMAIL_URL in the environment file to use it."
    return "Email: saved to files, not sent. Set COMMERCE_EMAIL_URL in the environment file."


_CONSUMERS = (
    "Have a lawyer read the rights of consumers (docs/billing.md), then switch them on:"
    " commerce setting set consumer.enabled on"
)
"""Never switched on from here: nobody would have seen what they promise."""


def next_steps() -> list[str]:
    """What to do now, each with its command or page."""
    unused = Currency.objects.filter(is_active=True, is_default=False)
    unused = unused.exclude(pk__in=Price.objects.values("currency_id"))
    return [
        *(
            f"{row.code} has no prices. Stop selling in it: commerce currency disable {row.code}"
            for row in unused
        ),
        *([_CONSUMERS] if are_rights_proposed() else []),
        "Check the installation: commerce check --deploy",
        "Start the server and the worker: docs/first-hour.md",
        f"Order as a client: {settings.COMMERCE_URL}/store",
    ]


def _print_lines(title: str, lines: list[str]) -> None:
    console.print_message("\n".join([f"\n{title}", *(f"  {line}" for line in lines)]))
