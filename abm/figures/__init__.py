"""Figures: one grammar for metrics over time, over parameters and between regimes; each ships with its data."""
