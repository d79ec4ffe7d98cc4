"""Who did what, when: append-only entries, written in the transaction of the change."""
