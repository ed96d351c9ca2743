"""How a number is printed, and a table as Markdown, csv, LaTeX, JSON and HTML."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError

from fdan.data.emotions import CorpusError

METRICS = {"WAR": "WAR", "UAR": "UAR", "wF1": "w-F1"}
"""A metric's key in metrics.json and csv -> its name in print."""


@dataclass(frozen=True)
class Sheet:
    """What all forms of one table share.

    Attributes:
        title: how the caption starts in Markdown, ``Table 1.``; LaTeX numbers by itself.
        label: of LaTeX.
        caption: the sentences above the table, three and 60 words at most. Like a note it may hold Markdown links.
        columns: (group, name): columns of the same group stand under one heading, to the right; those
            without are text.
        lines: a cell per column, for reading.
        notes: lines below the table.
        fields: the columns of the csv form, which alone has them.
        records: its cells, for computing: one number each, empty where there is none.
    """

    title: str
    label: str
    caption: str
    columns: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    records: tuple[tuple[object, ...], ...] = ()


def number(value: float | None, sign: str = "", digits: int = 2) -> str:
    """A number in print, a dash for none; the minus is U+2212 and never stands before a zero."""
    return "—" if value is None else f"{round(value, digits) + 0:{sign}.{digits}f}".replace("-", "−")


def rounded(value: float | None, digits: int = 2) -> float | None:
    """A number for a page that a person reads although it is JSON."""
    return None if value is None else round(value, digits) + 0


def mean_sd(mean: float | None, sd: float | None) -> str:
    """``72.92 ± 1.80``, without the sd where there is one seed, ``not run`` where there is none."""
    if mean is None:
        return "not run"
    return number(mean) + (f" ± {number(sd)}" if sd is not None else "")


def interval(low: float, high: float, sign: str = "") -> str:
    """``[78.2, 91.9]``."""
    return f"[{number(low, sign, 1)}, {number(high, sign, 1)}]"


def with_interval(text: str, ends: tuple[float, float] | None) -> str:
    """``72.92 ± 1.80 [54.7, 84.4]``; the number alone where it has no interval."""
    return text if ends is None else f"{text} {interval(*ends)}"


def p_value(value: float) -> str:
    """Three decimals; 1 for what rounds to it, and below 0.001 only that it is."""
    return "< 0.001" if value < 0.001 else "1" if value > 0.9995 else f"{value:.3f}"


def without_links(text: str) -> str:
    """Return the text with the words of its Markdown links in their places."""
    return re.sub(r"\[([^\[\]]+)\]\([^()\s]+\)", r"\1", text)


def cells(values: Iterable[object]) -> tuple[object, ...]:
    """Values as cells of a csv file, to their full precision: nothing for None, yes or no for a truth."""
    words = {None: "", True: "yes", False: "no"}
    return tuple(words[value] if value is None or isinstance(value, bool) else value for value in values)


def grid(columns: tuple[tuple[str, str], ...], lines: tuple[tuple[str, ...], ...]) -> str:
    """The Markdown of a table alone."""
    header = [f"{group} {name}".strip() for group, name in columns]
    rule = ["--:" if group else ":--" for group, _ in columns]
    return "".join(f"| {' | '.join(line)} |\n" for line in [header, rule, *lines])


def to_markdown(sheet: Sheet) -> str:
    """A GitHub table under its caption, the notes below."""
    notes = "".join(f"- {note}\n" for note in sheet.notes)
    table = grid(sheet.columns, sheet.lines)
    return f"{sheet.title} {sheet.caption}\n\n{table}" + (f"\n{notes}" if notes else "")


