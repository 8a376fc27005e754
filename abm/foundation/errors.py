"""The one error type for bad input, and the nearest right name."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """Input from a person or a file is wrong; the message says what, where and the nearest right thing."""


def nearest(name: str, options: Iterable[str], many: int = 1) -> str:
    """A phrase naming the closest options to a misspelt name, or all of them when few, or nothing."""
    names = sorted(options)
    close = get_close_matches(name, names, n=many, cutoff=0.5)
    if close:
        return f"; did you mean {' or '.join(repr(one) for one in close)}?"
    return f"; one of {', '.join(names)}" if 0 < len(names) <= 12 else ""


def raise_all(faults: list[str], heading: str = "") -> None:
    """Raise one InputError listing every fault; do nothing when there is none."""
    if not faults:
        return
    body = "\n".join(f"  {fault}" for fault in faults) if len(faults) > 1 or heading else faults[0]
    raise InputError(f"{heading}\n{body}" if heading else body)
