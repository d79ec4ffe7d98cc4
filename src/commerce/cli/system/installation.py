"""Commands about the installation as a whole: its database, its checks, its keys, Django's own commands."""

import click
from django.core.management import call_command, execute_from_command_line

from commerce.accounts.actions.mfa import reencrypt_mfa_secrets
from commerce.cli.databases.migrations import apply_migrations, pending_work
from commerce.cli.lookup import operator_context
from commerce.config import console, encrypted_data
from commerce.hosting.actions.passwords import reencrypt_passwords
from commerce.hosting.actions.server_settings import reencrypt_servers
from commerce.mail.actions.lifecycle import reencrypt_mails
from commerce.orders.actions.auth_codes import reencrypt_auth_codes
from commerce.site_settings.actions import reencrypt_settings
from commerce.webhook_endpoints.actions.endpoints import reencrypt_webhook_secrets


@click.command()
@click.option("--dry-run", is_flag=True, help="Only print what would be run.")
def migrate(*, dry_run: bool) -> None:
    """Create the database schema or update it.

    Safe to repeat. Run it once for all nodes before you start a new release.
    """
    if dry_run:
        click.echo("".join(f"{name}\n" for name in pending_work()), nl=False)
    elif not apply_migrations():
        console.print_message("The database is up to date.")


@click.command()
@click.option("--deploy", is_flag=True, help="Include checks for production.")
def check(*, deploy: bool) -> None:
    """Check the configuration.

    --deploy also checks what matters in production: company and sender, mail server, counters, keys, file permissions,
    system user, and worker. Exits with 1 on errors; with --deploy, also on warnings.
    """
    fail_level = "WARNING" if deploy else "ERROR"
    call_command("check", deploy=deploy, fail_level=fail_level, databases=["default"])


@click.command("renew-secrets")
@click.option(
    "--forget-unreadable",
    is_flag=True,
    help="Delete secrets that no key can decrypt: two-factor setups, secret settings, authorization codes.",
)
def renew_secrets(*, forget_unreadable: bool) -> None:
    """Re-encrypt all stored secrets with the newest key.

    To rotate keys: add the new key at the front of COMMERCE_KEY_RING (or ring.key) and restart all nodes, run this
    command, then remove the old keys and restart again.

    Use --forget-unreadable only if keys are lost for good: affected users sign in without two-factor authentication
    until they set it up again, and secret settings must be entered again.
    """
    if forget_unreadable:
        lost = encrypted_data.delete_undecryptable(ctx=operator_context())
        console.print_message(
            f"{lost} secret{'' if lost == 1 else 's'} deleted that no key can decrypt."
        )
    else:
        encrypted_data.reject_new_key_ring()
    with console.print_step("Encrypting with the newest key"):
        done = reencrypt_mfa_secrets() + reencrypt_auth_codes(operator_context())
        done += reencrypt_settings() + reencrypt_mails()
        done += reencrypt_servers() + reencrypt_passwords() + reencrypt_webhook_secrets()
    console.print_message(f"{done} secret{'' if done == 1 else 's'} re-encrypted.")


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

    To list them, run `commerce manage help`.
    """
    execute_from_command_line(["commerce manage", *arguments])
