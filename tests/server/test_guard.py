"""Who is let in: the server's own pages, and nobody else, over HTTP and WebSocket."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from abm.server.guard import LARGEST_BODY, Guard

HOST = "127.0.0.1:8765"


async def inner(scope: Any, receive: Any, send: Any) -> None:
    """An application that says it was reached."""
    await send({"type": "reached"})


def in_its_own_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end in a thread: browser tests leave a loop running in the main one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def ask(kind: str, *heads: tuple[str, str]) -> list[dict[str, Any]]:
    """What comes back from the guarded application."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": f"{kind}.connect"}

    scope = {"type": kind, "headers": [(name.encode(), value.encode("latin-1")) for name, value in heads]}
    in_its_own_loop(Guard(inner, (HOST, "localhost:8765"))(scope, receive, send))
    return sent


def reached(sent: list[dict[str, Any]]) -> bool:
    return sent == [{"type": "reached"}]


@pytest.mark.parametrize("host", [HOST, "localhost:8765", "LOCALHOST:8765"])
def test_own_pages_are_let_in(host: str) -> None:
    assert reached(ask("http", ("host", host)))
    assert reached(ask("http", ("host", host), ("origin", f"http://{host}")))
    assert reached(ask("websocket", ("host", host), ("origin", f"http://{host}")))


FOREIGN = ["http://evil.example", "https://127.0.0.1:8765", "http://127.0.0.1:8766", "http://127.0.0.1", "null", "",
           "http://127.0.0.1:8765.evil.example", "http://127.0.0.1:8765/"]  # fmt: skip


@pytest.mark.parametrize("origin", FOREIGN)
def test_foreign_origins_are_refused(origin: str) -> None:
    assert ask("http", ("host", HOST), ("origin", origin))[0]["status"] == 403
    refused = ask("websocket", ("host", HOST), ("origin", origin))
    assert [one["type"] for one in refused] == ["websocket.close"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1", "127.0.0.1:80", "0.0.0.0:8765", ""])
def test_foreign_hosts_are_refused(host: str) -> None:
    assert ask("http", ("host", host))[0]["status"] == 403
    assert ask("websocket", ("host", host), ("origin", f"http://{HOST}"))[0]["type"] == "websocket.close"


def test_a_websocket_must_say_where_it_comes_from() -> None:
    assert ask("websocket", ("host", HOST))[0]["type"] == "websocket.close"


def test_doubled_or_missing_heads_are_refused() -> None:
    own = ("origin", f"http://{HOST}")
    assert ask("http")[0]["status"] == 403
    assert ask("http", ("host", HOST), ("host", "evil.example"))[0]["status"] == 403
    assert ask("http", ("host", HOST), own, ("origin", "http://evil.example"))[0]["status"] == 403


@pytest.mark.parametrize("length", [str(LARGEST_BODY + 1), "-1", "many"])
def test_large_bodies_are_refused(length: str) -> None:
    assert ask("http", ("host", HOST), ("content-length", length))[0]["status"] == 413
    assert reached(ask("http", ("host", HOST), ("content-length", str(LARGEST_BODY))))


def test_start_and_end_of_the_server_pass() -> None:
    assert reached(ask("lifespan"))
