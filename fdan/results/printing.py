"""How a number is printed, and a table as Markdown, csv and LaTeX."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

METRICS = {"WAR": "WAR", "UAR": "UAR", "wF1": "w-F1"}
"""A metric's key in metrics.json and csv -> its name in print."""


@dataclass(frozen=True)
class Sheet:
    """What the three forms of one table share.

    Attributes:
        title: how the caption starts in Markdown, ``Table 1.``; LaTeX numbers by itself.
        label: of LaTeX.
        caption: the sentences above the table.
        columns: (group, name): columns of the same group stand under one heading, to the right; those
            without are text.
        lines: a cell per column, for reading.
        fields: the columns of the csv form.
        records: its cells, for computing: one number each, empty where there is none.
        notes: lines below the table.
    """

    title: str
    label: str
    caption: str
    columns: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, ...], ...]
    fields: tuple[str, ...]
    records: tuple[tuple[object, ...], ...]
    notes: tuple[str, ...] = ()


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


def p_value(value: float) -> str:
    """Three decimals; below that only that it is."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


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
        "≥": r"$\ge$",
        "≤": r"$\le$",
        ">": "$>$",
    }
)


def to_latex(sheet: Sheet) -> str:
    """A ``table`` environment that needs the package booktabs alone; wide, hence the small letters, or the smallest."""
    heads, rules, place = [], [], 1
    for group, columns in groupby(sheet.columns, key=lambda column: column[0]):
        width = len(list(columns))
        if group:
            heads.append(rf"\multicolumn{{{width}}}{{c}}{{{group.translate(_TEX)}}}")
            rules.append(rf"\cmidrule(lr){{{place}-{place + width - 1}}}")
        else:
            heads += [""] * width
        place += width
    notes = "".join(rf"\par {note.translate(_TEX)}" + "\n" for note in sheet.notes)
    return "\n".join(
        [
            r"\begin{table}[tbp]",
            r"\centering",
            rf"\caption{{{sheet.caption.translate(_TEX)}}}",
            rf"\label{{{sheet.label}}}",
            r"\tiny" if len(sheet.columns) > 12 else r"\scriptsize",
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


FORMS: dict[str, Callable[[Sheet], str]] = {"md": to_markdown, "csv": to_csv, "tex": to_latex}
"""File suffix -> form."""


def write_forms(sheets: Mapping[str, Sheet], folder: Path) -> None:
    """Write every table in every form into a new folder: ``<name>.md`` and so on."""
    folder.mkdir()
    for name, sheet in sheets.items():
        for suffix, form in FORMS.items():
            (folder / f"{name}.{suffix}").write_text(form(sheet), encoding="utf-8")
