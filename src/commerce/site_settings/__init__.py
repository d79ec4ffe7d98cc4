"""The typed settings that staff edit (backoffice.md 5); an unset key has its default and is not stored."""
