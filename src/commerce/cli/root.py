"""All commands, in the order in which the help lists them, and what their failures look like."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import IO, Any

import click

from commerce import __version__
from commerce.config import console
from commerce.config.env import ConfigurationError
from commerce.kit.errors import BusinessError, add_error_tables, error_code

add_error_tables("commerce.cli.errors", "commerce.server.errors", "commerce.config.errors")

COMMANDS = {
    "demo": "system.demo:demo",
    "serve": "system.serve:serve",
    "daily": "system.daily:daily",
    "prove": "system.prove:prove",
    "metrics": "system.metrics:metrics",
    "worker": "system.worker:worker",
    "migrate": "system.installation:migrate",
    "check": "system.installation:check",
    "backup": "system.backup:backup",
    "restore": "system.backup:restore",
    "token": "clients.tokens:token",
    "client": "clients.client_flags:client",
    "field": "clients.custom_fields:field",
    "order": "sales.orders:order",
    "invoice": "money.invoices:invoice",
    "credit": "money.credit:credit",
    "payment": "money.payments:payment",
    "job": "system.jobs:job",
    "audit": "system.audit:audit",
    "catalog": "catalog.products:catalog",
    "option": "catalog.options:option",
    "promo": "catalog.promos:promo",
    "currency": "catalog.currencies:currency",
    "client-group": "clients.groups:client_group",
    "tld": "catalog.tlds:tld",
    "reprice": "sales.reprice:reprice",
    "mail": "system.mail:mail",
    "document": "money.documents:document",
    "setting": "system.site_settings:setting",
    "service": "sales.service_editing:service",
    "server": "sales.servers:server",
    "tax": "money.tax:tax",
    "vat": "money.tax:vat",
    "renew-secrets": "system.installation:renew_secrets",
    "manage": "system.installation:manage",
    "version": "system.installation:version",
}
"""Each command, in the order of the help, and where it stands: it is imported when it is called or described."""


class CommandGroup(click.Group):
    """The group of all ``COMMANDS``, which says in a sentence what went wrong."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"commerce.cli.{module}"), attribute)
        return command

    def invoke(self, ctx: click.Context) -> object:
        as_json = "--json" in ctx.args
        try:
            with errors_as_messages():
                return super().invoke(ctx)
        except CommandFailure as failure:
            failure.as_json = as_json
            raise


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
