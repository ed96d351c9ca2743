"""The answer, which the page begins with: what the audit found, and FDAN's lead over every row as a picture."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from fdan.audit.replication import Statement
from fdan.audit.verdicts import Outcome, Verdict
from fdan.corpora.registry import title_of
from fdan.data.emotions import CorpusError
from fdan.results.printing import mean_sd, number, p_value
from fdan.results.uncertainty import SO, span, system


@dataclass(frozen=True)
class Lead:
    """FDAN minus one row on the same test utterances, in points of WAR.

    Attributes:
        row: its name in print.
        war: mean and sd of the row's own WAR.
        lead: of FDAN.
        interval: 95 %, over seeds and utterances.
        p: by Holm; a dash for rows outside of the family.
        so: what p says, in words.
        told_apart: the same as a truth; None outside of the family.
        low: left end of the interval, from 0 to 100 over the picture's width.
        high: right end.
        dot: the lead itself.
    """

    row: str
    war: str
    lead: str
    interval: str
    p: str
    so: str
    told_apart: bool | None
    low: float
    high: float
    dot: float


@dataclass(frozen=True)
class Leads:
    """FDAN's leads on one corpus; their pictures reach from `-reach` to `reach` points."""

    corpus: str
    fdan: str
    reach: int
    rows: tuple[Lead, ...]


@dataclass(frozen=True)
class Answer:
    """What is said before anything is shown.

    Attributes:
        paragraph: all of it in few sentences.
        statements: of each table of the paper.
        of_the_paper: verdicts that need no run, by outcome.
        of_our_runs: verdicts on the runs at hand, likewise.
        leads: of FDAN, corpus by corpus.
    """

    paragraph: str
    statements: tuple[Statement, ...]
    of_the_paper: Mapping[Outcome, Sequence[str]]
    of_our_runs: Mapping[Outcome, Sequence[str]]
    leads: tuple[Leads, ...]


def read_answer(path: Path) -> Answer | None:
    """The answer from audit.json; None where there is none.

    Raises:
        CorpusError: it is not what the stage audit writes.
    """
    if not path.is_file():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        statements = TypeAdapter(tuple[Statement, ...]).validate_python(found["replication"])
        verdicts = TypeAdapter(dict[str, list[Verdict]]).validate_python(found["verdicts"])
        records: list[dict[str, Any]] = found["uncertainty"]["rows"]
        corpora = dict.fromkeys(record["corpus"] for record in records)
        leads = [to_leads(corpus, [r for r in records if r["corpus"] == corpus]) for corpus in corpora]
        return Answer(
            str(found["paragraph"]),
            statements,
            by_outcome(verdicts["of_the_paper"]),
            by_outcome(verdicts["of_our_runs"]),
            tuple(lead for lead in leads if lead.rows),
        )
    except (KeyError, TypeError, ValidationError, json.JSONDecodeError) as error:
        what = str(error).splitlines()[0]
        raise CorpusError(f"{path}: not what the stage audit writes ({what}); run it again (dvc repro audit)") from None


def by_outcome(verdicts: Sequence[Verdict]) -> dict[Outcome, list[str]]:
    """The sentences of each outcome that there is."""
    groups = {outcome: [v.sentence for v in verdicts if v.outcome is outcome] for outcome in Outcome}
    return {outcome: sentences for outcome, sentences in groups.items() if sentences}


def to_leads(corpus: str, records: Sequence[Mapping[str, Any]]) -> Leads:
    """The leads of one corpus; rows that were not compared with FDAN are none."""
    compared = [record for record in records if record["war_lead"] is not None]
    fdan = next((r for r in records if (r["group"], r["row"]) == ("paper", "fdan")), None)
    ends = [abs(r[f"war_lead_{side}_utterances"]) for r in compared for side in ("low", "high")]
    reach = 10 * max(1, ceil(max(ends, default=0) / 10))

    def place(points: Any) -> float:
        return round(50 + 50 * float(points) / reach, 2)

    return Leads(
        title_of(corpus),
        mean_sd(fdan["war_mean"], fdan["war_sd"]) if fdan else "",
        reach,
        tuple(
            Lead(
                system(r),
                mean_sd(r["war_mean"], r["war_sd"]),
                number(r["war_lead"], "+"),
                span(r),
                "—" if r["p_holm"] is None else p_value(r["p_holm"]),
                SO[r["told_apart"]],
                r["told_apart"],
                place(r["war_lead_low_utterances"]),
                place(r["war_lead_high_utterances"]),
                place(r["war_lead"]),
            )
            for r in compared
        ),
    )
