"""What happened, as rows: stored in the transaction of its cause, whether or not anyone listens.

Each app has its events, frozen dataclasses that hold ids, in its ``events.py``; what follows from which stands in
``commerce/reactions.py`` alone, as jobs that point to the row.
"""
