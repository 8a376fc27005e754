"""Have every loop of the model compiled and kept: `python -m abm.runs.warm`, as `./run` does when it sets up."""

from abm.runs.scenario import Scenario
from abm.runs.simulate import run_to_end


def warm() -> None:
    """Run a small market under two regimes, whose months call every compiled function."""
    small = {"population.startups": 5, "population.state": 5}
    for regime in ("history", "negotiated"):
        run_to_end(Scenario.of(regime, sets=small))


if __name__ == "__main__":
    warm()
