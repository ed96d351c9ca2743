"""The page: what the other stages wrote, and how it was made, in one file that needs no other."""

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from fdan.audit.page import read_audit
from fdan.corpora.registry import title_of
from fdan.report import curves, interactive
from fdan.report.markdown import Writer, markdown_to_html
from fdan.report.pictures import Picture, embed_jpeg, embed_png
from fdan.report.provenance_section import Provenance
from fdan.report.summary import Summary, summarise
from fdan.results.deviations import shown
from fdan.results.printing import read_sheet, to_html
from fdan.results.runs import RunName
from fdan.runtime.project import Project

HERE = Path(__file__).parent

TABLES = {
    "table1": "Table 1: SAVEE",
    "table2": "Table 2: MELD",
    "table3": "Table 3: the faces of both corpora",
    "table4": "Table 4: FDAN and its special cases",
}
"""Name of a table of the paper -> its heading."""

COMPANIONS = {
    "claims": "Claims",
    "protocols": "Protocols",
    "corpora": "Corpora that the paper does not have",
    "uncertainty": "FDAN minus each row",
}


@dataclass(frozen=True)
class Captioned:
    """A picture and its description."""

    picture: Picture
    text: str


@dataclass(frozen=True)
class Contents:
    """What the page shows; what was not made is None or empty, and the page has no place for it.

    Attributes:
        corpora: the targets, name -> in print.
        synthetic: those, in print, whose clips are synthetic.
        summary: the audit's.
        tables: name -> HTML, of the paper's tables.
        rows: figures of all rows; the first one is below the opening sentences.
        quoted: the page of the quoted rows.
        maps: of each corpus.
        calibration: figures of whether the probabilities are right.
        panels: of each corpus, its training curves.
        tuning: figures of the searched grids.
        audit: the page.
        companions: name -> HTML, of the other tables.
        sheets: contact sheets.
        provenance: how it was made.
    """

    corpora: Mapping[str, str]
    synthetic: tuple[str, ...]
    summary: Summary | None
    tables: Mapping[str, Markup]
    rows: tuple[Captioned, ...]
    quoted: Markup
    maps: tuple[interactive.Maps, ...]
    calibration: tuple[Captioned, ...]
    panels: Mapping[str, Sequence[curves.Panel]]
    tuning: tuple[Captioned, ...]
    audit: Markup
    companions: Mapping[str, Markup]
    sheets: tuple[Captioned, ...]
    provenance: Provenance


def read_contents(
    project: Project,
    synthetic: Mapping[str, bool],
    raw: Sequence[str],
    provenance: Provenance,
    undertrained: Collection[RunName] = (),
) -> Contents:
    """Read everything that is there.

    Args:
        project: holds it.
        synthetic: target -> whether its clips are synthetic.
        raw: all corpora, of which contact sheets may show some.
        provenance: how it was made.
        undertrained: runs that are not ranked.

    Raises:
        CorpusError: a file is not what its stage writes.
    """
    reports = project.reports
    parts: Any = _environment().get_template("parts.html.jinja").module

    def picture(path: str, text: str) -> Markup:
        found = embed_png(reports / path)
        return Markup(parts.figure(found, text) if found else "")

    writer = Writer(picture, _places(reports))

    def page(path: Path, label: str, *without: str) -> Markup:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        return markdown_to_html(text, writer, label, without)

    def tables(names: Mapping[str, str]) -> dict[str, Markup]:
        files = {name: reports / f"tables/{name}.json" for name in names}
        return {name: to_html(read_sheet(file), names[name]) for name, file in files.items() if file.is_file()}

    audit = read_audit(reports / "audit.json")
    named = {corpus: title_of(corpus) for corpus in synthetic}
    figures = partial(_figures, reports / "figures")
    panels = {corpus: curves.read_panels(project.runs(), corpus) for corpus in synthetic}
    maps = (interactive.read_maps(project, corpus, made_up) for corpus, made_up in synthetic.items())
    return Contents(
        named,
        tuple(named[corpus] for corpus, made_up in synthetic.items() if made_up),
        summarise(audit, undertrained, any(synthetic.values())) if audit else None,
        tables(TABLES),
        figures("rows/{}", synthetic, "WAR of every row on {}: ours with its interval, beside the paper's"),
        page(reports / "rows.md", "Quoted rows"),
        tuple(filter(None, maps)),
        figures("calibration_{}", synthetic, "Reliability diagram and risk-coverage curve of FDAN on {}"),
        {corpus: found for corpus, found in panels.items() if found},
        figures("tuning_{}", synthetic, "Validation WAR of every point of the searched grid, {}"),
        page(reports / "audit.md", "Audit", "In short"),
        tables(COMPANIONS),
        (
            *figures("faces_{}", raw, "Contact sheet of the face crops of {}, by emotion", embed_jpeg),
            *figures("mels_{}", raw, "Contact sheet of the Mel images of {}, by emotion", embed_jpeg),
        ),
        provenance,
    )


def _places(reports: Path) -> dict[str, str]:
    """Where the pages that others link to are in this one, of those that there are."""
    tables = [name for name in (*TABLES, *COMPANIONS) if (reports / f"tables/{name}.json").is_file()]
    places = {link: f"#{name}" for name in tables for link in (f"tables/{name}.md", f"{name}.md")}
    return places | {f"{name}.md": f"#{name}" for name in ("rows", "audit") if (reports / f"{name}.md").is_file()}


def _figures(
    folder: Path, name: str, corpora: Iterable[str], text: str, embed: Any = embed_png
) -> tuple[Captioned, ...]:
    found = {corpus: embed(folder / f"{name.format(corpus)}.png") for corpus in corpora}
    return tuple(Captioned(picture, text.format(title_of(corpus))) for corpus, picture in found.items() if picture)


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
            frame=curves,
            map_size=interactive,
        )
    )
    return text.rstrip() + "\n"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,  # what is not there is a mistake, not an empty place
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    return environment


def _policy_hash(text: str) -> str:
    """As a content security policy names what it lets run."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
