"""Print what the wheel needs as a bill of materials (CycloneDX): each package, its version, the hashes of its files.

The list is ``requirements/base.txt``, by which releases and images are installed. The base of an image has its own.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(?: ; ([^\\\n]*))?")


def components(requirements: str) -> list[dict[str, Any]]:
    """The packages of a file of pins, but those of other systems."""
    listed = []
    for pin in re.split(r"\n(?=[a-z0-9])", requirements):
        found = PIN.match(pin)
        if not found or "win32" in (found[3] or ""):
            continue
        name, version, _ = found.groups()
        hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})", pin)
        purl = f"pkg:pypi/{name}@{version}"
        listed.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": name,
                "version": version,
                "purl": purl,
                "hashes": [{"alg": "SHA-256", "content": each} for each in hashes],
            }
        )
    return listed


def main() -> None:
    version = re.search(
        r'__version__ = "(.+)"', (ROOT / "src/commerce/__init__.py").read_text("utf-8")
    )
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": "commerce",
                "version": version[1] if version else "",
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components((ROOT / "requirements" / "base.txt").read_text("utf-8")),
    }
    json.dump(bill, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
