"""The command that opens the server."""

from pathlib import Path
from typing import Annotated

import typer

from abm.cli.options import whole


def serve(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of a sweep, or of several, to look at.", metavar="DIR")
    ] = None,
    port: Annotated[
        int, typer.Option(help="Port on this machine; 0 for any.", parser=whole("--port", 0, 65535), metavar="N")
    ] = 8765,
) -> None:
    """Open pages to watch the market, change the law and see the difference.

    On this machine only, and without a network. Stops with Ctrl-C.

    \b
    Examples:
      abm serve
      abm serve results --port 9000
    """
    from abm.server.serve import serve

    serve(port, folder, lambda address: typer.echo(f"open {address} in a browser; Ctrl-C stops"))


COMMANDS = (serve,)
