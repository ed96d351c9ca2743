"""The page: what the other stages have left, and how it was made, in one file that asks for nothing."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from fdan.audit.verdicts import Outcome
from fdan.corpora.registry import title_of
from fdan.report import curves, maps
from fdan.report.answer import Answer, read_answer
from fdan.report.made import Made
from fdan.report.pictures import Picture, embed_jpeg, embed_png
from fdan.report.prose import Grid, Writer, to_html

HERE = Path(__file__).parent

TABLES = {
    "table1": "Table 1: SAVEE",
    "table2": "Table 2: MELD",
    "table3": "Table 3: the faces of both corpora",
    "table4": "Table 4: FDAN and its special cases",
}
"""Name of a table of the paper -> its heading."""

COMPANIONS = {
    "protocols": "Protocols",
    "corpora": "Corpora that the paper does not have",
    "uncertainty": "What tells FDAN from each row",
}

FURTHER = {"reliability": "Are the probabilities right?", "risk_coverage": "What abstaining buys"}
"""Beginning of the name of figures that there may be -> their heading."""


@dataclass(frozen=True)
class Shown:
    """A picture, and what it says in words."""

    picture: Picture
    text: str


@dataclass(frozen=True)
class Contents:
    """What the page shows; whatever was not made is None or empty, and its place in the page is gone.

    Attributes:
        corpora: the targets, name -> in print.
        synthetic: those, in print, whose clips are made up.
        answer: the audit's.
        tables: name -> HTML, of the paper's tables.
        rows: figures of all rows.
        quoted: the page of the quoted rows.
        maps: of each corpus.
        further: heading -> figures.
        panels: of each corpus, its training curves.
        tuning: figures of the searched grids.
        audit: the page.
        companions: name -> HTML, of the other tables.
        sheets: contact sheets.
        made: how.
    """

    corpora: Mapping[str, str]
    synthetic: tuple[str, ...]
    answer: Answer | None
    tables: Mapping[str, Markup]
    rows: tuple[Shown, ...]
    quoted: Markup
    maps: tuple[maps.Maps, ...]
    further: Mapping[str, Sequence[Shown]]
    panels: Mapping[str, Sequence[curves.Panel]]
    tuning: tuple[Shown, ...]
    audit: Markup
    companions: Mapping[str, Markup]
    sheets: tuple[Shown, ...]
    made: Made


def read_contents(synthetic: Mapping[str, bool], raw: Sequence[str], made: Made, root: Path = Path()) -> Contents:
    """Everything that is there.

    Args:
        synthetic: of every target whether its clips are made up.
        raw: all corpora, of which contact sheets may show some.
        made: how.
        root: of the project.

    Raises:
        CorpusError: a file is not what its stage writes.
    """
    reports, environment = root / "reports", _environment()
    parts: Any = environment.get_template("parts.html.jinja").module

    def picture(path: str, text: str) -> Markup:
        found = embed_png(reports / path)
        return Markup(parts.figure(found, text) if found else "")

    def grid(table: Grid, label: str) -> Markup:
        return Markup(parts.grid(table, label))

    writer = Writer(grid, picture, _places(reports))

    def page(path: Path, label: str, shift: int, **more: Any) -> Markup:
        if not path.is_file():
            return Markup("")
        return to_html(path.read_text(encoding="utf-8"), writer, label, shift, **more)

    def tables(names: Mapping[str, str]) -> dict[str, Markup]:
        files = {name: reports / f"tables/{name}.md" for name in names}
        return {n: html for n, file in files.items() if (html := page(file, names[n], 2, tables_first=True))}

    named = {corpus: title_of(corpus) for corpus in synthetic}
    figures = partial(_figures, reports / "figures")
    return Contents(
        named,
        tuple(named[corpus] for corpus, made_up in synthetic.items() if made_up),
        read_answer(reports / "audit.json"),
        tables(TABLES),
        figures("rows_{}", synthetic, "WAR of every row on {}: ours with its interval, beside the paper's"),
        page(reports / "rows.md", "Quoted rows", 2),
        tuple(m for c, up in synthetic.items() if (m := maps.read_maps(c, up, reports, root / "data"))),
        {
            heading: shown
            for name, heading in FURTHER.items()
            if (shown := figures(f"{name}_{{}}", synthetic, f"{heading} {{}}"))
        },
        {corpus: panels for corpus in synthetic if (panels := curves.read_panels(root / "runs", corpus))},
        figures("tuning_{}", synthetic, "Validation WAR of every point of the searched grid, {}"),
        page(reports / "audit.md", "Audit", 1, without=["In short"]),
        tables(COMPANIONS),
        (
            *figures("faces_{}", raw, "Contact sheet of the face crops of {}, by emotion", embed_jpeg),
            *figures("mels_{}", raw, "Contact sheet of the Mel images of {}, by emotion", embed_jpeg),
        ),
        made,
    )


def _places(reports: Path) -> dict[str, str]:
    """Where the pages that others link to are in this one, of those that there are."""
    files = {name: f"tables/{name}.md" for name in (*TABLES, *COMPANIONS)} | {"rows": "rows.md", "audit": "audit.md"}
    there = {name: file for name, file in files.items() if (reports / file).is_file()}
    return {link: f"#{name}" for name, file in there.items() for link in (file, Path(file).name)}


def _figures(folder: Path, name: str, corpora: Iterable[str], text: str, embed: Any = embed_png) -> tuple[Shown, ...]:
    found = {corpus: embed(folder / f"{name.format(corpus)}.png") for corpus in corpora}
    return tuple(Shown(picture, text.format(title_of(corpus))) for corpus, picture in found.items() if picture)


def to_page(contents: Contents) -> str:
    """The page as HTML; its bytes depend on the contents alone."""
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    text = (
        _environment()
        .get_template("page.html.jinja")
        .render(
            vars(contents),
            headings=TABLES | COMPANIONS,
            style=Markup(style),  # files of this room, which the page's policy names by their hashes
            script=Markup(script),
            style_hash=_policy_hash(style),
            script_hash=_policy_hash(script),
            outcomes=Outcome,
            frame=curves,
            map_size=maps,
        )
    )
    return text.rstrip() + "\n"


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,  # what is not there is a mistake, not an empty place
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _policy_hash(text: str) -> str:
    """As a content security policy names what it lets run."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
