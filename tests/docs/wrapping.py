"""Markdown wraps at 120: paragraphs and entries of lists, wherever a line may break without being read otherwise.

``python -m tests.docs.wrapping`` wraps every page. Tables, code, headings, HTML and addresses stay as they are, and so
do lines in Chinese: a line break there would be read as a space within a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.house.tree import tracked

WIDTH = 120
_FENCE = re.compile(r"\s*(```|~~~)")
_ENTRY = re.compile(r"(\s*(?:> ?)*)((?:[-*+]|\d{1,3}[.)])\s+)?")
# What is one line by itself: headings, tables, HTML, link definitions, rules, footnotes, front matter.
_ALONE = re.compile(r"\s*(#|\||<|\[[^\]]+\]:|(-{3,}|={3,}|\*{3,})\s*$|!\[)")
# What must not come first in a line: it would begin a heading, a list, a quotation or a table, or be read as a command.
_BEGINS = re.compile(r"([-*+>|#=]|\d{1,9}[.)]$|~~~|```|make$)")
# What a line does not break in: code, links with their addresses, tags, and other words.
_WORD = re.compile(r"(?:`+[^`]+`+|!?\[(?:[^\[\]]|\[[^\]]*\])*\]\([^)\s]*\)|<[^>]*>|\S)+")
_CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


@dataclass
class Paragraph:
    """Lines that are read as one: what stands before the first and before the others, and the text of each."""

    first: str
    rest: str
    lines: list[str] = field(default_factory=list)
    prose: bool = True

    def told(self) -> list[str]:
        """As it stands."""
        heads = [self.first, *[self.rest] * (len(self.lines) - 1)]
        return [(head + line).rstrip() for head, line in zip(heads, self.lines, strict=True)]

    def wrapped(self) -> list[str]:
        """With no line over the width that may break; as it stands where all are short, or it is no prose."""
        told = self.told()
        if not self.prose or max(map(len, told)) <= WIDTH or _CHINESE.search("".join(told)):
            return told
        made, line = list[str](), self.first
        for word in _WORD.findall(" ".join(self.lines)):
            over = len(line) + len(word) + (line not in (self.first, self.rest)) > WIDTH
            if over and line not in (self.first, self.rest) and not _BEGINS.match(word):
                made.append(line)
                line = self.rest
            line += word if line in (self.first, self.rest) else f" {word}"
        return [*made, line]


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of a page, each entry of a list one; whatever else stands in it line by line."""
    fenced, current = False, None
    for line in text.split("\n"):
        fence = _FENCE.match(line) is not None
        entry = _ENTRY.match(line)
        before, marker = (entry[1], entry[2] or "") if entry else ("", "")
        body = line[len(before) + len(marker) :]
        if fence or fenced or not body.strip() or _ALONE.match(line) or line.endswith(("  ", "\\")):
            if current:
                yield current
            current = None
            yield Paragraph("", "", [line], prose=False)
            fenced ^= fence
        elif current and not marker and before.count(">") == current.rest.count(">"):
            current.lines.append(body)
        else:
            if current:
                yield current
            current = Paragraph(before + marker, before + " " * len(marker), [body])
    if current:
        yield current


def wrapped(text: str) -> str:
    """A page in which what is too long wraps."""
    return "\n".join(line for one in paragraphs(text) for line in one.wrapped())


def twice(text: str) -> list[str]:
    """How paragraphs begin that stand twice in a page: a merge that took both sides leaves such."""
    seen, found = set[str](), list[str]()
    for one in paragraphs(text):
        words = " ".join(" ".join(one.lines).split())
        if one.prose and len(words) > WIDTH:
            found += [words[:60]] if words in seen else []
            seen.add(words)
    return found


def pages() -> list[Path]:
    """Every page."""
    return tracked(".md")


def main() -> None:
    """Wraps every page."""
    for page in pages():
        page.write_text(wrapped(page.read_text()))


if __name__ == "__main__":
    main()
