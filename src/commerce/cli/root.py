"""All commands, in the order in which the help lists them, and what their failures look like."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from commerce import __version__
from commerce.cli import (
    audit,
    backup,
    catalog,
    client_groups,
    client_switches,
    credit,
    currency,
    daily,
    demo,
    documents,
    fields,
    hosting_by_staff,
    installation,
    invoices,
    jobs,
    mail,
    metrics,
    option,
    orders,
    payments,
    preferences,
    promo,
    prove,
    ready,
    reprice,
    serve,
    servers,
    tax,
    tld,
    tokens,
    worker,
)
from commerce.config.env import Misconfigured
from commerce.kit.errors import Refused


class Commands(click.Group):
    """A group that keeps the order of its commands, and says in a sentence what went wrong."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        with spoken():
            return super().invoke(ctx)


class Failed(click.ClickException):
    """A command could not do what it should; said as ``ready.say`` says things."""

    def show(self, file: IO[Any] | None = None) -> None:
        ready.say(f"Error: {self.format_message()}", level=logging.ERROR)


@contextmanager
def spoken() -> Iterator[None]:
    """Turn what an action, the environment or the database refuses into a message and exit code 1."""
    try:
        yield
    except (Refused, Misconfigured) as error:
        raise Failed(str(error)) from error
    except OSError as error:
        if not error.filename:
            raise
        raise Failed(f"{error.filename}: {error.strerror}.") from error
    except UnicodeEncodeError as error:
        if error.reason != "surrogates not allowed":
            raise
        raise Failed("What you typed is not UTF-8 text.") from error
    except Exception as error:
        if text := _of_django(error):
            raise Failed(text) from error
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
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, message="commerce %(version)s")
def commerce() -> None:
    """Billing and client portal for hosting companies.

    Everything is configured by environment variables; docs/operations.md describes them. Without any, an
    installation keeps all it writes in ./var.
    """


for command in (
    demo.demo,
    serve.serve,
    daily.daily,
    prove.prove,
    metrics.metrics,
    worker.worker,
    installation.migrate,
    installation.check,
    backup.backup,
    backup.restore,
    tokens.token,
    client_switches.client,
    fields.field,
    orders.order,
    invoices.invoice,
    credit.credit,
    payments.payment,
    jobs.job,
    audit.audit,
    catalog.catalog,
    option.option,
    promo.promo,
    currency.currency,
    client_groups.group,
    tld.tld,
    reprice.reprice,
    mail.mail,
    documents.document,
    preferences.setting,
    hosting_by_staff.service,
    servers.server,
    tax.tax,
    tax.vat,
    installation.renew_secrets,
    installation.manage,
    installation.version,
):
    commerce.add_command(command)
