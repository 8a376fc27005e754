"""What Markdown pages hold that can be run: blocks of code, and the files that a reader is asked to save."""

import re
from pathlib import Path

FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
SAVED = re.compile(r"saved? (?:this )?as `([\w./]+)`:\n\n```\w+\n(.*?)```", re.DOTALL | re.IGNORECASE)


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of a page in a language."""
    return [body for name, body in FENCE.findall(page.read_text(encoding="utf-8")) if name == language]


def commands(page: Path) -> list[str]:
    """The commands of a page that call the model, without comments; not those that set up, test, or open a page."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    asked = [line.split("#")[0].split() for line in lines if line.startswith("./run ")]
    return [" ".join(words) for words in asked if words[1:2] not in ([], ["test"], ["serve"], ["open"], ["notebook"])]


def save_files(page: Path, folder: Path) -> list[Path]:
    """Write the files that a page asks its reader to save into a folder."""
    saved = SAVED.findall(page.read_text(encoding="utf-8"))
    for name, text in saved:
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name, _ in saved]
