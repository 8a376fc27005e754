"""Sourced facts: tables with a source and a grade on every row, read only by catalog.py."""
