"""Start the server: on this machine only, with everything it shows on this machine."""

import os
import socket
import warnings
from collections.abc import Callable
from pathlib import Path

from abm.foundation.errors import InputError
from abm.server.guard import Guard

HOST = "127.0.0.1"
SETTINGS = {
    "SOLARA_APP": "abm.server.app",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "true",
    "SOLARA_THEME_VARIANT": "light",
    "SOLARA_THEME_SHOW_BANNER": "false",
    "SOLARA_THEME_TITLE": "AI chips and HBM under export controls",
    "SOLARA_KERNEL_CULL_TIMEOUT": "10m",
    "SOLARA_KERNEL_MAX_PER_SESSION": "40",
    "SOLARA_KERNEL_MAX_COUNT": "64",
}
LARGEST_MESSAGE = 4_000_000
"""Bytes of a WebSocket message from a page."""


def application(port: int) -> Guard:
    """The ASGI application, guarded; sets Solara up before it is first imported."""
    os.environ.update(SETTINGS)
    try:
        from solara.server import starlette
    except ImportError as error:
        words = "`./run serve` in the checkout installs them, as does the extra `server` of the package"
        raise InputError(f"the server's packages are not installed ({error}); {words}") from error
    return Guard(starlette.app, (f"{HOST}:{port}", f"localhost:{port}"))


def listen(port: int) -> socket.socket:
    """A socket on this machine; InputError when the port is taken. Port 0 takes a free one."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise InputError(f"--port {port}: cannot be used ({error.strerror}); another one, or 0 for any") from None
    return listening


def serve(port: int = 8765, folder: Path | None = None, report: Callable[[str], None] | None = None) -> None:
    """Serve until interrupted; a page opened from the first moment on waits until the model is ready.

    folder   a sweep's folder, or one that holds several
    report   called with the address once it is known
    """
    if folder is not None and not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    listening = listen(port)
    chosen = listening.getsockname()[1]
    app = application(chosen)
    import uvicorn

    warnings.filterwarnings("ignore", "Cookies with samesite=none")  # pages come over http from this machine

    from abm.server import state
    from abm.server.live import LiveMarket

    state.server.folder = folder
    LiveMarket()  # read the facts and the law before the first page asks
    state.server.workers.warm()
    # On one machine a closed page is noticed at once; a ping would cut off one whose browser is busy.
    config = uvicorn.Config(app, log_level="warning", ws_max_size=LARGEST_MESSAGE, ws_ping_interval=None,
                            lifespan="on", timeout_graceful_shutdown=1, server_header=False)  # fmt: skip
    if report is not None:
        report(f"http://{HOST}:{chosen}")
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        state.server.workers.close()
