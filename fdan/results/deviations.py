"""The settings of a run that differ from the paper: params.yaml beside params.paper.yaml, and a sentence on them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from fdan.results.printing import grid
from fdan.runtime.params import load_params, read_document
from fdan.runtime.project import Project

PAPER_FILE = Path("params.paper.yaml")

BY_CORPUS = ("raw", "sources", "multi", "figures.tsne_share")
"""Mappings with a corpus as key: a corpus that is not at hand is no difference, nor is one that the paper has not."""

OURS = (
    "faces.detector", "faces.weights", "faces.align",
    "cnn.learning_rates", "cnn.search_epochs", "finetune", "protocols", "released",
)  # fmt: skip
"""Keys of params.paper.yaml that the paper does not name; they are chosen for its own corpora, and no difference."""

LIST = "reports/tables/params.md"
"""Every difference, one a line."""

FDAN_SECTIONS = ("alpha", "features", "splits", "faces", "train", "variants", "sources", "multi")
"""Sections that decide what FDAN's rows are."""

_NAMED = 3  # differences of one section that a caption names; more are counted


@dataclass(frozen=True)
class Deviation:
    """A parameter of a run that is not the paper's.

    Attributes:
        key: dotted, as ``dvc exp run -S`` has it.
        value: the run's; None where it has no such key.
        paper: params.paper.yaml's; of alpha the values among which the paper does not say which it took.
    """

    key: str
    value: Any
    paper: Any

    @property
    def section(self) -> str:
        """Its top-level key."""
        return self.key.partition(".")[0]


def read_deviations(project: Project) -> tuple[Deviation, ...]:
    """Return those of the project's params.yaml.

    Raises:
        ParamsError: params.yaml or params.paper.yaml, or a section of it, is missing or broken.
    """
    file = project.params
    params = {
        "alpha": load_params("alpha", Any, file),
        "sources": load_params("sources", Any, file),
        "multi": load_params("multi", Any, file),
        "figures": load_params("figures", Any, file),
        "variants": load_params("variants", Any, file),
        "splits": load_params("splits", Any, file),
        "faces": load_params("faces", Any, file),
        "train": load_params("train", Any, file),
        "tuning": load_params("tuning", Any, file),
        "features": load_params("features", Any, file),
        "cnn": load_params("cnn", Any, file),
        "methods": load_params("methods", Any, file),
    }
    return deviations(params, read_document(project.paper))


def deviations(params: Mapping[str, Any], paper: Mapping[str, Any]) -> tuple[Deviation, ...]:
    """All of them, in the paper's order; alpha first, always: the paper tried several and does not say which won."""
    alpha = Deviation("alpha", params["alpha"], paper["tuning"]["alphas"])
    return (alpha, *_differences(params, {key: value for key, value in paper.items() if key != "alpha"}, ""))


def _differences(params: Mapping[str, Any], paper: Mapping[str, Any], path: str) -> Iterator[Deviation]:
    for name, theirs in paper.items():
        key, ours = f"{path}{name}", params.get(name)
        if key in OURS:
            continue
        if isinstance(theirs, Mapping) and isinstance(ours, Mapping):
            yield from _differences(ours, theirs, f"{key}.")
        elif ours != theirs and not (ours is None and path.rstrip(".") in BY_CORPUS):
            yield Deviation(key, ours, theirs)


def differing(found: Sequence[Deviation], sections: Collection[str] | None = None) -> str:
    """Return one sentence: the differences of a section by name, or how many they are where they are many.

    Args:
        found: of `read_deviations`.
        sections: those that decide the rows of one table; None for all.
    """
    here = [one for one in found if sections is None or one.section in sections]
    named, many = [], []
    for section, group in groupby(here, key=lambda one: one.section):
        some = list(group)
        if section == "alpha":
            named.append(f"alpha {shown(some[0].value)} (the paper does not say which of {shown(some[0].paper)})")
        elif len(some) > _NAMED:
            many.append(f"{len(some)} {section} settings")
        else:
            named += [f"{one.key} {shown(one.value)} (paper {shown(one.paper)})" for one in some]
    rest = f"; all of them are in {LIST}" if many else ""
    return f"Settings that differ from the paper: {', '.join([*named, *many]) or 'none'}{rest}."


def shown(value: Any) -> str:
    """A parameter in print."""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {shown(one)}" for key, one in value.items()) + "}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "absent"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def deviations_page(found: Sequence[Deviation]) -> str:
    """``reports/tables/params.md``: the whole list that captions shorten."""
    columns = ("", "parameter"), ("", "here"), ("", "params.paper.yaml")
    lines = tuple((f"`{one.key}`", shown(one.value), shown(one.paper)) for one in found)
    return (
        "# Settings that differ from the paper\n\n"
        "This table lists every value of params.yaml that differs from params.paper.yaml, which holds the numbers of "
        "the paper and of the quoted publications. The paper gives three values of alpha and does not say which it "
        f"took. The stage `results` writes this page.\n\n{grid(columns, lines)}"
    )
