"""The parts of an offline page: text made harmless, tables, figures inside the page, the style."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

# Nothing may be loaded from elsewhere, and nothing run.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

STYLE = """
:root { color-scheme: light; --ink: #1c1c1c; --soft: #5f5f5f; --line: #dcdcd8; --accent: #1f5fa8; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; color: var(--ink); background: #fff; font: 17px/1.55
  -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.6rem 1.25rem 4rem; }
p, ul, h1, h3 { max-width: 44rem; }
h1 { font-size: 2rem; line-height: 1.18; margin: 0.2rem 0 0.6rem; letter-spacing: -0.012em; }
h2 { font-size: 1.3rem; margin: 3.2rem 0 0.6rem; padding-top: 0.9rem; border-top: 2px solid var(--ink); }
h3 { font-size: 1.02rem; margin: 1.8rem 0 0.4rem; }
ul { padding-left: 1.15rem; }
li { margin: 0.4rem 0; }
a { color: var(--accent); }
.kicker { color: var(--soft); font-size: 0.82rem; letter-spacing: 0.04em; text-transform: uppercase; margin: 0; }
.question { font-size: 1.16rem; color: var(--soft); margin: 0 0 1rem; }
.note, figcaption { color: var(--soft); font-size: 0.86rem; line-height: 1.45; }
.warn { border-left: 4px solid #cf4a1d; background: #fdf3ee; padding: 0.6rem 0.9rem; }
nav { margin: 1.4rem 0 0; font-size: 0.9rem; }
nav a { margin-right: 1.1rem; white-space: nowrap; }
figure { margin: 1.6rem 0 2.4rem; }
figure img { width: 100%; max-width: 56rem; height: auto; display: block; }
figcaption { margin-top: 0.5rem; max-width: 44rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: 0.86rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 0.42rem 0.7rem; border-bottom: 1px solid var(--line); }
th, td { vertical-align: top; white-space: nowrap; }
thead th { border-bottom: 2px solid var(--ink); vertical-align: bottom; white-space: normal; min-width: 5.6rem; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 11.5rem; }
th:first-child, td:first-child { position: sticky; left: 0; background: #fff; }
td small, th small { display: block; color: var(--soft); font-weight: 400; }
td.sure { font-weight: 700; }
td.unsure { color: var(--soft); }
table.text th, table.text td { text-align: left; white-space: normal; }
code { font: 0.88em/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
details summary { cursor: pointer; font-weight: 600; margin: 0.8rem 0; }
@media (max-width: 640px) {
  body { font-size: 16px; }
  main { padding: 1.4rem 1rem 3rem; }
  h1 { font-size: 1.55rem; }
  th:first-child, td:first-child { min-width: 8.4rem; max-width: 9.4rem; }
  th, td { padding: 0.4rem 0.5rem; }
}
@media print { main { max-width: none; } figure, tr { break-inside: avoid; } nav { display: none; } }
"""


def document(title: str, body: Iterable[str]) -> str:
    """A whole page; the body's parts are HTML already."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in body if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def text(words: object) -> str:
    """Words made harmless."""
    return escape(str(words), quote=True)


def paragraph(words: str, kind: str = "") -> str:
    """A paragraph of plain words."""
    return f'<p class="{kind}">{text(words)}</p>' if kind else f"<p>{text(words)}</p>"


def bullets(items: Iterable[str]) -> str:
    """A list of plain words."""
    return "<ul>" + "".join(f"<li>{text(item)}</li>" for item in items) + "</ul>"


def section(name: str, heading: str, *parts: str) -> str:
    """A part of the page that the contents can point to."""
    return f'<section id="{text(name)}">\n<h2>{text(heading)}</h2>\n' + "\n".join(filter(None, parts)) + "\n</section>"


def rows(head: Sequence[str], body: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table of plain words, scrolling sideways where it is too wide."""
    cells = ([f"<th scope=row>{text(row[0])}</th>", *(f"<td>{text(cell)}</td>" for cell in row[1:])] for row in body)
    return table(head, ("".join(row) for row in cells), kind)


def table(head: Sequence[str], body: Iterable[str], kind: str = "") -> str:
    """A table whose rows are HTML cells already."""
    top = "".join(f"<th scope=col>{text(cell)}</th>" for cell in head)
    lines = "\n".join(f"<tr>{row}</tr>" for row in body)
    inner = f"<thead><tr>{top}</tr></thead>\n<tbody>\n{lines}\n</tbody>"
    return f'<div class="scroll" tabindex="0"><table class="{text(kind)}">\n{inner}\n</table></div>'


@dataclass(frozen=True)
class Picture:
    """A drawn figure: as SVG for wide and for narrow screens, its data as CSV, and what it shows."""

    wide: bytes
    narrow: bytes
    sheet: bytes
    description: str


def figure(picture: Picture, name: str, caption: str) -> str:
    """A figure inside the page, with a version for narrow screens and its data to take away."""
    large, small = (data_uri(svg, "image/svg+xml") for svg in (picture.wide, picture.narrow))
    return (
        f'<figure id="figure-{text(name)}">\n<picture><source media="(max-width: 640px)" srcset="{small}">'
        f'<img src="{large}" alt="{text(picture.description)}"></picture>\n<figcaption>{text(caption)} '
        f'<a download="{text(name)}.csv" href="{data_uri(picture.sheet, "text/csv")}">Data (CSV)</a>'
        "</figcaption>\n</figure>"
    )


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as an address that holds them."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
