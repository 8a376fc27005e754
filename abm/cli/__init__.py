"""The command line: each command a few lines over the Python interface.

Exit codes everywhere: 0 done, 2 bad input or output that cannot be written (also where who reads it has gone away, as
in `abm table sources | head`), 3 some runs failed or could not be finished, 130 interrupted (Ctrl-C or SIGTERM).
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any, NoReturn, TextIO

import typer
from typer.core import TyperGroup

from abm.cli import analyses, classify, facts, governments, pages, past, questions, runs, sweeps
from abm.foundation.errors import InputError, brief
from abm.foundation.files import reason
from abm.foundation.version import VERSION
from abm.sweeps import signals
from abm.sweeps.errors import Unfinished

EXAMPLES = """Examples:

\b
  abm run history --seeds 5
  abm run hbm_relief --set demand.theta=2 --set law.hbm.quota_share=0.1@2026-11
  abm compare hold_firm hbm_relief full_relaxation --seeds 20
  abm sweep experiments/quickstart.toml --report
  abm timeline negotiated --seed 0
  abm sensitivity experiments/sensitivity.toml
  abm classify H20 --on 2025-05-01
  abm table parameters
  abm serve
  abm open results/quickstart
  abm --install-completion

Exit codes: 0 done, 2 bad input or an output that cannot be written, 3 some runs failed, 130 interrupted.
"""


INTERRUPTED = 130
USAGE: Any = typer.BadParameter.mro()[2]
"""What click raises for words it cannot take, and prints."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


class Commands(TyperGroup):
    """A group of commands that tells people's mistakes in a line, and never as a traceback."""

    def make_context(self, *words: Any, **more: Any) -> Any:
        """Read the words of the line."""
        with told():
            return super().make_context(*words, **more)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with told():
            return super().invoke(ctx)


@contextmanager
def told() -> Iterator[None]:
    """Turn what may go wrong outside the program into a message and an exit code."""
    try:
        yield
    except InputError as fault:
        end(2, f"error: {fault}")
    except Unfinished as fault:
        end(3, f"stopped: {fault}")
    except USAGE as fault:
        fault.message = brief(fault.message)
        raise
    except KeyboardInterrupt:
        signals.ignore()
        end(INTERRUPTED, "interrupted")
    except BrokenPipeError:
        end(2, "error: what is printed: nobody reads it any more")
    except OSError as fault:
        where = fault.filename or ("what is printed" if fault.errno in FULL else "")
        end(2, f"error: {where}{': ' if where else ''}{reason(fault)}")


def flushed(stream: TextIO | None) -> bool:
    """Whether all that was printed has gone out."""
    try:
        if stream is not None:
            stream.flush()
    except OSError:
        return False
    return True


def end(code: int, words: str = "") -> NoReturn:
    """End with a code and a message, also where nothing can be printed any more."""
    with suppress(OSError):
        if words:
            typer.echo(brief(words), err=True)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        if not flushed(stream):  # the interpreter tries again at its end
            with suppress(OSError), open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), stream.fileno())
    raise typer.Exit(code) from None


app = typer.Typer(
    name="abm",
    cls=Commands,
    help="Simulate the market for AI chips and high-bandwidth memory under export controls.",
    epilog=EXAMPLES,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def tell_version(wanted: bool) -> None:
    """Print the version and end, where it is asked for."""
    if wanted:
        typer.echo(f"chip-export-abm {VERSION}")
        raise typer.Exit


@app.callback()
def start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=tell_version, is_eager=True)
    ] = False,
) -> None:
    """Simulate the market for AI chips and high-bandwidth memory under export controls."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for room in (runs, sweeps, classify, facts, governments, questions, analyses, past):
    for command in room.COMMANDS:
        app.command()(command)
for name, command in pages.COMMANDS.items():
    app.command(name)(command)


def main() -> None:
    """Entry point of the `abm` command; modules with one's own agents are also looked for in the current folder."""
    sys.path.append(os.getcwd())
    signals.interruptible()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except OSError:
        os._exit(2)  # click's own words could not be printed
    except SystemExit as end:
        if end.code == INTERRUPTED:
            flushed(sys.stdout)
            flushed(sys.stderr)
            os._exit(INTERRUPTED)  # whatever threads are still at
        raise
