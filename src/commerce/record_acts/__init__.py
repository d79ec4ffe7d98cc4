"""What can be done with each kind of record: its acts, of all apps, in the order of buttons and commands.

Doors take them from here; the acts themselves stand beside their actions. Each file is a page of docs/acts.
"""
