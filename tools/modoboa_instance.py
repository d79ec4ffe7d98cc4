"""Make a Modoboa of the packages in ``.venv/modoboa``: each test run starts a copy of it, as a program of its own.

A Modoboa makes its tables by hundreds of migrations, in minutes. Here Django makes them from its models, in seconds.
It hashes passwords with 1000 rounds in place of 70,000, which Python would count for a tenth of a second, and waits for
no disk.
"""

import os
import shutil
import subprocess
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent / ".venv" / "modoboa"
INSTANCE = HOME / "instance"

DEPLOY = """
import sys
from modoboa.core import commands
from modoboa.core.commands.deploy import DeployCommand
DeployCommand._exec_django_command = lambda *_: None
sys.argv = ["modoboa-admin.py", "deploy", "instance", "--domain", "localhost"]
sys.argv += ["--dburl", "default:sqlite:///modoboa.db", "--redisurl", "redis://localhost/0"]
commands.handle_command_line()
"""
SETTINGS = """

class _FromModels(dict):
    __contains__ = lambda *_: True
    __getitem__ = lambda *_: None


MIGRATION_MODULES = _FromModels()
DATABASES["default"]["OPTIONS"] = {"init_command": "PRAGMA synchronous=OFF"}
_rates = REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(_rates, "1000/second")
CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
"""
FILL = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "instance.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0, skip_checks=True)
call_command("load_initial_data", no_frontend=True, verbosity=0, skip_checks=True)
from modoboa.core.models import LocalConfig
config = LocalConfig.objects.get()
config.parameters.set_value("rounds_number", 1000, app="core")
config.save()
"""


def build() -> None:
    """Lay the instance down, and fill its database."""
    packages = next(HOME.glob("lib/python*/site-packages"))
    (packages / "rrdtool.py").write_text("# What draws statistics would have to be compiled.\n")
    shutil.rmtree(INSTANCE, ignore_errors=True)
    run(DEPLOY, HOME)
    settings = INSTANCE / "instance" / "settings.py"
    redis = "os.environ.get('PANEL_REDIS', 'redis://localhost/0')"
    told = settings.read_text().replace("'redis://localhost/0'", redis)
    settings.write_text(told + SETTINGS)
    run(FILL, INSTANCE)


def run(script: str, folder: Path) -> None:
    """Let Modoboa's own Python do it."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("DJANGO_")}
    subprocess.run(
        [HOME / "bin" / "python", "-c", script],
        cwd=folder,
        check=True,
        env=kept | {"PYTHONPATH": ".", "PYTHONWARNINGS": "ignore"},
    )


if __name__ == "__main__":
    build()
