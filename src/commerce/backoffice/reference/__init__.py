"""What can be done with records, told from the code: a page of the staff area, and ``docs/acts``."""
