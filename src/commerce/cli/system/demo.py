"""`commerce demo`: one command from nothing to a company that can be looked at and called."""

import os
import socket
import sys

import click

from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.server import start

HOST = "127.0.0.1"
_NOT_FOR_A_DEMO = ("EMAIL_URL", "EMAIL_URL_FILE", "DEBUG", "ALLOWED_HOSTS", "TRUSTED_PROXIES")


@click.command()
@click.option("--port", type=WholeNumber(1, 65535), default=start.PORT, show_default=True)
@click.option(
    "--no-worker", is_flag=True, help="Don't start a worker. Run `commerce worker` separately."
)
def demo(*, port: int, no_worker: bool) -> None:
    """Start a demo installation on this machine.

    Creates a database with demo data and a certificate if needed, then prints how to sign in and a sample API request.
    Serves this machine only, until you press Ctrl-C. Data is kept between starts,
    and logs are in log/ in the data folder.
    """
    require_free_demo_port(port)
    prepare_environment(port)
    console.load_django()
    from commerce.cli.system.demo_company import serve_demo

    sys.exit(serve_demo(HOST, port, with_worker=not no_worker))


def require_free_demo_port(port: int) -> None:
    """Before the long work: is the port free, also on the address that `localhost` may mean first?"""
    start.require_free_ports(HOST, port)
    try:
        socket.create_connection(("::1", port), timeout=1).close()
    except OSError:
        return  # nobody is there, or this machine has no IPv6
    raise BusinessError("demo.port_taken", port=port)


def prepare_environment(port: int) -> None:
    """A demo is for this machine: one worker, its own address, no mail leaves it, and its logs are files."""
    for name in _NOT_FOR_A_DEMO:
        os.environ.pop(f"COMMERCE_{name}", None)
    address = "https://localhost" if port == 443 else f"https://localhost:{port}"
    os.environ |= {"COMMERCE_DEMO": "1", "COMMERCE_URL": address, "COMMERCE_WORKERS": "1"}
    os.environ["COMMERCE_LOG_STDERR"] = "0"
