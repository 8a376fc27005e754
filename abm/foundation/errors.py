"""The one error type for bad input, the nearest right name, and what pydantic found in plain words."""

import os
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from contextlib import suppress
from difflib import get_close_matches
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from pydantic import ValidationError

type Place = tuple[str | int, ...]

UNION_BRANCH = re.compile(r"bool|int|float|str|constrained-\w+|(nullable|function-\w+|literal|tuple|list|dict)\[.*\]")
WANTED = {
    "string_pattern_mismatch": "a text that matches {pattern}",
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "a number of {ge:g} or more",
    "less_than": "a number below {lt:g}",
    "less_than_equal": "a number of {le:g} or less",
    "bool_type": "true or false",
    "bool_parsing": "yes or no",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "dataclass_type": "a table",
    "literal_error": "{expected}",
    "too_short": "at least one entry",
}
"""What is wanted in place of a value, by the type of pydantic's error; fields of its context in braces."""

MORE = re.compile(r" *… and ([0-9,]+) more")
LETTERS = 1900
WIDTH = 600
"""Letters of an error at most, and of a line in it."""
TOLD = 50
"""Misspelt names that are compared with the right ones at most."""
LONGEST_NAME = 100
"""Letters of a misspelt name that are compared with the right ones."""


class InputError(ValueError):
    """Input from a person or a file is wrong; the message says what, where and the nearest right thing.

    Whatever was put in, the message has fewer than 2,000 letters, and no unprintable ones.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(brief(str(message)))


def brief(text: str) -> str:
    """Text of at most LETTERS letters: lines longer than WIDTH are cut in their middle, and what is over is counted."""
    lines = [_cut(line) for line in text.splitlines()]
    ends = list(accumulate(len(line) + 1 for line in lines))
    if not lines or ends[-1] <= LETTERS:
        return "\n".join(lines)
    fit = bisect_right(ends, LETTERS - len(MORE.pattern))
    over = sum(int(found[1].replace(",", "")) if (found := MORE.fullmatch(line)) else 1 for line in lines[fit:])
    return "\n".join([*lines[:fit], f"  … and {over:,} more"])


def _cut(line: str) -> str:
    """The beginning and the end of a line, unprintable marks written out."""
    ends = [line] if len(line) <= WIDTH else [line[:WIDTH], line[-WIDTH:]]
    ends = ["".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in end) for end in ends]
    long = len(ends) > 1 or len(ends[0]) > WIDTH
    return f"{ends[0][: WIDTH // 2]} … {ends[-1][-WIDTH // 2 :]}" if long else ends[0]


def nearest(name: str, options: Iterable[str], many: int = 1) -> str:
    """A phrase naming the closest options to a misspelt name, or all of them when few, or nothing."""
    names = sorted(options)
    close = get_close_matches(name[:LONGEST_NAME], names, n=many, cutoff=0.5)
    if close:
        return f"; did you mean {' or '.join(repr(one) for one in close)}?"
    return f"; one of {', '.join(names)}" if 0 < len(names) <= 12 else ""


def unknown(what: str, names: Iterable[object], options: Iterable[str]) -> list[str]:
    """A fault for each misspelt name; beside the first TOLD of them the nearest right one, which takes time to find."""
    known = list(options)
    return [
        f"no {what} {shorten(name)}{nearest(name, known) if place < TOLD and isinstance(name, str) else ''}"
        for place, name in enumerate(names)
    ]


def raise_all(faults: list[str], heading: str = "") -> None:
    """Raise one InputError listing every fault; do nothing when there is none."""
    if not faults:
        return
    body = "\n".join(f"  {fault}" for fault in faults) if len(faults) > 1 or heading else faults[0]
    raise InputError(f"{heading}\n{body}" if heading else body)


def dotted(path: Place) -> str:
    """A path into nested tables and lists as a person writes it: `sample.ranges[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def shorten(value: object, width: int = 80) -> str:
    """A value as text, not longer than a line; what cannot say itself is named by its type."""
    try:
        text = repr(value)
    except Exception:  # a class of anyone's, or a whole number of more than 4,300 digits
        text = f"<{type(value).__name__}>"
    return text if len(text) <= width else f"{text[:width]}…"


def listed(given: object, what: str) -> list[Any]:
    """What is given as a list; InputError where it is text, or not several things."""
    if not isinstance(given, str | bytes):
        with suppress(TypeError):
            return list(given)  # type: ignore[call-overload]
    raise InputError(f"{what} = {shorten(given)}: a list is wanted")


def nearest_path(path: Path, among: Iterable[Path]) -> str:
    """A phrase naming the path whose own name is closest, whatever folders and endings they share; or nothing."""
    stems = {one.stem: one for one in among}
    close = get_close_matches(path.stem, stems, n=1, cutoff=0.6)
    return f"; did you mean '{stems[close[0]]}'?" if close else ""


def path_of(given: object, what: str) -> Path:
    """The path that is given; InputError where it is none."""
    with suppress(TypeError, UnicodeEncodeError):
        if b"\0" not in os.fsencode(given):  # type: ignore[arg-type]
            return Path(given)  # type: ignore[arg-type]
    raise InputError(f"{what} = {shorten(given)}: the name of a file or folder is wanted")


def faults(
    error: "ValidationError", where: str = "", model: type | None = None, place: Callable[[Place], str] = dotted
) -> list[str]:
    """Everything pydantic found wrong, a line for each place; the branches of a union are one place.

    where   begins each line, for instance the name of the file
    model   what was validated: its fields are the right names beside an unknown key
    place   how the path of a value is written
    """
    found: dict[Place, list[Any]] = {}
    for one in error.errors(include_url=False):
        path = tuple(part for part in one["loc"] if not UNION_BRANCH.fullmatch(str(part)))
        found.setdefault(path, []).append(one)
    inside = {path[:depth] for path in found for depth in range(1, len(path))}
    begin = f"{where}: " if where else ""
    return [f"{begin}{_fault(place(path), path, of, model)}" for path, of in found.items() if path not in inside]


def _fault(name: str, path: Place, found: list[Any], model: type | None) -> str:
    """One place: its name, what stands there, and what is wanted."""
    first = found[0]
    if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"unknown key {name!r}{nearest(str(path[-1]), _fields(model, path[:-1]))}"
    if first["type"] == "missing":
        return f"the key {name!r} is missing"
    value = "is empty" if first["input"] is None else f"= {shorten(first['input'])}"
    if first["type"] in ("value_error", "assertion_error"):
        return f"{name} {value}: {first['ctx']['error']}"
    wanted = dict.fromkeys(_wanted(one) for one in found)
    options = re.findall(r"'([^']*)'", first.get("ctx", {}).get("expected", ""))
    close = get_close_matches(shorten(first["input"]).strip("'"), options, n=1, cutoff=0.5)
    return f"{name} {value}: {' or '.join(wanted)} is wanted{nearest(close[0], close) if close else ''}"


def _wanted(one: Any) -> str:
    """What one of pydantic's errors asks for."""
    text = WANTED.get(one["type"])
    return text.format(**one.get("ctx", {})) if text else one["msg"].removeprefix("Input should be ")


def _fields(model: Any, path: Place) -> Iterable[str]:
    """Names of the fields of the model that stands at a path inside another; none where no model is found."""
    for part in path:
        info = getattr(model, "model_fields", {}).get(part)
        model = _model_in(info.annotation) if info else model
    return getattr(model, "model_fields", None) or getattr(model, "__dataclass_fields__", {})


def _model_in(annotation: Any) -> Any:
    """The first model named anywhere in an annotation, or None."""
    if hasattr(annotation, "model_fields"):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
