"""The `commerce` command: one file for each group of commands, and the servers that `serve` and `demo` start.

Messages for people go to standard error, what a script wants to read to standard output. Exit codes: 0 done,
1 refused or failed, 2 called in a wrong way. The list of commands and `commerce version` load nothing of Django; any
other command has it loaded before its file, so that a file can import what it needs at its top. The three that must
prepare the environment first (demo, serve, restore) load it themselves.
"""


def main() -> None:
    """The entry point that the installation puts into `.venv/bin/commerce`."""
    from commerce.kit import files

    files.set_private_umask()  # before anything is opened
    from commerce.cli.root import commerce

    commerce(prog_name="commerce")
