"""The audit in words and as JSON: fdan/audit/page.md.jinja, filled with findings, verdicts and statements."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import TypeAdapter, ValidationError

from fdan.audit.findings import Findings
from fdan.audit.grim import RULES
from fdan.audit.paper import Reach
from fdan.audit.power import RUNS
from fdan.audit.replication import Statement, paragraph, statements
from fdan.audit.runs import Uncertainty
from fdan.audit.verdicts import Outcome, Verdict, of_our_runs, of_the_paper, several
from fdan.corpora.registry import title_of
from fdan.data.emotions import CorpusError
from fdan.data.histories import SAMPLED
from fdan.results.claims import claim_line
from fdan.results.deviations import differing
from fdan.results.printing import METRICS, first_line, interval, number
from fdan.results.runs import PAPER, PROTOCOLS, RunName, label
from fdan.results.uncertainty import COLUMNS, line, span

_PRINTED = {tuple(RULES): "rounded or truncated", RULES[:2]: "only rounded", ("truncated",): "only truncated"}


@dataclass(frozen=True)
class Verdicts:
    """What can be said of the paper without any run, and of the runs at hand."""

    of_the_paper: tuple[Verdict, ...]
    of_our_runs: tuple[Verdict, ...]


@dataclass(frozen=True)
class Audit:
    """What audit.json says in words, and the comparisons of the runs with FDAN.

    Attributes:
        paragraph: all of it in few sentences.
        replication: a statement on each table of the paper.
        verdicts: on each claim.
        uncertainty: every row with its interval, and FDAN minus it.
    """

    paragraph: str
    replication: tuple[Statement, ...]
    verdicts: Verdicts
    uncertainty: Uncertainty


def to_json(found: Findings) -> dict[str, Any]:
    """What audit.json holds: the findings, and what is said of them."""
    verdicts = Verdicts(tuple(of_the_paper(found)), tuple(of_our_runs(found)))
    audit = Audit(paragraph(found), statements(found), verdicts, found.uncertainty)
    return {name: value for name, value in asdict(audit).items() if name != "uncertainty"} | found.plain()


def read_audit(path: Path) -> Audit | None:
    """Read what the report needs of audit.json; None where there is none.

    Raises:
        CorpusError: it is not what the stage results writes.
    """
    if not path.is_file():
        return None
    try:
        return TypeAdapter(Audit).validate_json(path.read_bytes())
    except ValidationError as error:
        what = first_line(error)
        raise CorpusError(
            f"{path}: not what the stage results writes ({what}); run it again (dvc repro results)"
        ) from None


def to_page(found: Findings) -> str:
    """The page as Markdown."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,  # a finding that is not there is a mistake, not an empty place
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "in_print": title_of,
        "number": number,
        "points": lambda value: number(value, "+"),
        "interval": _interval,
        "share": lambda percent: f"{percent:.3g} %",
        "several": several,
        "metric": {key.lower(): name for key, name in METRICS.items()}.__getitem__,
        "label": lambda row: label(RunName(row.group, row.corpus, row.row)),
        "variant": lambda name: label(RunName(PAPER, "", name)),
        "cells": lambda row: " | ".join(line(row)),
        "span": lambda row: span(row.lead_interval),
        "claim": lambda row: " | ".join(claim_line(row)),
        "ends": lambda row: span(row.interval),
        "reach": _reach,
    }
    text = environment.get_template("page.md.jinja").render(
        vars(found),
        paragraph=paragraph(found),
        differing=differing(found.deviations),
        statements=statements(found),
        outcomes={str(outcome): [v for v in of_the_paper(found) if v.outcome is outcome] for outcome in Outcome},
        our_runs={str(outcome): [v for v in of_our_runs(found) if v.outcome is outcome] for outcome in Outcome},
        all_rules=tuple(RULES),
        columns=[f"{group} {name}".strip() for group, name in COLUMNS],
        sides=["--:" if group else ":--" for group, _ in COLUMNS],
        protocols=PROTOCOLS,
        sampled=SAMPLED,
        power=RUNS,
    )
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def _interval(ends: Sequence[float], sign: str = "") -> str:
    low, high = ends
    return interval(low, high, sign)


def _reach(found: Reach | None) -> str:
    if found is None or found.possible is None:
        return "—" if found is None else "not decided"
    if found.possible:
        return _PRINTED.get(found.printed, "rounded and truncated mixed")
    nearest = " or ".join(number(value) for value in found.nearest)
    return f"**impossible**{f' ({nearest})' if nearest else ''}"
