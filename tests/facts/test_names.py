"""Names as people write them: what is meant is found, and nothing is taken for its neighbour."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.facts import catalog
from abm.facts.names import FAMILIES, HOUSES, find, vendor_named
from abm.facts.records import Chip
from abm.foundation.errors import InputError


@pytest.mark.parametrize(
    ("name", "vendor"),
    [
        ("NVIDIA", "Nvidia"), ("nvidia", "Nvidia"), ("NVIDIA Corporation", "Nvidia"), ("nVIDIA®", "Nvidia"),
        ("ＮＶＩＤＩＡ", "Nvidia"), ("Nvidia, Inc.", "Nvidia"), ("Advanced Micro Devices", "AMD"), ("A.M.D.", "AMD"),
        ("Advanced Micro Devices, Inc. (AMD)", "AMD"), ("Huawei HiSilicon", "Huawei"), ("t-head", "T-Head"),
        ("MooreThreads", "Moore Threads"), ("SK hynix Inc.", "SK hynix"), ("Alibaba T-Head", "T-Head"),
        ("Intel", None), ("Google", None), ("Groq", None), ("Graphcore", None), ("Cerebras Systems", None),
        ("Amazon", None), ("Meta", None), ("Acme Semiconductor", None),
    ],
)  # fmt: skip
def test_a_vendor_is_found_whatever_its_spelling(name: str, vendor: str | None) -> None:
    assert vendor_named(name) == vendor


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Nvida", "did you mean 'Nvidia'"), ("Nvidia2", "did you mean 'Nvidia'"), ("nvidi\u0430", "'Nvidia'"),
        ("Huawey", "did you mean 'Huawei'"), ("AMD/Nvidia", "AMD and Nvidia"), ("Nvidia\0", "printable"),
        ("", "printable"), ("Nvidia\u200b", "printable"), ("N" * 300, "at most 100 letters"), (7, "printable"),
    ],
)  # fmt: skip
def test_a_vendor_misspelt_is_refused(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        vendor_named(name)


@pytest.mark.parametrize(
    ("name", "sku"),
    [
        ("NVIDIA HGX H20", "H20"), ("Nvidia H20", "H20"), ("AMD Instinct MI355X", "MI355X"), ("rtx4090", "RTX 4090"),
        ("NVIDIA Corporation GeForce RTX 5090 D", "RTX 5090D"), ("h-100", "H100"), ("NVIDIA Tesla T4", "T4"),
        ("Advanced Micro Devices MI300X", "MI300X"), ("Huawei Ascend 910C", "Ascend 910C"),
        ("moore threads mtt s5000", "MTT S5000"), ("HBM3E 12 hi", "HBM3E 12-hi"), ("hbm3e", "HBM3E"),
    ],
)  # fmt: skip
def test_a_chip_is_found_with_or_without_its_vendor(name: str, sku: str) -> None:
    good = find(name)
    assert (good.sku if isinstance(good, Chip) else good.generation) == sku


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NVIDIA H200 NVL", "did you mean 'H200'"), ("A100 PCIe 40GB", "did you mean 'A100'"), ("H20+", "'H20'"),
        ("Nvidia H21", "did you mean 'H20'"), ("AMD H100", "did you mean 'H100'"), ("910B", "mean 'Ascend 910B'"),
        ("Intel H100", "did you mean 'H100'"), ("H1OO", "did you mean 'H100'"), ("GeForce RTX 4080", "'RTX 4090'"),
        ("SK hynix HBM3E", "did you mean 'HBM3E'"), ("Nvidia", "in the catalogue"), ("", "printable"),
        ("H\u0662\u0660", "in the catalogue"), ("H20\0", "printable"), ("x" * 300, "at most 100 letters"),
        (None, "printable"),
    ],
)  # fmt: skip
def test_a_variant_is_never_taken_for_its_neighbour(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        find(name)
    assert len(str(error.value)) < 400


def test_every_good_is_found_by_its_name_and_behind_its_vendor() -> None:
    for name, good in {**catalog.chips(), **catalog.memory()}.items():
        for spelt in (name, name.upper(), name.replace(" ", "-"), f"{getattr(good, 'vendor', '')} {name}"):
            assert find(spelt) is good
    assert {*HOUSES.values(), *FAMILIES.values()} <= set(catalog.vendors())


@given(st.text(max_size=200))
def test_any_text_is_a_name_or_one_kind_of_error(text: str) -> None:
    for read in (find, vendor_named):
        assert len(told(read, text)) < 800


def told(read: Callable[[str], object], text: str) -> str:
    """What is said against a text; nothing where it is a name."""
    try:
        read(text)
    except InputError as error:
        return str(error)
    return ""
