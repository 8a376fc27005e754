"""What a benchmark ran on: processor, cores, load and versions."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("mesa", "numba", "numpy", "pandas", "pyarrow", "distributed")


def machine() -> dict[str, object]:
    """What decides how fast a program is here; the load is that of the last minute before."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        if names:
            return names[0]
    return platform.processor() or platform.machine()
