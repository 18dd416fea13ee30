"""A procedure on paper: told in plain words in two languages, and drawn."""
