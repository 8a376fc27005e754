"""Sweeps: what to run (design), what is done (store), who does it (scheduler)."""
