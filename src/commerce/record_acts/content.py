"""What can be done with texts that clients read."""

from commerce.kit.acts.act import Acts
from commerce.support.actions import change_faq_entry, create_faq_entry, delete_faq_entry
from commerce.support.consumers.actions import edit_instruction, revise_instruction

FAQ_ENTRY_ACTS: Acts = (create_faq_entry, change_faq_entry, delete_faq_entry)

WITHDRAWAL_INSTRUCTION_ACTS: Acts = (edit_instruction, revise_instruction)
