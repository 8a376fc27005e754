"""Analyses over sweeps: what the runs of a design say, each written with its provenance."""
