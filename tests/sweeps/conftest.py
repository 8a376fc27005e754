"""What the tests of sweeps share: the fakes, importable by name here and in workers, and one crew for many tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from abm.sweeps.crew import Dask


@pytest.fixture(scope="package")
def crew() -> Iterator[Dask]:
    """Two local workers."""
    made = Dask(2)
    yield made
    made.close()
