"""The report: one offline page, the answer first, nothing loaded, nothing run."""

import base64
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.figures import findings, report
from abm.foundation.errors import InputError
from abm.foundation.version import VERSION
from abm.results import points
from abm.results.answer import answer
from abm.results.comparison import Comparison
from abm.results.draws import Drawn
from abm.results.ensemble import Ensemble
from abm.runs.run import Run
from tests.conftest import CHROMIUM
from tests.figures import synthetic

DAY = date(2026, 11, 1)
A4 = 688
"""Pixels between the margins of a sheet."""
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title><b>", "a & b < c", "'; --"]


class Page(HTMLParser):
    """Collects tags, addresses and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.attributes: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "data", "poster")
        ]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def write(ensemble: Ensemble, folder: Path, **options: object) -> tuple[str, Page]:
    text = report.write(ensemble, folder, day=DAY, **options).read_text(encoding="utf-8")  # type: ignore[arg-type]
    return text, Page(text)


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Page]:
    folder = tmp_path_factory.mktemp("report")
    text, page = write(
        synthetic.ensemble(12), folder, title="HBM relief", question="What would it do?", base="hold_firm"
    )
    return folder, text, page


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(six: tuple[Path, str, Page]) -> None:
    _, text, page = six
    assert page.addresses
    assert all(address.startswith(("data:", "#", "figures/")) for address in page.addresses)
    assert not {"script", "iframe", "link", "object", "embed", "form", "base"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on")]
    style = text.split("<style>")[1].split("</style>")[0]
    assert "@import" not in style
    assert "url(" not in style
    assert "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"" in text


def test_pictures_inside_load_nothing_either(six: tuple[Path, str, Page]) -> None:
    pictures = [address for address in six[2].addresses if address.startswith("data:image/svg+xml")]
    assert len(pictures) >= 14  # each figure for wide and for narrow screens
    for address in pictures:
        svg = base64.b64decode(address.partition(",")[2]).decode()
        links = re.findall(r'(?:xlink:href|href|src)="([^"]*)"', svg)
        assert all(link.startswith("#") for link in links)
        assert "<script" not in svg


def test_sections_stand_in_order_with_the_answer_first(six: tuple[Path, str, Page]) -> None:
    names = re.findall(r'<section id="([^"]+)"', six[1])
    assert names == ["answer", "figures", "limits", "method", "provenance"]
    assert six[1].index('id="answer"') < six[1].index("<figure")
    assert {f"#{name}" for name in names} == {name for name in six[2].addresses if name.startswith("#")}


def test_the_answer_holds_the_paired_differences(six: tuple[Path, str, Page]) -> None:
    told = answer(Comparison(synthetic.ensemble(12), "hold_firm"))
    assert all(told.of(name) in six[2].text for name in told.regimes)
    assert told.held in six[2].text
    for one in told.changes:
        mean, chance, _ = one.cells()
        assert f"{mean} {chance}" in six[2].text
    assert six[1].count('<th scope="row">Full relaxation</th>') == 3 + 1, "in each block, and where described"


def test_figures_lie_beside_the_page_with_their_data(six: tuple[Path, str, Page]) -> None:
    folder = six[0]
    files = {file.name for file in (folder / "figures").iterdir()}
    stems = {name.rsplit(".", 1)[0] for name in files}
    assert {"china_compute", "capability_gap", "policies", "difference", "channels", "tradeoff"} <= stems
    assert {"memory", "inputs", "courses"} <= stems
    assert files == {f"{stem}.{kind}" for stem in stems for kind in ("png", "svg", "csv")}


def test_memory_and_inputs_show_the_regimes_that_are_compared(six: tuple[Path, str, Page]) -> None:
    for name in ("memory", "inputs"):
        data = pd.read_csv(six[0] / "figures" / f"{name}.csv")
        assert set(data["regime"]) == set(synthetic.REGIMES) - {"history"}
    assert set(pd.read_csv(six[0] / "figures" / "inputs.csv")["vendor"]) == {"Huawei"}


def test_under_one_regime_all_vendors_are_shown(tmp_path: Path) -> None:
    write(synthetic.ensemble(2, ["history"]), tmp_path)
    assert set(pd.read_csv(tmp_path / "figures" / "inputs.csv")["vendor"]) == {"Huawei", "Hygon"}


def test_without_their_metrics_there_is_no_figure_of_memory_or_inputs(tmp_path: Path) -> None:
    write(synthetic.plain([[1.0, 2.0]] * 2, "history"), tmp_path)
    assert not {"memory.csv", "inputs.csv"} & {file.name for file in (tmp_path / "figures").iterdir()}


def test_every_figure_links_to_its_data_beside_the_page(six: tuple[Path, str, Page]) -> None:
    links = [address for address in six[2].addresses if address.endswith(".csv")]
    assert len(links) >= 7
    assert all(len(pd.read_csv(six[0] / link)) for link in links)


def test_the_page_is_light_and_says_how_to_cite_it(six: tuple[Path, str, Page]) -> None:
    assert len(six[1].encode()) < 3e6
    assert "Code: MIT. Data: CC BY 4.0" in six[2].text
    assert f"The chip-export-abm authors: chip-export-abm {VERSION}, run set" in six[2].text


def test_provenance_names_set_seeds_versions_and_day(six: tuple[Path, str, Page]) -> None:
    text = six[2].text
    assert synthetic.ensemble(12).key in text
    assert "seeds 0–11" in text
    assert "2026-11-01" in text
    for word in ("code", "data", "numpy", "mesa", "python"):
        assert word in text


def test_every_figure_says_what_it_shows_to_those_who_cannot_see_it(six: tuple[Path, str, Page]) -> None:
    assert all(len(words) > 10 for words in re.findall(r'<img src="[^"]*" alt="([^"]*)"', six[1]))


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    run, key = synthetic.run("history"), "capability_gap"
    runs = [Run(words, 0, run.months, {key: run.columns[key]}) for words in HOSTILE]
    every = " ".join(HOSTILE)
    text, page = write(Ensemble(runs, units={key: "month"}), tmp_path, title=every, question=every, notes=HOSTILE)
    assert not {"script", "b"} & set(page.tags)
    assert all(address.startswith(("data:", "#", "figures/")) for address in page.addresses)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.text.count(every) >= 2
    assert all(words not in text for words in HOSTILE if set(words) & set('<>"'))


def test_an_incomplete_sweep_says_so(tmp_path: Path) -> None:
    small = synthetic.plain([[1.0, 2.0]] * 2, "history")
    _, page = write(small, tmp_path, planned=10, failed=1)
    assert "2 of 10 runs are done" in page.text
    assert "1 run failed" in page.text
    _, page = write(small, tmp_path, planned=2)
    assert "Not complete" not in page.text


def test_a_sweep_over_factors_has_a_map_and_says_what_the_answer_turns_on(tmp_path: Path) -> None:
    _, page = write(synthetic.grid(2), tmp_path)
    assert (tmp_path / "figures" / "map.png").exists()
    assert "HBM: quota share, from November 2026" in page.text
    assert "What would change it" in page.text


def test_laws_of_a_grid_are_rows_against_the_one_that_is_the_base(tmp_path: Path) -> None:
    quota = "law.hbm.quota_share@2026-11"
    criterion = points.Criterion("Relief adds compute", "china_compute", "more", {quota: 0.0}, {quota: 1.0}, percent=5)
    runs = synthetic.grid(2, ["hbm_relief"])
    _, page = write(runs, tmp_path, base={quota: 0.0}, criteria=[criterion], question="Does it?")
    assert "Does it? Yes." in page.text
    assert "Relief adds compute: yes ." in page.text
    assert all(f"HBM quota share {size}" in page.text for size in ("0", "0.1", "0.25", "0.5", "1"))
    assert not (tmp_path / "figures" / "china_compute.png").exists(), "no median over several laws"
    assert "No parameter" not in page.text


def test_influence_finds_the_factor_that_matters() -> None:
    frame = findings.influence(Comparison(synthetic.grid(3)))
    assert frame["factor"].iloc[0] == "law.hbm.quota_share@2026-11"
    assert frame["rank correlation"].iloc[0] > 0.9
    assert findings.influence(Comparison(synthetic.ensemble(3))).empty


@pytest.mark.parametrize(
    "ensemble",
    [synthetic.empty(), synthetic.ensemble(1, ["history"]), synthetic.ensemble(2, ["history", "hbm_relief"]),
     synthetic.plain([[1.0, 2.0]], name="odd"), synthetic.plain(np.full((3, 4), np.nan))],
    ids=["empty", "one run", "two regimes", "no headline metric", "all NaN"],
)  # fmt: skip
def test_odd_inputs_give_a_page(ensemble: Ensemble, tmp_path: Path) -> None:
    _, page = write(ensemble, tmp_path)
    assert page.tags.count("section") == 5
    assert "nan" not in re.findall(r"[a-z]+", page.text)


def test_the_page_may_be_named(tmp_path: Path) -> None:
    path = report.write(synthetic.plain([[1.0, 2.0]]), tmp_path / "deep" / "page.html", day=DAY)
    assert path == tmp_path / "deep" / "page.html"
    assert (tmp_path / "deep" / "figures").is_dir()


def test_an_unknown_base_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="hold_firm"):
        report.write(synthetic.ensemble(1), tmp_path, base="hold_frm")


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_it_without_asking_the_network(
    six: tuple[Path, str, Page], width: int, tmp_path: Path, playwright: Any
) -> None:
    flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync"
    context = playwright.chromium.launch_persistent_context(
        tmp_path,
        executable_path=str(CHROMIUM),
        headless=True,
        args=flags.split(),
        viewport={"width": width, "height": 800},
    )
    page, asked, said = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto((six[0] / "report.html").as_uri())
    page.wait_for_load_state("load")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4, "height": 1000})
    outside = (
        "[...document.querySelectorAll('table, img')].filter(one => one.getBoundingClientRect().right > innerWidth)"
    )
    assert page.evaluate(f"{outside}.length") == 0, "cut off on paper"
    shown = page.evaluate("[...document.images].map(image => image.complete && image.naturalWidth)")
    context.close()
    assert len(shown) >= 7
    assert all(shown)
    assert not said
    assert [url for url in asked if not url.startswith("data:")] == [(six[0] / "report.html").as_uri()]


def test_drawn_parameters_are_ranked_but_no_axes_of_a_map(tmp_path: Path) -> None:
    runs = synthetic.ensemble(12, ["hold_firm", "hbm_relief"])
    rows = {str(seed): {"demand.theta": 1.2 + 0.1 * seed, "demand.home_bias": 0.5 - 0.01 * seed} for seed in range(12)}
    runs.drawn = Drawn("mine", 12, rows, {name: name for name in rows})
    assert set(findings.influence(Comparison(runs, "hold_firm"))["factor"]) == {"demand.theta", "demand.home_bias"}
    write(runs, tmp_path)
    assert (tmp_path / "figures" / "policies.png").exists()
    assert not list((tmp_path / "figures").glob("map*"))
