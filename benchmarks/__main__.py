"""Ask every question in turns, print a table, and write results/bench.json."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks import adaptive, batch, bound, growth, memory, page, plain, run, start, sweep
from benchmarks.clock import interleave
from benchmarks.machine import machine

QUESTIONS: dict[str, ModuleType] = {
    "run": run,
    "bound": bound,
    "adaptive": adaptive,
    "growth": growth,
    "plain": plain,
    "batch": batch,
    "sweep": sweep,
    "start": start,
    "memory": memory,
}


def main(words: Sequence[str] | None = None) -> None:
    """The command."""
    options = parser().parse_args(words)
    found = ask(options.quick)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(page.text(found))
    print(f"in {options.out}")
    if options.write:
        page.write(found)


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    found = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    found.add_argument("--quick", action="store_true", help="under a minute: short runs, few repeats, rough numbers")
    found.add_argument("--write", action="store_true", help="also put the numbers into docs/speed.md")
    found.add_argument("--out", type=Path, default=Path("results/bench.json"), help="results/bench.json by default")
    return found


def ask(quick: bool) -> dict[str, Any]:
    """Every question's answer, the machine, and all samples."""
    host = machine()
    trials = [trial for module in QUESTIONS.values() for trial in module.trials(quick)]
    samples = interleave(trials, lambda line: print(line, file=sys.stderr))
    answers = {name: module.answer(samples) for name, module in QUESTIONS.items()}
    return {"machine": host, "quick": quick, **answers, "samples": samples}


if __name__ == "__main__":
    main()
