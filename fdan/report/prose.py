"""Markdown of other stages as parts of the page: tables that sort, pictures inside, links that stay in it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

# Raw HTML in a text is text: "html" is off, and everything else that could reach the page is escaped by the parser.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Head:
    """A column: the heading that it shares with its neighbours (or none), its own name, and whether it holds numbers.

    `kind` is ``paper``, ``ours`` or empty.
    """

    group: str
    name: Markup
    numbers: bool
    kind: str = ""


@dataclass(frozen=True)
class Grid:
    """A table as the page shows it; the first cell of a row names it."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[Markup, ...], ...]

    @property
    def groups(self) -> list[tuple[str, int, tuple[Head, ...]]]:
        """Neighbours under one heading: it, how many they are, and they themselves."""
        return [(name, len(heads), heads) for name, heads in _neighbours(self.heads)]

    @property
    def two_rows(self) -> bool:
        """Whether any heading is shared."""
        return any(head.group for head in self.heads)


def _neighbours(heads: Sequence[Head]) -> Iterator[tuple[str, tuple[Head, ...]]]:
    for name, found in groupby(heads, key=lambda head: head.group):
        members = tuple(found)
        # Those without a shared heading stand alone.
        yield from [(name, members)] if name else [("", (head,)) for head in members]


@dataclass(frozen=True)
class Writer:
    """How blocks become HTML.

    Attributes:
        grid: of a table and its label.
        picture: of a picture's path and its text; empty where there is no such picture.
        links: path -> place in this page; a link to anywhere else is plain text.
    """

    grid: Callable[[Grid, str], Markup]
    picture: Callable[[str, str], Markup]
    links: Mapping[str, str]


def to_html(
    text: str, writer: Writer, label: str, shift: int = 1, without: Collection[str] = (), tables_first: bool = False
) -> Markup:
    """Markdown as HTML, without its title: the page has its own.

    Args:
        text: the Markdown.
        writer: of its blocks.
        label: what a screen reader calls its tables.
        shift: how many levels deeper its headings are in the page.
        without: headings whose sections are left out.
        tables_first: whether what stands above a table is to stand below it.
    """
    parts: list[tuple[bool, Markup]] = []
    left_out = ""
    for block in _blocks(_PARSER.parse(text)):
        first = block[0]
        if first.type == "heading_open":
            level, name = first.tag, block[1].content
            if level == "h1":
                continue
            if left_out and level <= left_out:
                left_out = ""
            if name in without:
                left_out = level
            for token in (first, block[-1]):
                token.tag = f"h{min(6, int(level[1:]) + shift)}"
        if not left_out:
            parts.append((first.type != "table_open", _block(block, writer, label)))
    if tables_first:
        parts.sort(key=lambda part: part[0])
    return Markup("\n").join(html for _, html in parts)


def to_grid(block: Sequence[Token], links: Mapping[str, str]) -> Grid:
    """A table's tokens as a table."""
    rows: list[list[tuple[str, Markup, bool]]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"}:
            right = "right" in str(token.attrGet("style") or "")
        elif token.type == "inline":
            rows[-1].append((token.content, _inline(token, links), right))
    head, *body = rows
    return Grid(_heads(head), tuple(tuple(cell for _, cell, _ in row) for row in body))


def _heads(cells: Sequence[tuple[str, Markup, bool]]) -> tuple[Head, ...]:
    """Columns of numbers whose names begin with the same words share them as their heading."""
    heads: list[Head] = []
    firsts = [text.split(" ")[0] if right and " " in text else "" for text, _, right in cells]
    place = 0
    for word, found in groupby(firsts):
        size = len(list(found))
        here = cells[place : place + size]
        shared = _shared([text for text, *_ in here]) if word and size > 1 else ""
        for text, html, right in here:
            name = text.removeprefix(shared).strip()
            kind = next((kind for kind in ("paper", "ours") if name == kind), "")
            heads.append(Head(shared, Markup("{}").format(name) if shared else html, right, kind))
        place += size
    return tuple(heads)


def _shared(names: Sequence[str]) -> str:
    words = zip(*(name.split(" ")[:-1] for name in names), strict=False)
    return " ".join(several[0] for several in takewhile(lambda several: len({*several}) == 1, words))


def _blocks(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The blocks of the outermost level, each with all that is in it."""
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield block
            block = []


def _block(block: list[Token], writer: Writer, label: str) -> Markup:
    if block[0].type == "table_open":
        return writer.grid(to_grid(block, writer.links), label)
    if len(block) == 3 and (image := _only_image(block[1])):
        return writer.picture(str(image.attrGet("src")), image.content)
    for token in block:
        if token.type == "inline":
            token.children = _kept(token.children or [], writer.links)
    return Markup(_PARSER.renderer.render(block, _PARSER.options, {}))  # the parser has escaped it


def _only_image(token: Token) -> Token | None:
    children = token.children or []
    return children[0] if len(children) == 1 and children[0].type == "image" else None


def _inline(token: Token, links: Mapping[str, str]) -> Markup:
    children = _kept(token.children or [], links)
    return Markup(_PARSER.renderer.render(_wrapped(children), _PARSER.options, {}))  # likewise


def _wrapped(children: list[Token]) -> list[Token]:
    return [Token("inline", "", 0, children=children)]


def _kept(children: Sequence[Token], links: Mapping[str, str]) -> list[Token]:
    """The same without links that lead out of the page, of which the text stays, and without pictures in a line."""
    kept: list[Token] = []
    inside: list[bool] = []
    for token in children:
        if token.type == "link_open":
            target = links.get(str(token.attrGet("href")))
            inside.append(target is not None)
            token.attrs = dict[str, Any](href=target) if target else {}
        keep = inside[-1] if token.type in {"link_open", "link_close"} else token.type != "image"
        if token.type == "link_close":
            inside.pop()
        if keep:
            kept.append(token)
    return kept
