"""Tables of TOML and JSON made into dataclasses by pydantic, with every fault in words and the nearest right thing."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from abm.facts import catalog
from abm.facts.tables import day as read_day
from abm.foundation.errors import InputError, nearest, shorten

STRICT = ConfigDict(extra="forbid")
"""How a dataclass says that it has no other keys, as `__pydantic_config__`."""


def to_day(value: object) -> date:
    """A date, or text YYYY-MM-DD or YYYY-MM (the first of the month); InputError otherwise."""
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise InputError(f"{shorten(value)} is not a date written YYYY-MM-DD or YYYY-MM")
    if isinstance(value, date):
        return value
    try:
        return read_day(value)
    except ValueError as fault:
        raise InputError(f"{shorten(value)} {fault}") from None


def _is(fits: Callable[[Any], bool], what: str) -> BeforeValidator:
    """A check that says what a value is not."""

    def check(value: object) -> object:
        if not fits(value):
            raise InputError(f"{shorten(value)} is not {what}")
        return value

    return BeforeValidator(check)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value != "" and all(mark.isalnum() or mark in "-_." for mark in value)


def _is_probability(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_names(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def _sources(value: object) -> tuple[str, ...]:
    """Ids of sources.csv separated by semicolons; an act of one's own may name none."""
    if not isinstance(value, str):
        raise InputError(f"{shorten(value)} is not text")
    names, known = tuple(value.split(";")) if value else (), catalog.sources()
    if wrong := [f"{shorten(one)} is no id of sources.csv{nearest(one, known)}" for one in names if one not in known]:
        raise InputError("\n".join(wrong))
    return names


type Text = Annotated[str, _is(lambda value: isinstance(value, str), "text")]
type Flag = Annotated[bool, _is(lambda value: isinstance(value, bool), "true or false")]
type Word = Annotated[str, _is(_is_word, "a word of letters, digits, '-', '_' and '.'")]
type Probability = Annotated[float, _is(_is_probability, "a probability")]
type Names = Annotated[tuple[str, ...], _is(_is_names, "a list of names")]
type Day = Annotated[date, BeforeValidator(to_day)]
type Sources = Annotated[tuple[str, ...], BeforeValidator(_sources)]


def read[T](kind: Callable[..., T], entry: Mapping[str, Any]) -> tuple[T | None, list[str]]:
    """The dataclass of a table and no faults, or nothing and every fault. A key that holds None counts as left out."""
    try:
        made = _adapter(kind).validate_python({key: value for key, value in entry.items() if value is not None})
    except ValidationError as error:
        keys = _adapter(kind).json_schema()["properties"]
        return None, [fault for one in error.errors() for fault in _faults(one, keys)]
    return made, []


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _faults(error: Any, keys: Iterable[str]) -> list[str]:
    """A fault of pydantic's in words; one of our own may be several."""
    place, value, kind = ": ".join(map(str, error["loc"])), error["input"], error["type"]
    if kind == "value_error":
        return [f"{place}: {line}" for line in str(error["ctx"]["error"]).splitlines()]
    if kind == "unexpected_keyword_argument":
        return [f"no key named {shorten(place)}{nearest(place, keys)}"]
    if kind == "missing":
        return [f"{place}: is missing"]
    options = re.findall("'(.*?)'", error["ctx"]["expected"]) if kind == "literal_error" else ()
    return [f"{place}: {shorten(value)} is not known{nearest(value, options) if isinstance(value, str) else ''}"]
