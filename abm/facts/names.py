"""Names as people write them: which vendor, chip or generation of memory of the catalogue is meant.

Case, blanks, hyphens, legal forms and product lines do not matter. Everything else does: a variant that the catalogue
does not hold is never taken for its neighbour.
"""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from abm.facts import catalog
from abm.facts.records import Chip, HbmGeneration
from abm.foundation.errors import InputError, shorten

LONGEST = 100  # letters of a name
FORMS = ("corporation", "corp", "inc", "incorporated", "co", "company", "ltd", "limited", "llc", "technologies")
HOUSES = {
    "advanced micro devices": "AMD", "hisilicon": "Huawei", "baidu": "Kunlunxin", "alibaba": "T-Head",
    "pingtouge": "T-Head", "mthreads": "Moore Threads", "birentech": "Biren", "hynix": "SK hynix",
    "changxin": "CXMT",
}  # fmt: skip
"""Other names of vendors, and the houses they belong to."""
FAMILIES = {"hgx": "Nvidia", "geforce": "Nvidia", "tesla": "Nvidia", "instinct": "AMD"}
"""Words of a vendor's that stand before the name of a chip."""


def vendor_named(name: str) -> str | None:
    """The vendor of the catalogue that a name means, or None for a firm that the catalogue does not hold.

    Errors: InputError for a name just beside that of a vendor, or that of two.
    """
    words = _words(printable(name, "vendor"), r"[\W_]+")
    known = _vendors()
    joined = "".join(words)
    found = {vendor for spelt, vendor in known.items() if joined == "".join(spelt) or _stands_in(spelt, words)}
    if len(found) > 1:
        raise InputError(f"vendor {shorten(name)}: names {' and '.join(sorted(found))}; one is wanted")
    if found:
        return found.pop()
    whole = {"".join(spelt): vendor for spelt, vendor in known.items() if len("".join(spelt)) > 3}
    single = {spelt[0]: vendor for spelt, vendor in known.items() if len(spelt) == 1 and len(spelt[0]) > 3}
    for word, spellings in ((joined, whole), *((word, single) for word in words)):
        if close := get_close_matches(word, spellings, n=1, cutoff=0.75):
            raise InputError(f"no vendor {shorten(name)}; did you mean {spellings[close[0]]!r}?")
    return None


def find(name: str) -> Chip | HbmGeneration:
    """The chip or HBM generation that a name means, with or without its vendor in front; InputError for any other."""
    words, goods = _words(printable(name, "SKU"), r"[\s_-]+"), _goods()
    vendors: set[str] = set()
    while words:
        good = goods.get("".join(words))
        if good is not None and vendors <= {getattr(good, "vendor", "")}:
            return good
        many, owner = _in_front(words)
        if not many:
            break
        words, vendors = words[many:], vendors | ({owner} - {""})
    names = [good.sku if isinstance(good, Chip) else good.generation for good in goods.values()]
    raise InputError(f"no chip or HBM generation {shorten(name)} in the catalogue{_suggestion(words, names)}")


def printable(text: str, what: str) -> str:
    """A name that can be printed and is not too long; InputError otherwise."""
    if not isinstance(text, str) or not text.strip() or not text.isprintable():
        raise InputError(f"{what} {shorten(text)}: a name of printable characters is wanted")
    if len(text) > LONGEST:
        raise InputError(f"{what} {shorten(text)}: a name of at most {LONGEST} letters is wanted")
    return text


def _words(name: str, between: str) -> list[str]:
    """The words of a name in one spelling."""
    plain = unicodedata.normalize("NFKC", re.sub("[™®©]", "", name)).casefold()
    return [word for word in re.split(between, plain) if word]


@lru_cache
def _vendors() -> dict[tuple[str, ...], str]:
    """The words of each vendor's names."""
    names = {name: name for name in catalog.vendors()} | HOUSES
    return {tuple(_words(spelt, r"[\W_]+")): vendor for spelt, vendor in names.items()}


@lru_cache
def _goods() -> dict[str, Chip | HbmGeneration]:
    """What the catalogue holds, by name in one spelling."""
    goods: dict[str, Chip | HbmGeneration] = {**catalog.chips(), **catalog.memory()}
    return {"".join(_words(name, r"[\s_-]+")): good for name, good in goods.items()}


def _stands_in(part: tuple[str, ...], words: list[str]) -> bool:
    """Whether some words stand side by side among others."""
    return any(tuple(words[start : start + len(part)]) == part for start in range(len(words) - len(part) + 1))


def _in_front(words: list[str]) -> tuple[int, str]:
    """How many words in front of a name are a vendor's, and whose; a legal form is nobody's."""
    plain = ["".join(_words(word, r"[\W_]+")) for word in words]
    if plain[0] in FORMS or plain[0] in FAMILIES:
        return 1, FAMILIES.get(plain[0], "")
    for many in (3, 2, 1):
        for spelt, vendor in _vendors().items():
            if "".join(spelt) == "".join(plain[:many]):
                return many, vendor
    return 0, ""


def _suggestion(words: list[str], names: Iterable[str]) -> str:
    """The nearest name: the longest that the words begin with or that ends with them, or one that looks like them."""
    by_words = {" ".join(_words(name, r"[\s_-]+")): name for name in names}
    asked = " ".join(words)
    parts = [spelt for spelt in by_words if f"{asked} ".startswith(f"{spelt} ") or f" {spelt}".endswith(f" {asked}")]
    close = max(parts, key=len, default=None) or next(iter(get_close_matches(asked, by_words, n=1, cutoff=0.5)), None)
    return f"; did you mean {by_words[close]!r}?" if close else ""
