"""The phases of a month and what they share."""
