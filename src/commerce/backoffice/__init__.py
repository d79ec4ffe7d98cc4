"""Door 4: the staff area, under `/admin` (backoffice.md)."""
