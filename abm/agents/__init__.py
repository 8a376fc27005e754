"""Agent types: state as columns of a table, behaviours as methods that act on the whole table at once."""
