"""The command line: each command a few lines over the Python interface.

Exit codes everywhere: 0 done, 2 bad input, 3 some runs failed or could not be finished, 130 interrupted.
"""

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from abm.cli.analyses import COMMANDS as ANALYSES
from abm.cli.facts import COMMANDS as FACTS
from abm.cli.governments import COMMANDS as GOVERNMENTS
from abm.cli.pages import COMMANDS as PAGES
from abm.cli.questions import COMMANDS as QUESTIONS
from abm.cli.runs import COMMANDS as RUNS
from abm.cli.sweeps import COMMANDS as SWEEPS
from abm.foundation.errors import InputError
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

Exit codes: 0 done, 2 bad input, 3 some runs failed, 130 interrupted.
"""


INTERRUPTED = 130


class Commands(TyperGroup):
    """A group of commands that tells people's mistakes in a line, and never as a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; turn what may go wrong outside the program into a message and an exit code."""
        try:
            return super().invoke(ctx)
        except InputError as fault:
            typer.echo(f"error: {fault}", err=True)
            raise typer.Exit(2) from None
        except Unfinished as fault:
            typer.echo(f"stopped: {fault}", err=True)
            raise typer.Exit(3) from None
        except KeyboardInterrupt:
            signals.ignore()
            typer.echo("interrupted", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    name="abm",
    cls=Commands,
    help="Simulate the market for AI chips and high-bandwidth memory under export controls.",
    epilog=EXAMPLES,
    add_completion=False,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


@app.callback()
def start(context: typer.Context) -> None:
    """Simulate the market for AI chips and high-bandwidth memory under export controls."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for command in (*RUNS, *SWEEPS, *FACTS, *GOVERNMENTS, *QUESTIONS, *ANALYSES, *PAGES):
    app.command()(command)


def main() -> None:
    """Entry point of the `abm` command; modules with one's own agents are also looked for in the current folder."""
    sys.path.append(os.getcwd())
    signals.interruptible()
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(INTERRUPTED)  # whatever threads are still at
        raise
