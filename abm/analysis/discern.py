"""What tells cases from other points: a box by PRIM, with how surely each limit stands, and a classification tree."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from abm.analysis import prim
from abm.analysis.prim import Box, Mask
from abm.foundation.errors import InputError
from abm.results import wording

DEPTH, FOLDS = 3, 5
"""Levels of the tree, and parts of the points for its test."""
IS = " is "
"""Between a choice and one of its values, as the tree sees it."""
SMALLEST = 0.05
"""Share of the points that a leaf of the tree holds at least."""


@dataclass(frozen=True)
class Found:
    """What told cases from other points.

    boxes       the peeling; `box` is the one chosen
    recurrence  share of bootstrap samples in whose box an input is limited, by input
    chance      how likely so many cases are by chance without a limit, by limited input
    rules       leaves of the tree: conditions, points, share of cases
    accuracy    balanced accuracy of the tree in cross-validation; 0.5 is a guess, undefined for few cases
    """

    boxes: list[Box]
    box: Box
    recurrence: "pd.Series[float]"
    chance: dict[str, float]
    rules: list[tuple[str, int, float]]
    accuracy: float


def find(inputs: pd.DataFrame, cases: Mask) -> Found:
    """What tells cases from other points; InputError where there is nothing to tell apart."""
    boxes = prim.peel(inputs, cases)
    box = prim.chosen(inputs, boxes)
    chance = dict(sorted(prim.likelihood(inputs, box).items(), key=lambda item: item[1]))
    return Found(boxes, box, prim.recurrence(inputs, cases), chance, *tree(inputs, cases))


def sklearn(module: str) -> Any:
    """A module of scikit-learn; InputError where it is not installed."""
    try:
        return importlib.import_module(f"sklearn.{module}")
    except ImportError as fault:
        raise InputError(f"scikit-learn cannot be imported ({fault}); it comes with the extra 'analysis'") from None


def tree(inputs: pd.DataFrame, cases: Mask) -> tuple[list[tuple[str, int, float]], float]:
    """The leaves of a classification tree, most cases first, and its balanced accuracy on points it has not seen."""
    numbers = pd.get_dummies(
        inputs, columns=[name for name in inputs if not prim.numeric(inputs[name])], prefix_sep=IS, dtype=float
    )
    least = max(int(SMALLEST * len(cases)), 1)
    made = sklearn("tree").DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=least, class_weight="balanced", random_state=0
    )
    few, accuracy = min(int(cases.sum()), int((~cases).sum())), np.nan
    if few >= FOLDS:
        folds = sklearn("model_selection").StratifiedKFold(FOLDS, shuffle=True, random_state=0)
        guess = sklearn("model_selection").cross_val_predict(made, numbers, cases, cv=folds)
        accuracy = float((guess[cases].mean() + (~guess[~cases]).mean()) / 2)
    grown = made.fit(numbers, cases)
    leaves = grown.apply(numbers)
    rules = [
        (" and ".join(path(grown.tree_, leaf, [*map(str, numbers)])) or "all", int((leaves == leaf).sum()),
         float(cases[leaves == leaf].mean()))
        for leaf in np.unique(leaves)
    ]  # fmt: skip
    return sorted(rules, key=lambda one: -one[2]), accuracy


def path(grown: Any, leaf: int, names: Sequence[str]) -> list[str]:
    """The conditions that lead to a leaf."""
    found: list[str] = []
    while leaf:
        above = int(np.flatnonzero((grown.children_left == leaf) | (grown.children_right == leaf))[0])
        low = grown.children_left[above] == leaf
        name, at = names[grown.feature[above]], float(grown.threshold[above])
        if IS in name:
            choice, _, value = name.partition(IS)
            found.append(f"`{choice}` is {'not ' if low else ''}{value}")
        else:
            found.append(f"`{name}` {'at most' if low else 'above'} {wording.number(at)}")
        leaf = above
    return found[::-1]
