"""A real WebSocket client: its own Origin is accepted, a foreign Origin or Host refused, on HTTP and WebSocket."""

import http.client
import uuid
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def talk(server: Any, **heads: str) -> bool:
    """Whether the WebSocket of a page is opened."""
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    address = f"ws://127.0.0.1:{server.port}/jupyter/api/kernels/{uuid.uuid4()}/channels?session_id=1"
    try:
        with connect(address, open_timeout=10, **heads):
            return True
    except InvalidStatus as refused:
        return refused.response.status_code not in (400, 403)


def test_own_pages_talk_and_foreign_ones_do_not(server: Any) -> None:
    own = server.address
    assert talk(server, origin=own)
    assert talk(server, origin=own.replace("127.0.0.1", "localhost"))
    for foreign in ("http://evil.example", "https://127.0.0.1", own.replace("http", "https"), "null"):
        assert not talk(server, origin=foreign)
    assert not talk(server)
    assert not talk(server, origin=own, additional_headers={"Host": "evil.example"})


@pytest.mark.parametrize("path", ["/", "/compare", "/static/main.js", "/resourcez", "/jupyter/api/kernels/1"])
def test_foreign_hosts_and_origins_get_403(server: Any, path: str) -> None:
    for heads in ({"Host": "evil.example"}, {"Host": f"127.0.0.1:{server.port}", "Origin": "http://evil.example"}):
        asking = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        asking.request("GET", path, headers=heads)
        assert asking.getresponse().status == 403
        asking.close()


def test_nothing_listens_on_other_addresses(server: Any) -> None:
    import socket

    name = socket.gethostbyname(socket.gethostname())
    if name.startswith("127."):
        pytest.skip("this machine has no other address")
    with socket.socket() as asking:
        asking.settimeout(3)
        assert asking.connect_ex((name, server.port)) != 0
