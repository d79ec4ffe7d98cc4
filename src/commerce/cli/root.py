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
from commerce.kit.errors import BusinessError, add_error_tables

add_error_tables("commerce.cli.errors", "commerce.server.errors", "commerce.config.errors")


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command in the list: where it stands, what the list says of it, and what is loaded before its file is."""

    place: str
    summary: str
    load: Callable[[], None] | None = console.load_django


COMMANDS = {
    "demo": CommandEntry("system.demo:demo", "Start a demo installation on this machine.", None),
    "serve": CommandEntry("system.serve:serve", "Start the server.", None),
    "daily": CommandEntry(
        "system.daily:daily",
        "Run daily billing: renewals, reminders, suspensions, and terminations.",
    ),
    "prove": CommandEntry("system.prove:prove", "Check the integrity of all data."),
    "metrics": CommandEntry("system.metrics:metrics", "Print metrics for Prometheus."),
    "worker": CommandEntry("system.worker:worker", "Run background jobs and scheduled tasks."),
    "migrate": CommandEntry(
        "system.installation:migrate", "Create the database schema or update it."
    ),
    "init": CommandEntry(
        "first_setup.init:init", "Set up your company, taxes, first product, and bank account."
    ),
    "check": CommandEntry(
        "system.installation:check",
        "Check the configuration.",
    ),
    "systemd": CommandEntry(
        "releases.systemd:systemd", "Write the systemd units of this release.", None
    ),
    "upgrade": CommandEntry(
        "releases.upgrade:upgrade", "Upgrade the installation to another release.", None
    ),
    "backup": CommandEntry(
        "databases.backup:backup", "Back up the whole installation to a single file."
    ),
    "restore": CommandEntry(
        "databases.restore:restore", "Restore an installation from a backup.", None
    ),
    "rehearse": CommandEntry(
        "databases.rehearse:rehearse",
        "Restore a backup beside the installation, and run tomorrow on it.",
    ),
    "move-database": CommandEntry(
        "databases.move_database:move_database",
        "Copy everything into another database: SQLite or PostgreSQL.",
    ),
    "staff": CommandEntry(
        "system.staff:staff", "Manage staff: who signs in to the staff area, and what they may do."
    ),
    "staff-role": CommandEntry(
        "system.staff_roles:staff_role", "Manage roles of staff: what whoever has one may do."
    ),
    "staff-token": CommandEntry(
        "system.staff_tokens:staff_token", "Manage tokens of the staff API."
    ),
    "machine-account": CommandEntry(
        "system.staff_tokens:machine_account",
        "Manage machine accounts: staff without sign-in, for programs.",
    ),
    "webhook-endpoint": CommandEntry(
        "system.webhook_endpoints:webhook_endpoint", "Manage webhook endpoints of the company."
    ),
    "token": CommandEntry("clients.tokens:token", "Manage API tokens of clients."),
    "client": CommandEntry("clients.clients:client", "Manage clients."),
    "field": CommandEntry("clients.custom_fields:field", "Manage custom client fields."),
    "order": CommandEntry("sales.orders:order", "Manage orders."),
    "statement": CommandEntry(
        "sales.statements:statement", "Manage withdrawals and cancellations of consumers."
    ),
    "invoice": CommandEntry("money.invoices:invoice", "Manage invoices."),
    "credit": CommandEntry("money.credit:credit", "Manage credit balances of clients."),
    "payment": CommandEntry(
        "money.payments:payment",
        "Manage payments, refunds, disputes, transfers, and unallocated payments.",
    ),
    "month": CommandEntry("money.months:month", "Close months of the books."),
    "gateway": CommandEntry(
        "money.gateways:gateway", "Manage payment gateways and the events they send."
    ),
    "job": CommandEntry("system.jobs:job", "Manage background jobs."),
    "audit": CommandEntry("system.audit:audit", "View the audit log."),
    "catalog": CommandEntry(
        "catalog.products:catalog", "Manage products, product groups, prices, and stock."
    ),
    "option": CommandEntry(
        "catalog.options:option", "Manage configurable options and their prices."
    ),
    "promo": CommandEntry("catalog.promos:promo", "Manage promo codes."),
    "currency": CommandEntry("catalog.currencies:currency", "Manage currencies."),
    "client-group": CommandEntry(
        "clients.groups:client_group", "Manage client groups and their prices."
    ),
    "domain": CommandEntry("domains.renewing:domain", "Manage domains at their registrars."),
    "registrar": CommandEntry(
        "domains.registrar_names:registrar", "Manage registrars and compare their prices."
    ),
    "tld": CommandEntry("catalog.tlds:tld", "Manage TLDs and their prices."),
    "dns": CommandEntry("dns.zones:dns", "Manage DNS zones and their records."),
    "faq": CommandEntry("catalog.faq:faq", "Manage the public FAQ."),
    "reprice": CommandEntry(
        "sales.reprice:reprice",
        "Update existing services and domains to current catalog prices.",
    ),
    "mail": CommandEntry("system.mail:mail", "Manage sent emails and templates."),
    "document": CommandEntry(
        "money.documents:document",
        "Manage PDFs and e-invoices of invoices and credit notes.",
    ),
    "setting": CommandEntry("system.site_settings:setting", "Manage settings."),
    "service": CommandEntry("sales.service_accounts:service", "Manage services and cancellations."),
    "plan-change": CommandEntry(
        "sales.plan_changes:plan_change", "Manage plan changes and what is paid for them."
    ),
    "server": CommandEntry("sales.servers:server", "Manage hosting servers."),
    "tax": CommandEntry("money.tax:tax", "Manage tax rates."),
    "vat": CommandEntry("money.tax:vat", "Validate VAT numbers of clients."),
    "renew-secrets": CommandEntry(
        "system.installation:renew_secrets",
        "Re-encrypt all stored secrets with the newest key.",
        partial(console.load_django, accept_new_key_ring=True),
    ),
    "manage": CommandEntry(
        "system.installation:manage", "Run one of Django's management commands."
    ),
    "version": CommandEntry("system.version:version", "Print the version.", None),
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
    except BusinessError as error:
        raise CommandFailure(error.staff_text, error.code) from error
    except ConfigurationError as error:
        raise CommandFailure(str(error)) from error
    except OSError as error:
        if not error.filename:
            raise
        raise CommandFailure(f"{error.filename}: {error.strerror}.") from error
    except UnicodeEncodeError as error:
        if error.reason != "surrogates not allowed":
            raise
        raise CommandFailure("The input isn't valid UTF-8.") from error
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
            return f"The database isn't set up ({text}). Run: commerce migrate"
        return f"Can't use the database: {text}"
    return ""


@click.group(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, message="commerce %(version)s")
def commerce() -> None:
    """Billing and client portal for hosting companies.

    Configure it with environment variables, as described in docs/operations.md. Without any, all data is stored
    in ./var.
    """
