"""Who may talk to the server: pages that it served itself, on this machine."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 1_000_000
"""Bytes that a request may bring; pages send little but messages over their WebSocket."""


class Guard:
    """An ASGI application that passes on what comes from the server's own pages, and refuses the rest.

    A request must name one of `hosts` as its Host, so that no foreign name can be pointed here; where it names an
    Origin, that must be one of them too; a WebSocket must name one. HTTP gets 403 (413 when too large), a WebSocket is
    closed before it is accepted.
    """

    def __init__(self, app: App, hosts: Iterable[str]) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or refuse."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        status = self.fault(scope)
        if not status:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "not from here"})
        else:
            words = {403: b"Only pages of this server may ask.\n", 413: b"Too large.\n"}[status]
            head = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(words)).encode())]
            await send({"type": "http.response.start", "status": status, "headers": head})
            await send({"type": "http.response.body", "body": words})

    def fault(self, scope: Scope) -> int:
        """The status to refuse with, 0 to pass on."""
        heads: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            heads.setdefault(name.lower(), []).append(value.decode("latin-1").lower())
        hosts, origins = heads.get(b"host", []), heads.get(b"origin", [])
        if len(hosts) != 1 or hosts[0] not in self.hosts or len(origins) > 1:
            return 403
        if origins and origins[0] not in {f"http://{host}" for host in self.hosts}:
            return 403
        if scope["type"] == "websocket" and not origins:
            return 403
        length = next(iter(heads.get(b"content-length", [])), "0")
        return 413 if not length.isdigit() or int(length) > LARGEST_BODY else 0
