"""Run uv with the given arguments; where uv is not on the machine, bring a private one into ``.venv-uv`` first.

This runs before anything is installed, on whatever Python the machine calls ``python3`` (3.9 or later), and needs
nothing else. The private uv is the pinned one of ``requirements/uv.txt``, checked by its hash.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv-uv"
WANTED = ["--quiet", "--require-hashes", "--requirement", str(ROOT / "requirements" / "uv.txt")]


def into_venv() -> "Path | None":
    """The usual way: a virtual environment with pip in it."""
    python = HOME / "bin" / "python"
    made = run(sys.executable, "-m", "venv", "--clear", str(HOME))
    done = made and run(str(python), "-m", "pip", "install", *WANTED)
    return HOME / "bin" / "uv" if done else None


def into_folder() -> "Path | None":
    """Where Python comes without ``venv`` but with pip."""
    shutil.rmtree(HOME, ignore_errors=True)
    done = run(sys.executable, "-m", "pip", "install", "--target", str(HOME), *WANTED)
    return HOME / "bin" / "uv" if done else None


def run(*command: str) -> bool:
    """Whether the command succeeded; what it complains about is seen."""
    quiet = subprocess.DEVNULL
    return subprocess.run(command, check=False, stdin=quiet, stdout=quiet).returncode == 0


def find() -> str:
    """The path of a uv that works, brought if needed."""
    own = HOME / "bin" / "uv"
    known = shutil.which("uv") or (own if own.exists() else None)
    if known and run(str(known), "--version"):
        return str(known)
    print("uv … ", end="", file=sys.stderr, flush=True)
    brought = into_venv() or into_folder()
    if brought and brought.exists():
        return str(brought)
    sys.exit(
        f"uv could not be installed with {sys.executable}. Install uv yourself, or Python's venv and pip\n"
        "(on Debian and Ubuntu: apt-get install python3-venv), and try again."
    )


if __name__ == "__main__":
    uv = find()
    # The machine's own certificates, as pip: uv's built-in ones do not know a company's proxy.
    os.environ.setdefault("UV_SYSTEM_CERTS", "1")
    os.execv(uv, [uv, *sys.argv[1:]])
