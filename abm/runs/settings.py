"""Settings written as text, `name=value` and `law.lever=value@date`, as the values that a Scenario takes, and back."""

import json
import math
import re
import tomllib
from collections.abc import Iterable

from abm.foundation.errors import raise_all

Value = bool | int | float | str

BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_. -]*")
"""Text that stands for itself and needs no quotes."""


def settings(words: Iterable[str] | None, where: str = "--set") -> dict[str, Value]:
    """`name=value` and `law.lever=value@date` as the mapping that a Scenario takes; InputError tells every fault.

    where  what the words stand behind, for errors
    """
    found: dict[str, Value] = {}
    faults = []
    for word in words or ():
        name, equals, text = word.partition("=")
        name, text = name.strip(), text.strip()
        if name.startswith("law."):
            text, at, day = text.rpartition("@")
            name = f"{name}@{day}"
            equals = equals and at
        if not equals or not text:
            faults.append(f"{where} {word}: written group.name=value, or law.lever=value@2026-11")
        elif name in found:
            faults.append(f"{where} {word}: {name} is set twice")
        else:
            found[name] = value_of(text)
    raise_all(faults)
    return found


def value_of(text: str) -> Value:
    """A number, true, false or quoted text as in TOML; anything else is text as it stands."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = table.get("value")
    if len(table) > 1 or not isinstance(value, (bool, int, float, str)):
        return text
    return text if isinstance(value, float) and not math.isfinite(value) else value


def text_of(name: str, value: Value) -> str:
    """A setting as text that `settings` reads back: its inverse."""
    text = value if isinstance(value, str) and value_of(value) == value else json.dumps(value, ensure_ascii=False)
    path, at, day = name.partition("@")
    return f"{path}={text}{at}{day}"
