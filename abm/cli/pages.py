"""Commands that open pages: the server, and the report of a sweep."""

import os
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from abm.cli.options import Folder, integer
from abm.foundation.errors import InputError
from abm.foundation.files import current


def serve(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of one sweep or several, to show them too.", metavar="DIR")
    ] = None,
    port: Annotated[int, integer("--port", 0, 65535, "Port on this machine; 0 for any.")] = 8765,
) -> None:
    """Serve pages to watch the market and change the law.

    On this machine only, and without a network. Stops with Ctrl-C.

    \b
    Examples:
      abm serve
      abm serve results --port 9000
    """
    from abm.server.serve import serve

    serve(port, folder, lambda address: typer.echo(f"open {address} in a browser; Ctrl-C stops"))


def open_page(folder: Folder) -> None:
    """Open a sweep's report in the browser, or print its path.

    \b
    Example:
      abm open results/quickstart
    """
    page = current(folder, "report.html").absolute()
    if not os.path.isfile(page):
        raise InputError(f"{folder}: holds no report.html; abm report {folder} writes one")
    with suppress(webbrowser.Error):
        webbrowser.get().open(page.as_uri())
    typer.echo(str(page))


COMMANDS = {"serve": serve, "open": open_page}
