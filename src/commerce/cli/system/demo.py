"""`commerce demo`: one command from nothing to a company that can be looked at and called."""

import os
import shlex
import socket
import sys
from pathlib import Path

import click

from commerce.cli.lookup import operator_context
from commerce.cli.param_types import WholeNumber
from commerce.cli.system.installation import apply_migrations
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.server import start

HOST, TOKEN_NAME = "127.0.0.1", "demo"
SHOWN_EMAIL = "alice@example.com"
PASSWORD = "demo-demo-demo"
_NOT_FOR_A_DEMO = ("EMAIL_URL", "EMAIL_URL_FILE", "DEBUG", "ALLOWED_HOSTS", "TRUSTED_PROXIES")


@click.command()
@click.option("--port", type=WholeNumber(1, 65535), default=start.PORT, show_default=True)
@click.option("--no-worker", is_flag=True, help="Leave background work to `commerce worker`.")
def demo(*, port: int, no_worker: bool) -> None:
    """Start a demo company on this machine.

    Makes what is missing (database, company, certificate), prints where to sign in, a token and a curl line, and
    serves to this machine only, until Ctrl-C. Started again, it keeps its data.
    """
    require_free_demo_port(port)
    prepare_environment(port)
    console.load_django()
    start.run_checks_at_start(behind_proxy=False)
    apply_migrations()
    build_demo_once()
    pair = start.choose_certificate(None, None, port)
    plans = start.plan_processes(HOST, port, 0, pair)
    plans += [] if no_worker else [start.plan_jobs_process(plans[0])]
    console.print_message("Starting the server …")
    sys.exit(start.run_processes(plans, pair, lambda: print_welcome(pair.authority)))


def require_free_demo_port(port: int) -> None:
    """Before the long work: is the port free, also on the address that `localhost` may mean first?"""
    start.require_free_ports(HOST, port)
    try:
        socket.create_connection(("::1", port), timeout=1).close()
    except OSError:
        return  # nobody is there, or this machine has no IPv6
    raise BusinessError("demo.port_taken", port=port)


def prepare_environment(port: int) -> None:
    """A demo is for this machine: one worker, its own address, and no mail leaves it."""
    for name in _NOT_FOR_A_DEMO:
        os.environ.pop(f"COMMERCE_{name}", None)
    address = "https://localhost" if port == 443 else f"https://localhost:{port}"
    os.environ |= {"COMMERCE_DEMO": "1", "COMMERCE_URL": address, "COMMERCE_WORKERS": "1"}


def build_demo_once() -> None:
    """Make the demo company, unless it is there. Raises ``BusinessError`` in a database with anybody else's data."""
    from commerce.accounts.models import User
    from commerce.demo.build import build_demo
    from commerce.kit import clock

    if not User.objects.filter(email__iexact=SHOWN_EMAIL).exists():
        if User.objects.exists():
            raise BusinessError("demo.database_in_use")
        with console.print_step("Making the demo company"):
            build_demo(at=clock.now(), progress=lambda text: console.print_message(f"  {text}"))


def new_demo_token() -> str:
    """A new token named `demo` for Alice's client, in place of the former one."""
    from django.db import transaction

    from commerce.accounts.actions.tokens import create_token, revoke_token
    from commerce.accounts.models import ApiToken, User

    alice = User.objects.get(email__iexact=SHOWN_EMAIL)
    member = alice.memberships.select_related("client").order_by("created_at", "id")[0]
    ctx = operator_context()
    with transaction.atomic():
        for former in ApiToken.objects.for_client(member.client).live().filter(name=TOKEN_NAME):
            revoke_token(token=former, ctx=ctx)
        _, plain = create_token(client=member.client, maker=alice, name=TOKEN_NAME, ctx=ctx)
    return plain


def print_welcome(authority: Path | None) -> None:
    """Tell where everything is, once it answers. This is what the command is for: it goes to standard output."""
    from django.conf import settings

    address, token = settings.COMMERCE_URL, new_demo_token()
    call = [
        "curl",
        *("--cacert", str(authority)),
        *("-H", f"Authorization: Bearer {token}"),
        f"{address}/api/v1/services",
    ]
    click.echo(
        f"""
Commerce is running. Ctrl-C stops it; the data stays in {relative_path(settings.COMMERCE_DATA_DIR)}.

  Portal    {address}
  Sign in   {SHOWN_EMAIL}  {PASSWORD}
  API docs  {address}/api/docs
  Token     {token}

The browser warns about the certificate: it is this machine's own. Try the API:

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
