"""The description of version 2 and the pages of its problems, made from what serves."""
