"""Commands about the installation as a whole: its database, its checks, its keys, Django's own commands."""

import click
from django.core.management import call_command, execute_from_command_line

from commerce.accounts.actions.mfa import reencrypt_mfa_secrets
from commerce.cli.lookup import operator_context
from commerce.cli.system.database import apply_migrations
from commerce.config import console, encrypted_data
from commerce.mail.actions.lifecycle import reencrypt_mails
from commerce.orders.actions.auth_codes import reencrypt_auth_codes
from commerce.site_settings.actions import reencrypt_settings


@click.command()
def migrate() -> None:
    """Prepare the database, or bring it up to date.

    Safe to repeat. Run it once for all nodes, before the new release starts.
    """
    if not apply_migrations():
        console.print_message("The database is up to date.")


@click.command()
@click.option("--deploy", is_flag=True, help="Also look for what is only wrong in production.")
def check(*, deploy: bool) -> None:
    """Look for mistakes in the configuration, and with --deploy at the installation.

    --deploy also looks at what is only wrong in production, and at what a first installation misses: company and
    sender, mail server, counters, keys, who can open the files, the user, the worker. Exit code 1 when there are
    errors; with --deploy, when there are warnings, too.
    """
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
    if forget_unreadable:
        lost = encrypted_data.delete_undecryptable(ctx=operator_context())
        console.print_message(f"{lost} secret{'' if lost == 1 else 's'} deleted that no key opens.")
    else:
        encrypted_data.reject_new_key_ring()
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
    execute_from_command_line(["commerce manage", *arguments])
