"""What the tests of sweeps share: the fakes, importable here and in workers, and one executor for many tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from abm.sweeps.executor import LocalExecutor


@pytest.fixture(scope="package")
def executor() -> Iterator[LocalExecutor]:
    """Two local workers."""
    made = LocalExecutor(2)
    yield made
    made.close()
