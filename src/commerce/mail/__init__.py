"""Outgoing messages: templates in the repository, sent after commit."""
