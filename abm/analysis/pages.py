"""Markdown pages of blocks: paragraphs, headings, figures, lists and tables."""

from collections.abc import Iterable

from abm.results import wording


def page(blocks: Iterable[str]) -> str:
    """Blocks with an empty line between them: paragraphs are broken into lines, all else stays as it is."""
    parts = [one if one.startswith(("#", "!", "|", "-", ">")) else wording.paragraph(one) for one in blocks]
    return "\n\n".join(parts) + "\n"


def table(heads: str, rows: Iterable[Iterable[object]]) -> str:
    """A table: its heads with bars between them, and in each row a cell a head."""
    rule = " | ".join(["---"] * len(heads.split(" | ")))
    lines = [heads, rule, *(" | ".join(map(str, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)
