"""From an empty installation to one in which a client can order and pay: what is proposed, checked, kept and missing.

`commerce init` asks it at a terminal, the staff area on pages.
"""
