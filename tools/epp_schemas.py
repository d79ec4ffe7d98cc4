"""Bring the schemas of EPP into ``.venv/epp-schemas``: they judge each frame that the tests' registry gets and sends.

They are printed in the RFCs, which Debian has as packages (doc-rfc-std, doc-rfc-std-proposed, of its section
``non-free``). The packages come through apt with lists of its own, so that nothing is installed, no source of the
machine is changed and nobody needs to be root; each schema is taken out of its RFC and checked against its hash. Where
that cannot be, the tests that need them are skipped, but for CI.
"""

import gzip
import hashlib
import os
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent / ".venv" / "epp-schemas"
STAMP = HOME.with_name(".epp-schemas")
PACKAGES = ("doc-rfc-std", "doc-rfc-std-proposed")
SCHEMAS = {
    "epp-1.0": (5730, "ed78def590618c1bb7ba887aaa9e7c2133d8dabcc0773e67471426922ad538f6"),
    "eppcom-1.0": (5730, "e339ed186b0acd51b5d620c84e76159796be445129d713ec79ac2d472996d7c6"),
    "domain-1.0": (5731, "1302bd03e1082ddbecdca04d408cd7ef8ff4e882f333d74fc2af136dcf050a32"),
    "host-1.0": (5732, "0576f987f5261a1e1d0c00ea6fc227717c850b25543f06f1e934ce8364aedcb1"),
    "contact-1.0": (5733, "e82a996cde858d46666aa5764c06dd6fdd4b31388fcdec9b68ea3680420686ba"),
    "secDNS-1.1": (5910, "c4e4b4c0f47cf6826562d9a471e22eab5aeb5e0ee0fc46c53a03f6ab02f11072"),
    "rgp-1.0": (3915, "f68d443d1c9563245107713c5e4eabc2a19310967b423009e705a8ce0f07015c"),
    "epp:fee-1.0": (8748, "aed9dbe96e44de9cbbc06961b44e99c465ab73052eeaf8b75eb580b449c10998"),
    "epp:loginSec-1.0": (8807, "c982c44282c3a7c284d2ad0d8c95d5985f804476d542ec56b6726da4ce19fe69"),
}
"""By the end of its namespace: the RFC that prints it, and the hash of its text."""

PAGE_BREAK = re.compile(r"\n*\n[^\n]*\[Page \d+\]\n\f\n?[^\n]*\n\n+")
SCHEMA = re.compile(r"<\?xml version[^\n]*\n\s*<schema\b.*?</schema>", re.DOTALL)
NAMESPACE = re.compile(r'targetNamespace="urn:ietf:params:xml:ns:([^"]+)"')


def bring(folder: Path) -> None:
    """Download the packages, take the schemas out of them, check them, and put them in their place."""
    apt = apt_with_own_lists(folder)
    run(*apt, "update")
    run(*apt, "download", *PACKAGES, folder=folder)
    found: dict[str, str] = {}
    for package in sorted(folder.glob("*.deb")):
        for text in rfcs_in(package):
            found |= schemas_in(text)
    HOME.mkdir(parents=True, exist_ok=True)
    for name, (rfc, wanted) in SCHEMAS.items():
        text = found.get(name, "") + "\n"
        if hashlib.sha256(text.encode()).hexdigest() != wanted:
            raise SystemExit(f"RFC {rfc} does not hold the schema of {name} as it is known here.")
        (HOME / f"{name.rpartition(':')[2]}.xsd").write_text(text, encoding="utf-8")


def apt_with_own_lists(folder: Path) -> list[str]:
    """apt-get with the machine's first source, in its section ``non-free``, and all that it writes in the folder."""
    wanted = "$(REPO_URI) $(RELEASE) $(SIGNED_BY)"
    targets = run("apt-get", "indextargets", "--format", wanted, "Created-By: Packages")
    sources = [line.split() for line in targets.splitlines() if "http" in line]
    uri, release, *key = min(sources, key=lambda source: len(source[1]))
    signed = f"[signed-by={key[0]}] " if key else ""
    (folder / "sources.list").write_text(f"deb {signed}{uri} {release} non-free\n")
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True)
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder,
        "APT::Sandbox::User": "root",
    }
    return ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items())]


def rfcs_in(package: Path) -> list[str]:
    """The texts of the RFCs that have a schema, of those in the package."""
    wanted = re.compile(
        rf"standard/rfc({'|'.join({str(rfc) for rfc, _ in SCHEMAS.values()})})\.txt"
    )
    texts = []
    with (
        subprocess.Popen(("dpkg-deb", "--fsys-tarfile", package), stdout=subprocess.PIPE) as opened,
        tarfile.open(fileobj=opened.stdout, mode="r|") as members,
    ):
        for member in members:
            if member.isfile() and wanted.search(member.name):
                content = members.extractfile(member)
                assert content is not None
                text = gzip.decompress(content.read()).decode("utf-8", "replace")
                texts.append(text.replace("\r\n", "\n"))
    return texts


def schemas_in(rfc: str) -> dict[str, str]:
    """The schemas that it prints, without what stands at the ends of its pages."""
    printed = SCHEMA.findall(PAGE_BREAK.sub("\n", rfc))
    return {name[1]: text for text in printed if (name := NAMESPACE.search(text))}


def run(*command: str, folder: Path | None = None) -> str:
    """What the command says; raises for one that fails."""
    return subprocess.run(
        command, cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ).stdout


if __name__ == "__main__":
    try:
        with tempfile.TemporaryDirectory(prefix="epp-schemas-") as made:
            bring(Path(made))
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        if os.environ.get("CI"):
            raise
        print(f"left out, they come from Debian's packages ({error}) … ", end="", flush=True)
    else:
        STAMP.touch()
