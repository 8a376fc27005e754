"""From a scenario to a run: what to simulate, the shared past, metrics."""
