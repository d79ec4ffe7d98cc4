"""Settings as the specification has them (accounts.md 4 to 6, client-api.md 5): read as a fresh process reads them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

WANTED = {
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
    "PASSWORD_RESET_TIMEOUT": 60 * 60,
    "ACCOUNT_LOGIN_TIMEOUT": 15 * 60,
    "ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS": 1 / 24,
    "MFA_RECOVERY_CODE_COUNT": 8,
    "MFA_RECOVERY_CODE_DIGITS": 10,
    "COMMERCE_API_RATE": [60, 60],
    "COMMERCE_API_AUTH_FAILURE_RATE": [30, 60],
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "CSRF_COOKIE_SECURE": True,
    "CSRF_COOKIE_HTTPONLY": True,
    "CSRF_COOKIE_SAMESITE": "Lax",
    "DEBUG": False,
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Of a process without any variable of ours but the data folder."""
    program = (
        "import json, sys, commerce.config.settings as found;"
        " print(json.dumps({name: getattr(found, name) for name in sys.argv[1:]}))"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COMMERCE_")}
    clean["COMMERCE_DATA_DIR"] = str(Path(tmp_path_factory.mktemp("data")))
    child = [sys.executable, "-c", program, *WANTED]
    done = subprocess.run(child, env=clean, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_setting_is_as_the_specification_has_it(found: dict[str, object], name: str) -> None:
    assert found[name] == WANTED[name]
