"""No page shows an identifier: what people read is declared beside what it names."""

import re
from collections.abc import Iterator

import pytest

from abm.facts import catalog
from abm.foundation.declaration import titles
from abm.foundation.parameters import declarations
from abm.law import levers
from abm.law.regime import load_regime, shipped
from abm.results import wording
from abm.runs import metrics
from abm.server import charts, words
from abm.server.editors import lever_items
from abm.server.pages.step import QUESTIONS

ACRONYMS = {"AI", "HBM", "US", "SMIC", "CXMT", "R&D", "AMD", "CUDA", "USD", "TPP", "FLOP", "GPU", "HQ", "DRAM", "RTX",
            "PRO", "MFU"}  # fmt: skip
NAMES = {*catalog.chips(), *catalog.vendors(), *catalog.labs()}
"""Proper names, which are what they are."""
PRODUCTS = {word for name in NAMES for word in re.split(r"[ /]", name)}


def labels() -> Iterator[tuple[str, str]]:
    """Everything with a name of its own, and what people read of it."""
    yield from ((name, one.label) for name, one in levers.LEVERS.items())
    yield from ((name, one.label) for name, one in declarations().items())
    yield from titles().items()
    yield from words.acts().items()
    yield from ((name, one.title) for name, one in metrics.METRICS.items())
    yield from ((name, wording.say(name)) for name in shipped())
    yield from ((choice, words.choice(choice)) for one in levers.LEVERS.values() for choice in one.choices)
    yield from ((choice, words.choice(choice)) for one in declarations().values() for choice in one.choices)
    yield from ((name, words.place(name)) for one in levers.LEVERS.values() if one.scope
                for name in levers.scope_names(one.scope))  # fmt: skip
    yield from ((one.words, one.words) for one in QUESTIONS)


def fault(name: str, label: str) -> str:
    """What keeps a label from being words."""
    if label in NAMES:
        return ""
    if not label or "_" in label or ("." in name and name in label):
        return "no words"
    for word in re.findall(r"[A-Za-z][A-Za-z0-9&]*", label):
        unknown = len(word) > 1 and word.isupper() and word not in ACRONYMS | PRODUCTS
        if unknown and not re.fullmatch(r"[A-Z]{0,3}\d+[A-Z]*", word):
            return f"unknown acronym {word}"
    return ""


def test_every_label_is_words() -> None:
    assert {name: f"{label}: {wrong}" for name, label in labels() if (wrong := fault(name, label))} == {}


@pytest.mark.parametrize(
    ("name", "label"), [("a.b_c", "b_c"), ("x", "NAC: policy"), ("hbm.policy", ""), ("law.x", "law.x: 1")]
)
def test_what_is_no_words_is_found(name: str, label: str) -> None:
    assert fault(name, label)


def test_labels_tell_things_apart() -> None:
    for found in ([one.label for one in levers.LEVERS.values()], [words.parameter(name) for name in declarations()]):
        assert len(found) == len(set(found))
    for name in shipped():
        acts = [act.title for act in load_regime(name).acts]
        assert len(acts) == len(set(acts))
        assert all(act.label for act in load_regime(name).acts)


def test_every_lever_stands_under_one_topic() -> None:
    items = lever_items()
    assert sorted(one["value"] for one in items if "value" in one) == sorted(levers.LEVERS)
    assert [one["header"] for one in items if "header" in one] == list(levers.TOPICS)
    assert {group for groups in levers.TOPICS.values() for group in groups} == {
        name.partition(".")[0] for name in levers.LEVERS
    }


def test_titles_of_parts_keep_their_capitals() -> None:
    assert wording.title("hbm_maker_china_revenue[Micron]") == "Micron HBM revenue in China"
    for name, one in metrics.METRICS.items():
        for key in ("Micron", "Huawei", "licensed"):
            title = wording.title(f"{name}[{key}]")
            assert not re.search(r"\b[a-z][A-Z]", title.replace("iFlytek", "")), title
            assert one.title[1:] in title
    assert charts.said("Huawei/hbm") == "Huawei, HBM"
