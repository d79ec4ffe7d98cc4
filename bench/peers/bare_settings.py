"""The same Django without any middleware, for the view that uses only the ORM."""

from bench.peers.settings import *  # noqa: F403 - settings are made to be extended

MIDDLEWARE: list[str] = []
