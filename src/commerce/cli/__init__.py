"""The `commerce` command: one file for each group of commands, and the servers that `serve` and `demo` start.

Messages for people go to standard error, what a script wants to read to standard output. Exit codes: 0 done,
1 refused or failed, 2 called in a wrong way. Nothing of Django is loaded before a command needs it.
"""


def main() -> None:
    """The entry point that the installation puts into `.venv/bin/commerce`."""
    from commerce.kit import files

    files.set_private_umask()  # before anything is opened
    from commerce.cli.root import commerce

    commerce(prog_name="commerce")
