"""The audit in words: fdan/audit/page.md.jinja, filled with the findings that audit.json holds."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fdan.audit.grim import RULES
from fdan.corpora.registry import title_of
from fdan.results.printing import interval, number, p_value
from fdan.results.runs import PAPER, PROTOCOLS, RunName, label

_PRINTED = {tuple(RULES): "rounded or truncated", RULES[:2]: "only rounded", ("truncated",): "only truncated"}

_METRICS = {"war": "WAR", "uar": "UAR", "wf1": "w-F1"}


def to_page(findings: dict[str, Any]) -> str:
    """The page as Markdown; see `stages.audit` for what the findings are."""
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
        "maybe": number,
        "points": lambda value: number(value, "+"),
        "interval": _interval,
        "p": p_value,
        "share": lambda percent: f"{percent:.3g} %",
        "several": _several,
        "metric": _METRICS.__getitem__,
        "label": lambda row: label(RunName(row["group"], row["corpus"], row["name"])),
        "variant": lambda name: label(RunName(PAPER, "", name)),
        "verdict": _verdict,
    }
    text = environment.get_template("page.md.jinja").render(findings, protocols=PROTOCOLS)
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def _interval(ends: Sequence[float], sign: str = "") -> str:
    low, high = ends
    return interval(low, high, sign)


def _several(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "none"


def _verdict(found: dict[str, Any]) -> str:
    if found["possible"] is None:
        return "not decided"
    if found["possible"]:
        return _PRINTED.get(tuple(found["printed"]), "rounded and truncated mixed")
    nearest = " or ".join(number(value) for value in found["nearest"])
    return f"**impossible**{f' ({nearest})' if nearest else ''}"
