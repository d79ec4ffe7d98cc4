"""Commands about the installation as a whole: its database, its checks, Django's own commands."""

import sys
import time
from collections.abc import Callable

import click

from commerce import __version__
from commerce.cli.lookup import operator_context
from commerce.config import console
from commerce.kit.errors import BusinessError


@click.command()
def migrate() -> None:
    """Prepare the database, or bring it up to date.

    Safe to repeat. Run it once for all nodes, before the new release starts.
    """
    console.load_django()
    if not apply_migrations():
        console.print_message("The database is up to date.")


def pending_migrations() -> list[str]:
    """The migrations that the database has not seen, in the order in which they will run."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def require_ready_database() -> None:
    """Refuse to start on a database that is not up to date, or whose secrets no key opens."""
    if pending_migrations():
        raise BusinessError("installation.not_up_to_date")
    from commerce.config.deploy_checks import unreadable_secrets

    for message in unreadable_secrets():
        raise BusinessError(
            "installation.secrets_unreadable", problem=message.msg, hint=message.hint
        )


def apply_migrations() -> bool:
    """Run what is pending, telling each one, and mend the guards of issued documents; False when nothing was to do."""
    from django.core.management import call_command

    from commerce.db import triggers

    if not pending_migrations() and not triggers.trigger_differences():
        return False
    with console.print_step("Preparing the database"):
        _migrate_between_others(
            lambda: call_command("migrate", interactive=False, stdout=sys.stderr)
        )
    return True


LOCK_SECONDS = 3
"""Whoever waits for a table's lock holds up all that come after: better let them pass, and try again."""
LOCK_TRIES = 20
LOCK_PAUSE = 2
"""Seconds, in which the others catch up."""


def _migrate_between_others(run: Callable[[], object]) -> None:
    """Change tables while an installation serves: wait for a lock shortly, step aside, and try again."""
    from django.db import OperationalError, connection

    from commerce.db.outages import outage_kind

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    for left in reversed(range(LOCK_TRIES)):
        try:
            run()
            return
        except OperationalError as error:
            if not left or outage_kind(error) != "locked":
                raise
            console.print_message("Somebody uses a table that is to be changed. Trying again …")
            time.sleep(LOCK_PAUSE)


@click.command()
@click.option("--deploy", is_flag=True, help="Also look for what is only wrong in production.")
def check(*, deploy: bool) -> None:
    """Look for mistakes in the configuration, and with --deploy at the installation.

    --deploy also looks at what is only wrong in production, and at what a first installation misses: company and
    sender, mail server, counters, keys, who can open the files, the user, the worker. Exit code 1 when there are
    errors; with --deploy, when there are warnings, too.
    """
    console.load_django()
    from django.core.management import call_command

    fail_level = "WARNING" if deploy else "ERROR"
    call_command("check", deploy=deploy, fail_level=fail_level, databases=["default"])


@click.command("renew-secrets")
@click.option(
    "--forget-unreadable",
    is_flag=True,
    help="Delete what no key of the ring opens: two-factor setups, secret settings, codes of transfers.",
)
def renew_secrets(*, forget_unreadable: bool) -> None:
    """Encrypt all secrets at rest with the newest key of the ring.

    Older keys can leave the ring afterwards. First put the new key in front of COMMERCE_KEY_RING (or ring.key) and
    restart all nodes; then run this; then take the older keys out and restart once more.

    With --forget-unreadable, for a ring that is lost for good: users whose second factor is deleted sign in with their
    password alone until they set up another, and secret settings must be given again.
    """
    console.load_django(accept_new_key_ring=forget_unreadable)
    from commerce.accounts.actions.mfa import reencrypt_mfa_secrets
    from commerce.config import encrypted_data
    from commerce.mail.actions.lifecycle import reencrypt_mails
    from commerce.orders.actions.auth_codes import reencrypt_auth_codes
    from commerce.site_settings.actions import reencrypt_settings

    if forget_unreadable:
        lost = encrypted_data.delete_undecryptable(ctx=operator_context())
        console.print_message(f"{lost} secret{'' if lost == 1 else 's'} deleted that no key opens.")
    with console.print_step("Encrypting with the newest key"):
        done = reencrypt_mfa_secrets() + reencrypt_auth_codes()
        done += reencrypt_settings() + reencrypt_mails()
    console.print_message(f"{done} secret{'' if done == 1 else 's'} renewed.")


@click.command(
    context_settings={
        "ignore_unknown_options": True,
        "allow_interspersed_args": False,
        "help_option_names": [],
    }
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run one of Django's management commands.

    `commerce manage help` lists them.
    """
    console.load_django()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["commerce manage", *arguments])


@click.command()
def version() -> None:
    """Print the release."""
    click.echo(f"commerce {__version__}")
