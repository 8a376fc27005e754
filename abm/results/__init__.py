"""What runs gave: ensembles, comparisons, their words and their files."""
