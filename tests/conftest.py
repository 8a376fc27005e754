"""Tiers of tests, one thread for the linear algebra, and what every test may ask for."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Before NumPy is first imported; the workers that a test starts inherit it.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ.setdefault("MPLBACKEND", "Agg")

REPO = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")

settings.register_profile(
    "standard",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("release", settings.get_profile("standard"), derandomize=False, max_examples=1000)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tiers")
    group.addoption("--all", action="store_true", help="also the tests marked slow")
    group.addoption("--release", action="store_true", help="every test, at the numbers behind published figures")


def tier_of(config: pytest.Config) -> str:
    """Return 'standard', 'all' or 'release'; each runs all that the one before it runs."""
    if config.getoption("--release"):
        return "release"
    return "all" if config.getoption("--all") else "standard"


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("release" if tier_of(config) == "release" else "standard")


def pytest_report_header(config: pytest.Config) -> str:
    return f"tier: {tier_of(config)}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _turn(item.path.relative_to(REPO / "tests").as_posix()))
    skipped = {"standard": ("slow", "release"), "all": ("release",), "release": ()}[tier_of(config)]
    option = {"slow": "--all", "release": "--release"}

    for item in items:
        for marker in skipped:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"marked {marker}: runs with {option[marker]}"))


def _turn(file: str) -> int:
    """When a file's turn is: a browser, which wants a processor that answers, goes beside tests of one process each;
    those that start workers of their own come last, where they find both processors."""
    return 0 if file.startswith("browser/") else 2 if file.startswith(("analysis/", "faults/", "test_docs")) else 1


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of the repository."""
    return REPO


@pytest.fixture(scope="session")
def tier(pytestconfig: pytest.Config) -> str:
    """The tier that runs: 'standard', 'all' or 'release'."""
    return tier_of(pytestconfig)


@pytest.fixture(scope="session")
def trials(tier: str) -> Callable[[int, int], int]:
    """How often to try: `trials(n, N)` is n/2 in the standard tier, n with --all, N with --release."""
    return lambda n, release: {"standard": max(1, n // 2), "all": n, "release": release}[tier]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """Playwright, where a Chromium is installed."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed (.ci/run does it)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as found:
        yield found