def to_csv(sheet: Sheet) -> str:
    """One line per row and one number per cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(sheet.fields)
    writer.writerows(sheet.records)
    return text.getvalue()


_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "&%$#_{}"},
        "±": r"$\pm$",
        "−": "$-$",
        "×": r"$\times$",
        "—": "---",
        "†": r"$^\dagger$",
        "<": "$<$",
        "→": r"$\to$",
        "≥": r"$\ge$",
        "≤": r"$\le$",
        ">": "$>$",
    }
)


def to_latex(sheet: Sheet) -> str:
    """A ``table`` environment in small letters, which needs the package booktabs alone."""
    heads, rules, place = [], [], 1
    for group, columns in groupby(sheet.columns, key=lambda column: column[0]):
        width = len(list(columns))
        if group:
            heads.append(rf"\multicolumn{{{width}}}{{c}}{{{group.translate(_TEX)}}}")
            rules.append(rf"\cmidrule(lr){{{place}-{place + width - 1}}}")
        else:
            heads += [""] * width
        place += width
    notes = "".join(rf"\par {without_links(note).translate(_TEX)}" + "\n" for note in sheet.notes)
    return "\n".join(
        [
            r"\begin{table}[tbp]",
            r"\centering",
            rf"\caption{{{without_links(sheet.caption).translate(_TEX)}}}",
            rf"\label{{{sheet.label}}}",
            r"\scriptsize",
            r"\setlength{\tabcolsep}{3pt}",
            rf"\begin{{tabular}}{{@{{}}{''.join('r' if group else 'l' for group, _ in sheet.columns)}@{{}}}}",
            r"\toprule",
            " & ".join(heads).lstrip() + r" \\",
            " ".join(rules),
            " & ".join(name.translate(_TEX) for _, name in sheet.columns) + r" \\",
            r"\midrule",
            *(" & ".join(cell.translate(_TEX) for cell in line) + r" \\" for line in sheet.lines),
            r"\bottomrule",
            r"\end{tabular}",
            *([r"\smallskip\raggedright"] if notes else []),
            rf"{notes}\end{{table}}",
            "",
        ]
    )


def to_json(sheet: Sheet) -> str:
    """The table as `read_sheet` reads it, without the numbers of the csv form."""
    printed = {name: value for name, value in vars(sheet).items() if name not in {"fields", "records"}}
    return json.dumps(printed, indent=1, ensure_ascii=False) + "\n"


FORMS: dict[str, Callable[[Sheet], str]] = {"md": to_markdown, "csv": to_csv, "tex": to_latex, "json": to_json}
"""File suffix -> form."""


def write_forms(sheets: Mapping[str, Sheet], folder: Path) -> None:
    """Write every table in every form into a new folder: ``<name>.md`` and so on."""
    folder.mkdir()
    for name, sheet in sheets.items():
        for suffix, form in FORMS.items():
            (folder / f"{name}.{suffix}").write_text(form(sheet), encoding="utf-8")


def read_sheet(path: Path) -> Sheet:
    """Read what `to_json` wrote.

    Raises:
        CorpusError: it is no such file.
    """
    try:
        sheet = TypeAdapter(Sheet).validate_json(path.read_bytes())
        found = "" if {len(line) for line in sheet.lines} <= {len(sheet.columns)} else "a row has other columns"
    except ValidationError as error:
        found = first_line(error)
    if found:
        raise CorpusError(f"{path}: not what the stage results writes ({found}); run it again (dvc repro results)")
    return sheet


def first_line(error: ValidationError) -> str:
    """Return where and what the first mistake is, in one line."""
    first = error.errors(include_url=False)[0]
    return ": ".join(filter(None, [".".join(map(str, first["loc"])), " ".join(first["msg"].split())]))


@dataclass(frozen=True)
class Column:
    """A column on a page.

    Attributes:
        group: the heading that it shares with its neighbours; empty for none.
        name: its own.
        numbers: whether it holds numbers.
    """

    group: str
    name: str
    numbers: bool

    @property
    def classes(self) -> str:
        """Return what a style sheet calls its cells."""
        column = "paper" if self.name == "paper" else "ours" if self.name.split()[:1] == ["ours"] else ""
        return " ".join(filter(None, ["num" * self.numbers, column]))


def to_html(sheet: Sheet, label: str) -> Markup:
    """Return the table, its caption below it, then the notes; links of Markdown are text.

    Args:
        sheet: the table, all of whose cells are text: no name becomes markup.
        label: what a screen reader calls it.
    """
    table = html_table([Column(group, name, bool(group)) for group, name in sheet.columns], sheet.lines, label)
    notes = Markup("").join(Markup("<li>{}</li>\n").format(without_links(note)) for note in sheet.notes)
    caption = Markup("<p>{} {}</p>\n").format(sheet.title, without_links(sheet.caption))
    return table + caption + (Markup("<ul>\n{}</ul>\n").format(notes) if notes else Markup(""))


def html_table(columns: Sequence[Column], lines: Sequence[Sequence[str]], label: str) -> Markup:
    """Return a table whose columns sort; what is not `Markup` already is text. The first cell of a row names it."""
    two = any(column.group for column in columns)
    above, below = [], []
    for group, members in groupby(columns, key=lambda column: column.group):
        several = list(members)
        if group:
            head = '<th scope="colgroup" colspan="{}" class="over">{}</th>\n'
            above.append(Markup(head).format(len(several), group))
            below += [_head(column) for column in several]
        else:
            above += [_head(column, ' rowspan="2"' * two) for column in several]
    rows = [Markup("").join(above)] + ([Markup("").join(below)] if two else [])
    head = Markup("").join(Markup("<tr>\n{}</tr>\n").format(row) for row in rows)
    body = Markup("").join(_line(columns, line) for line in lines)
    return Markup(
        '<div class="scroll" tabindex="0" role="group" aria-label="{}">\n<table class="sortable">\n'
        "<thead>\n{}</thead>\n<tbody>\n{}</tbody>\n</table>\n</div>\n"
    ).format(label, head, body)


def _head(column: Column, span: str = "") -> Markup:
    start = Markup('<th scope="col" class="{}"{}>').format(f"leaf {column.classes}".strip(), Markup(span))
    return start + Markup("{}</th>\n").format(column.name)


def _line(columns: Sequence[Column], line: Sequence[str]) -> Markup:
    first, *rest = line
    own = Markup(' class="fdan"' if f" {first}".removesuffix(" fine-tuned").endswith(" FDAN") else "")
    cells_ = [Markup('<th scope="row">{}</th>').format(first)]
    cells_ += [
        Markup('<td class="{}">{}</td>').format(column.classes, cell)
        for column, cell in zip(columns[1:], rest, strict=True)
    ]
    return Markup("<tr{}>").format(own) + Markup("").join(cells_) + Markup("</tr>\n")
