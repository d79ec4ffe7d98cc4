"""All commands, in the order in which the help lists them, and what their failures look like."""

import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import takewhile
from tempfile import TemporaryDirectory
from typing import IO, Any

import click

from commerce import __version__
from commerce.config import console
from commerce.config.env import ConfigurationError
from commerce.kit.errors import BusinessError, add_error_tables, error_code

add_error_tables("commerce.cli.errors", "commerce.server.errors", "commerce.config.errors")


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command in the list: where it stands, what the list says of it, and what is loaded before its file is."""

    place: str
    summary: str
    load: Callable[[], None] | None = console.load_django


COMMANDS = {
    "demo": CommandEntry("system.demo:demo", "Start a demo company on this machine.", None),
    "serve": CommandEntry("system.serve:serve", "Serve the installation.", None),
    "daily": CommandEntry("system.daily:daily", "Bill, remind, suspend and end what is due."),
    "prove": CommandEntry(
        "system.prove:prove", "Check that the books and everything else add up, over all rows."
    ),
    "metrics": CommandEntry(
        "system.metrics:metrics", "Print the installation's metrics for Prometheus."
    ),
    "worker": CommandEntry("system.worker:worker", "Run background work and the timetable."),
    "migrate": CommandEntry(
        "system.installation:migrate", "Prepare the database, or bring it up to date."
    ),
    "init": CommandEntry(
        "first_setup.init:init", "Set up the company, its tax, its first product and its account."
    ),
    "check": CommandEntry(
        "system.installation:check",
        "Look for mistakes in the configuration, and with --deploy at the installation.",
    ),
    "backup": CommandEntry("system.backup:backup", "Write the whole installation into one file."),
    "restore": CommandEntry(
        "system.restore:restore", "Bring an installation back from a backup.", None
    ),
    "token": CommandEntry("clients.tokens:token", "Make, list and revoke API tokens of a client."),
    "client": CommandEntry(
        "clients.client_flags:client", "Manage clients, the customers who are billed."
    ),
    "field": CommandEntry("clients.custom_fields:field", "Manage custom fields of clients."),
    "order": CommandEntry("sales.orders:order", "Place, approve, hold, stop and cancel orders."),
    "invoice": CommandEntry(
        "money.invoices:invoice", "Look at, write, issue and correct invoices."
    ),
    "credit": CommandEntry(
        "money.credit:credit", "Look at credit of clients, add, remove, pay out, and apply it."
    ),
    "payment": CommandEntry(
        "money.payments:payment",
        "Record payments, refunds, declared transfers, and money without an invoice.",
    ),
    "job": CommandEntry(
        "system.jobs:job", "Look at background work, and decide about what is parked."
    ),
    "audit": CommandEntry(
        "system.audit:audit", "Read the audit log: who did what, when and from where."
    ),
    "catalog": CommandEntry(
        "catalog.products:catalog", "Manage product groups, products, prices and stock."
    ),
    "option": CommandEntry(
        "catalog.options:option", "Manage what buyers choose of a product, and its prices."
    ),
    "promo": CommandEntry("catalog.promos:promo", "Manage promo codes."),
    "currency": CommandEntry("catalog.currencies:currency", "Manage currencies."),
    "client-group": CommandEntry(
        "clients.groups:client_group", "Manage client groups and their prices."
    ),
    "tld": CommandEntry("catalog.tlds:tld", "Manage TLDs and their prices."),
    "faq": CommandEntry("catalog.faq:faq", "Manage the questions and answers of the public pages."),
    "reprice": CommandEntry(
        "sales.reprice:reprice",
        "Bring services and domains that exist to today's prices of the catalogue.",
    ),
    "mail": CommandEntry(
        "system.mail:mail", "See mails and send them again; change their templates."
    ),
    "document": CommandEntry(
        "money.documents:document",
        "Make, check and write out the PDF and e-invoice of invoices and credit notes.",
    ),
    "setting": CommandEntry(
        "system.site_settings:setting", "Read and change the company's settings."
    ),
    "service": CommandEntry(
        "sales.service_editing:service", "Manage services, and what clients ask of them."
    ),
    "server": CommandEntry(
        "sales.servers:server", "Manage the servers that hosting accounts live on."
    ),
    "tax": CommandEntry("money.tax:tax", "Manage tax rates."),
    "vat": CommandEntry("money.tax:vat", "Check the VAT numbers of clients."),
    "renew-secrets": CommandEntry(
        "system.installation:renew_secrets",
        "Encrypt all secrets at rest with the newest key of the ring.",
        partial(console.load_django, accept_new_key_ring=True),
    ),
    "manage": CommandEntry(
        "system.installation:manage", "Run one of Django's management commands."
    ),
    "version": CommandEntry("system.version:version", "Print the release.", None),
}
"""Each command, in the order of the help: only the file of the one that is called is imported, and Django before it."""


class CommandGroup(click.Group):
    """The group of all ``COMMANDS``, which says in a sentence what went wrong."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, for which none of their files is read."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        if entry.load and not console.is_django_loaded():
            entry.load()
        module, _, attribute = entry.place.partition(":")
        command: click.Command = getattr(import_module(f"commerce.cli.{module}"), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command; a help text leaves nothing behind in the data folder, which need not be there yet."""
        entry = COMMANDS.get(args[0])
        if entry and entry.load and asks_for_help(args) and not console.is_django_loaded():
            folder = ctx.with_resource(TemporaryDirectory(prefix="commerce-help-"))
            console.load_django_apart(folder)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        as_json = "--json" in ctx.args
        try:
            with errors_as_messages():
                return super().invoke(ctx)
        except CommandFailure as failure:
            failure.as_json = as_json
            raise


def asks_for_help(args: Sequence[str]) -> bool:
    """Whether a command shall describe itself; what follows ``--``, and Django's own commands, mean something else."""
    before = takewhile(lambda word: word != "--", args)
    return args[0] != "manage" and bool({"--help", "-h"} & set(before))


class CommandFailure(click.ClickException):
    """A command could not do what it should; said as ``console.print_message`` says things.

    Who asked for JSON gets it on standard error, too: ``{"error": {"code": …, "message": …}}``.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.as_json = False

    def show(self, file: IO[Any] | None = None) -> None:
        text = f"Error: {self.format_message()}"
        if self.as_json:
            text = json.dumps({"error": {"code": self.code, "message": self.format_message()}})
        console.print_message(text, level=logging.ERROR)


@contextmanager
def errors_as_messages() -> Iterator[None]:
    """Turn what an action, the environment or the database refuses into a message and exit code 1."""
    try:
        yield
    except (BusinessError, ConfigurationError) as error:
        raise CommandFailure(str(error), error_code(error)) from error
    except OSError as error:
        if not error.filename:
            raise
        raise CommandFailure(f"{error.filename}: {error.strerror}.") from error
    except UnicodeEncodeError as error:
        if error.reason != "surrogates not allowed":
            raise
        raise CommandFailure("What you typed is not UTF-8 text.") from error
    except Exception as error:
        if text := _of_django(error):
            raise CommandFailure(text) from error
        raise


def _of_django(error: Exception) -> str:
    """What an error of Django means to the person who called the command; nothing, if it is a defect of ours."""
    if "django.db" not in sys.modules:
        return ""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError
    from django.db import OperationalError, ProgrammingError

    if isinstance(error, CommandError | ImproperlyConfigured):
        return str(error)
    if isinstance(error, OperationalError | ProgrammingError):
        text = str(error).strip()
        if "no such table" in text or "does not exist" in text:
            return f"The database is not prepared ({text}). Run: commerce migrate"
        return f"The database cannot be used: {text}"
    return ""


@click.group(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, message="commerce %(version)s")
def commerce() -> None:
    """Billing and client portal for hosting companies.

    Everything is configured by environment variables; docs/operations.md describes them. Without any, an
    installation keeps all it writes in ./var.
    """
