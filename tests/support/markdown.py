"""Reading our Markdown: fenced blocks with their language and place, links, and headings.

A comment `<!-- session: NAME -->` says that the blocks after it belong to another shell: its own
folder, environment and processes, as if it were typed on another machine. Without one all blocks of
a document are one session named `main`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAIN = "main"
_FENCE = re.compile(r"^(\s*)```(\w*)\s*$")
_SESSION = re.compile(r"<!--\s*session:\s*(\w+)\s*-->")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+?)\s*$")


@dataclass(frozen=True)
class Block:
    """One fenced block; `line` is the number of its first line of content."""

    language: str
    text: str
    line: int
    session: str = MAIN


def documents() -> list[Path]:
    """Every page a reader is sent to."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [*pages, *sorted((ROOT / "adapters").glob("*/README.md"))]


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks in order; ValueError for a fence that is never closed."""
    session, fence, language, first = MAIN, "", "", 0
    content: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if first:
            if line.strip() == "```":
                yield Block(language, "\n".join(content), first, session)
                content, first = [], 0
            else:
                content.append(line.removeprefix(fence))
        elif found := _FENCE.match(line):
            fence, language, first = found[1], found[2], number + 1
        elif found := _SESSION.search(line):
            session = found[1]
    if first:
        raise ValueError(f"the block that begins at line {first} has no end")


def prose(text: str) -> str:
    """The text with the content of fenced blocks left out."""
    kept, inside = [], False
    for line in text.splitlines():
        if line.strip().startswith("```"):
            inside = not inside
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def links(text: str) -> list[str]:
    """Targets of all links outside of blocks and code spans."""
    return _LINK.findall(re.sub(r"`[^`]*`", "", prose(text)))


def anchors(text: str) -> set[str]:
    """What headings can be linked by: lower case, words joined by hyphens."""
    found = (_HEADING.match(line) for line in prose(text).splitlines())
    return {
        re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-")
        for heading in found
        if heading
    }
