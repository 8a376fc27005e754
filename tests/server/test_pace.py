"""Play waits for the page, and ends with its controls."""

from threading import Event, Thread

import pytest

solara = pytest.importorskip("solara", reason="the extra 'server' is not installed")

from abm.server import pace as paces  # noqa: E402
from abm.server.pace import Pace, Screen  # noqa: E402


def asked(pace: Pace) -> tuple[Thread, list[object]]:
    """Ask for the interval in a thread, as Play does; what came of it."""
    found: list[object] = []
    begun = Event()

    def ask() -> None:
        begun.set()
        try:
            found.append(pace.value)
        except solara.util.CancelledError:
            found.append("over")

    thread = Thread(target=ask, daemon=True)
    thread.start()
    begun.wait()
    return thread, found


def test_a_month_that_is_drawn_is_not_waited_for() -> None:
    screen = Screen()
    screen.drawn("2022-03")
    assert Pace(screen, lambda: "2022-03", lambda: 30).value == 30


def test_play_waits_until_the_month_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "PATIENCE", 60.0)
    screen = Screen()
    screen.drawn("2022-02")
    thread, found = asked(Pace(screen, lambda: "2022-03", lambda: 30))
    thread.join(0.1)
    assert found == []
    screen.drawn("2022-03")
    thread.join(30)
    assert found == [30]


def test_a_page_that_does_not_answer_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "PATIENCE", 0.05)
    assert Pace(Screen(), lambda: "2022-03", lambda: 30).value == 30


def test_play_ends_with_its_controls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "PATIENCE", 60.0)
    pace = Pace(Screen(), lambda: "2022-03", lambda: 30)
    thread, found = asked(pace)
    pace.stop()
    thread.join(30)
    assert found == ["over"]
    with pytest.raises(solara.util.CancelledError):
        _ = pace.value
