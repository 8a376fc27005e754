"""The results of a benchmark in words: the table on the terminal and in docs/speed.md."""

import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "speed.md"
BLOCK = re.compile(r"(<!-- generated: bench -->\n).*?(<!-- end -->)", re.DOTALL)


def rows(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What was asked, what was measured, and the bar."""
    run, growth, start, memory, adaptive = (found[name] for name in ("run", "growth", "start", "memory", "adaptive"))
    lines = [
        (
            "one `history` run as `abm.run` does it, warm, 150 labs",
            f"{1e3 * run['cpu']:.0f} ms of processor time (least {1e3 * run['least']:.0f}, noise {run['noise']:.0%})",
            f"at most {1e3 * run['bar']:.0f} ms",
        ),
        _bound(found["bound"], run["cpu"]),
        (
            "a `negotiated` run with a seed not seen before, against `history` with the same",
            f"{1e3 * adaptive['adaptive']:.0f} ms, {adaptive['times']:.1f} times as long",
            f"at most {adaptive['bar']:.0f} times",
        ),
        (
            "a month, by number of labs",
            "; ".join(f"{int(labs):,}: {ms:.2g} ms" for labs, ms in growth["ms_a_month"].items()),
            "",
        ),
        (
            "growth from 150 labs on",
            f"time ~ labs^{growth['exponent']:.2f}, steepest {growth['steepest']:.2f}",
            "at most linear",
        ),
    ]
    lines += [
        (
            f"a month with one object an agent, {int(labs):,} labs",
            f"{one['plain_ms']:.0f} ms, {one['times']:.0f} times a month of the model",
            "",
        )
        for labs, one in found["plain"].items()
    ]
    batch = found["batch"]
    lines.append(
        (
            "`mesa.batch_run` on the same model and monthly outputs",
            f"{batch['times']:.2f} times as long as `abm.run`, {batch['lost']:.0f} runs lost",
            "not faster",
        )
    )
    lines += [_sweep(workers, one) for workers, one in found["sweep"].items()]
    return [
        *lines,
        ("`abm --help`", f"{start['help']['wall']:.2f} s", f"under {start['bar']} s"),
        (
            "first run of a process, imports included, and where nothing has been compiled",
            f"{start['first run']['wall']:.1f} s, {start['cold run']['wall']:.0f} s",
            "a minute longer at most",
        ),
        (
            "memory of a process, by number of labs",
            "; ".join(f"{int(labs):,}: {mb:.0f} MB" for labs, mb in memory["run_mb"].items())
            + f" (imports {memory['imports_mb']:.0f})",
            "",
        ),
        (
            f"coordinator of a sweep, up to run {int(memory['coordinator_runs']):,}",
            f"{memory['coordinator_mb']:.0f} MB more",
            f"at most {memory['bar']:.0f} MB",
        ),
    ]


def _bound(one: dict[str, Any], run: float) -> tuple[str, str, str]:
    return (
        f"the compiled loops of a month alone, {one['calls']:.0f} calls",
        f"{one['ms_a_month']:.2f} ms, {one['ms_a_run']:.0f} ms for all months of a run, which takes"
        f" {1e3 * run / one['ms_a_run']:.1f} times that",
        "within 1.5 times",
    )


def _sweep(workers: str, one: dict[str, Any]) -> tuple[str, str, str]:
    return (
        f"a sweep of {int(one['runs']):,} runs to disk, {workers} worker{'s' * (workers != '1')}",
        f"{one['runs_a_second']:.1f} runs/s, {one['inside']:.0%} of the workers' time inside runs,"
        f" {one['start']:.1f} s to start",
        f"at least {one['bar']:.0%} inside with two" if workers == "2" else "",
    )


def shares(found: dict[str, Any]) -> str:
    """Where the time of a run goes."""
    ordered = sorted(found["run"]["shares"].items(), key=lambda one: -one[1])
    return ", ".join(f"`{name}` {share:.0%}" for name, share in ordered)


def text(found: dict[str, Any]) -> str:
    """All of it as Markdown."""
    host = found["machine"]
    where = (
        f"{host['processor']}, {host['cores']} cores, load {host['load']} before; Python {host['python']}, "
        f"NumPy {host['numpy']}, Numba {host['numba']}, Mesa {host['mesa']}.{' A quick run.' * found['quick']}"
    )
    table = [f"| {asked} | {measured} | {bar} |" for asked, measured, bar in rows(found)]
    return "\n".join(
        [where, "", "| What | Measured (medians) | Bar |", "|---|---|---|", *table, "",
         f"Shares of a run's processor time: {shares(found)}.", ""]
    )  # fmt: skip


def write(found: dict[str, Any], page: Path = PAGE) -> None:
    """Put the numbers into the page."""
    old = page.read_text(encoding="utf-8")
    page.write_text(BLOCK.sub(lambda match: match[1] + text(found) + match[2], old), encoding="utf-8")
