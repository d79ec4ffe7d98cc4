"""The pages about what visitors read."""

from commerce.backoffice.base.pages import Room
from commerce.backoffice.content.faq import FaqEntryAdmin
from commerce.backoffice.content.withdrawal_instructions import WithdrawalInstructionAdmin

ROOM = Room(records=(FaqEntryAdmin, WithdrawalInstructionAdmin))
"""Questions and answers, and what consumers are told of their right of withdrawal."""
