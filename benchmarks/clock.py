"""How things are timed: trials taken in turns, so that other load on the machine affects all of them equally."""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
Sample = dict[str, float]
Samples = dict[str, list[Sample]]


@dataclass
class Trial:
    """One thing to time: `act` does it once and returns what it measured; it is repeated that often at most."""

    name: str
    act: Callable[[], Sample]
    repeats: int = 5
    samples: list[Sample] = field(default_factory=list)


def interleave(trials: Sequence[Trial], say: Callable[[str], None] = lambda line: None) -> Samples:
    """Every trial once, then every trial again, and so on until each has its repeats."""
    turns = max((trial.repeats for trial in trials), default=0)
    for turn in range(turns):
        for trial in trials:
            if turn < trial.repeats:
                trial.samples.append(trial.act())
        say(f"turn {turn + 1} of {turns} done")
    return {trial.name: trial.samples for trial in trials}


@contextmanager
def timed(into: Sample) -> Iterator[None]:
    """Processor and wall time of a block, seconds, added to a sample as `cpu` and `wall`."""
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    into["cpu"] = into.get("cpu", 0.0) + time.process_time() - cpu
    into["wall"] = into.get("wall", 0.0) + time.perf_counter() - wall


def measure(act: Callable[[], object]) -> Sample:
    """Processor and wall time of one call."""
    sample: Sample = {}
    with timed(sample):
        act()
    return sample


def child(*words: str, **environment: str) -> tuple[str, Sample]:
    """Run this Python with some arguments in a process of its own; its output, and its times."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    words, env = (sys.executable, *words), os.environ | environment
    done = subprocess.run(words, env=env, capture_output=True, text=True, cwd=REPO, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed:\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, {"cpu": cpu, "wall": time.perf_counter() - wall}


def middle(samples: Sequence[Sample], name: str = "cpu") -> float:
    """Median of a measured value."""
    return statistics.median(sample[name] for sample in samples)


def least(samples: Sequence[Sample], name: str = "cpu") -> float:
    """Smallest of a measured value."""
    return min(sample[name] for sample in samples)


def noise(samples: Sequence[Sample], name: str = "cpu") -> float:
    """Half the distance between the quartiles over the median; 0 for a single sample."""
    values = [sample[name] for sample in samples]
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / statistics.median(values)
