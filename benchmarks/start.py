"""How long a process takes until it is usable: `abm --help`, and a first run."""

import tempfile

from benchmarks.clock import Sample, Samples, Trial, child, least, middle

HELP, FIRST, COLD = "start help", "start first run", "start cold run"
ONE = "import abm; abm.run('history', seeds=1, until={until!r})"
BAR = 0.5


def trials(quick: bool) -> list[Trial]:
    """Each in a process of its own."""
    until = "2022-01" if quick else "2030-12"
    repeats = 1 if quick else 5
    return [
        Trial(HELP, lambda: child("-m", "abm.cli", "--help")[1], repeats),
        Trial(FIRST, lambda: child("-c", ONE.format(until=until))[1], repeats),
        Trial(COLD, lambda: cold(ONE.format(until=until)), 1 if quick else 3),
    ]


def cold(code: str) -> Sample:
    """Times of a process for which nothing has been compiled."""
    with tempfile.TemporaryDirectory(prefix="bench-cold-") as folder:
        return child("-c", code, NUMBA_CACHE_DIR=folder)[1]


def answer(samples: Samples) -> dict[str, object]:
    """Seconds of each, processor and wall."""
    found: dict[str, object] = {"bar": BAR}
    for name in (HELP, FIRST, COLD):
        taken = samples[name]
        found[name.removeprefix("start ")] = {
            "wall": middle(taken, "wall"),
            "least": least(taken, "wall"),
            "cpu": middle(taken),
        }
    return found
