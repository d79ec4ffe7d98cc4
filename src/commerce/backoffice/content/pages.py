"""The pages about what visitors read."""

from commerce.backoffice.base.pages import Room
from commerce.backoffice.content.faq import FaqEntryAdmin

ROOM = Room(records=(FaqEntryAdmin,))
"""Questions and answers."""
