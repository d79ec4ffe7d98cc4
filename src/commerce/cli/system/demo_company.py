"""The demo company: made once, with a token that is new at each start, and served to this machine only."""

import shlex
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click
from django.conf import settings
from django.db import transaction

from commerce.accounts.actions.tokens import create_token, revoke_token
from commerce.accounts.models import ApiToken, User
from commerce.cli.databases.migrations import apply_migrations
from commerce.cli.lookup import operator_context
from commerce.config import console
from commerce.demo.build import build_demo
from commerce.demo.card_double import running_card_double
from commerce.demo.sandbox_names import fill_sandbox_from_books, publish_missing_zones
from commerce.demo.sandbox_servers import fill_sandbox_panels_from_books
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.portal.base.sign_in.views import DEMO_ACCOUNTS, DEMO_PASSWORD, DEMO_STAFF
from commerce.server import start

TOKEN_NAME = "demo"
SHOWN_EMAIL = "alice@example.com"


def serve_demo(host: str, port: int, *, with_worker: bool) -> int:
    """Make what is missing of the demo company, and serve it until a signal comes; the exit code."""
    began = time.monotonic()
    start.run_checks_at_start(behind_proxy=False)
    with ExitStack() as until_ready:
        tell = until_ready.enter_context(console.print_progress("Starting the demo company"))
        apply_migrations(tell=tell)
        build_demo_once(tell)
        fill_sandbox_from_books()
        publish_missing_zones(clock.now())
        fill_sandbox_panels_from_books(clock.now())
        pair = start.choose_certificate(None, None, port)
        plans = start.plan_processes(host, port, 0, pair)
        plans += [start.plan_jobs_process(plans[0])] if with_worker else []
        tell("starting the server")

        def welcome() -> None:
            until_ready.close()
            print_welcome(pair.authority, int(time.monotonic() - began))

        with running_card_double():
            return start.run_processes(plans, pair, welcome)


def build_demo_once(tell: Callable[[str], object]) -> None:
    """Make the demo company, unless it is there. Raises ``BusinessError`` in a database with anybody else's data."""
    if not User.objects.filter(email__iexact=SHOWN_EMAIL).exists():
        if User.objects.exists():
            raise BusinessError("demo.database_in_use")
        build_demo(at=clock.now(), progress=tell)


def new_demo_token() -> str:
    """A new token named `demo` for Alice's client, in place of the former one."""
    alice = User.objects.get(email__iexact=SHOWN_EMAIL)
    member = alice.memberships.select_related("client").order_by("created_at", "id")[0]
    ctx = operator_context()
    with transaction.atomic():
        for former in ApiToken.objects.for_client(member.client).live().filter(name=TOKEN_NAME):
            revoke_token(token=former, ctx=ctx)
        _, plain = create_token(client=member.client, maker=alice, name=TOKEN_NAME, ctx=ctx)
    return plain


def print_welcome(authority: Path | None, seconds: int) -> None:
    """Tell where everything is, once it answers. This is what the command is for: it goes to standard output."""
    address, token = settings.COMMERCE_URL, new_demo_token()
    call = [
        "curl",
        *("--cacert", str(authority)),
        *("-H", f"Authorization: Bearer {token}"),
        f"{address}/api/v1/services",
    ]
    data = relative_path(settings.COMMERCE_DATA_DIR)
    people, staff = (
        "\n".join(f"            {email:<19}  {who}" for email, who in accounts)
        for accounts in (DEMO_ACCOUNTS, DEMO_STAFF)
    )
    click.echo(
        f"""
The demo company is running at {address} ({seconds} s).
Ctrl-C stops it. Data stays in {data}, logs go to {data}/log.

  Sign in   {address}/client/login
{people}
            The password is {DEMO_PASSWORD}

  Staff     {address}/admin
{staff}
            The password is the same

  Domains   {address}/domains
  API docs  {address}/api/docs
  Token     {token}

Your browser warns about the certificate because this machine made it. Try the API:

  {shlex.join(call)}
"""
    )
    sys.stdout.flush()


def relative_path(path: Path) -> str:
    """A path as it looks from the current folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
