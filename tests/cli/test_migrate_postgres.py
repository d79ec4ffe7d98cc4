"""The database of PostgreSQL that ``commerce migrate`` takes."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.server.running import run_command

DATABASE = os.environ.get("COMMERCE_DATABASE_URL", "")
pytestmark = pytest.mark.skipif(not DATABASE.startswith("postgres"), reason="no PostgreSQL here")


def test_one_that_lacks_letters_is_refused_while_it_is_empty(tmp_path: Path) -> None:
    name = f"latin_{secrets.token_hex(4)}"
    url = urlsplit(DATABASE)._replace(path=f"/{name}").geturl()
    with psycopg.connect(DATABASE, autocommit=True) as server:
        server.execute(
            f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0".encode()
        )
        done = run_command(tmp_path, "migrate", COMMERCE_DATABASE_URL=url)
        server.execute(f"DROP DATABASE {name}".encode())
    assert done.returncode == 1
    assert "stores text as LATIN1" in done.stderr
    assert "Traceback" not in done.stderr
