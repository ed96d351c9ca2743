"""The pages audit.md and rows.md as parts of the page: tables that sort, pictures inside, links that stay in it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from fdan.results.printing import Column, html_table

# Raw HTML in a text is text: "html" is off, and everything else that could reach the page is escaped by the parser.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Writer:
    """How blocks become HTML.

    Attributes:
        picture: of a picture's path and its text; empty where there is no such picture.
        links: path -> place in this page; a link to anywhere else is plain text.
    """

    picture: Callable[[str, str], Markup]
    links: Mapping[str, str]


def markdown_to_html(text: str, writer: Writer, label: str, without: Collection[str] = ()) -> Markup:
    """Markdown as HTML, one level deeper and without its title: the page has its own.

    Args:
        text: the Markdown.
        writer: of its blocks.
        label: what a screen reader calls its tables.
        without: headings whose sections are left out.
    """
    parts: list[Markup] = []
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
                token.tag = f"h{min(6, int(level[1:]) + 1)}"
        if not left_out:
            parts.append(_block(block, writer, label))
    return Markup("\n").join(parts)


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
        return _table(block, writer.links, label)
    if len(block) == 3 and (image := _only_image(block[1])):
        return writer.picture(str(image.attrGet("src")), image.content)
    for token in block:
        if token.type == "inline":
            token.children = _kept(token.children or [], writer.links)
    return _rendered(block)


def _table(block: Sequence[Token], links: Mapping[str, str], label: str) -> Markup:
    """A table; a column whose cells stand to the right holds numbers."""
    rows: list[list[Column]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"}:
            right = "right" in str(token.attrGet("style") or "")
        elif token.type == "inline":
            cell = _rendered([Token("inline", "", 0, children=_kept(token.children or [], links))])
            rows[-1].append(Column("", cell, right))
    head, *body = rows
    return html_table(head, [[cell.name for cell in row] for row in body], label)


def _rendered(tokens: Sequence[Token]) -> Markup:
    return Markup(_PARSER.renderer.render(tokens, _PARSER.options, {}))  # the parser has escaped it


def _only_image(token: Token) -> Token | None:
    children = token.children or []
    return children[0] if len(children) == 1 and children[0].type == "image" else None


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
