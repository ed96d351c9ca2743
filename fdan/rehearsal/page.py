"""docs/full_size.md: what each stage took, and what the paper's own run would take by it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from fdan.data.splits import TRAIN
from fdan.forecast.told import Corpora
from fdan.forecast.work import Work
from fdan.rehearsal.measure import Measured, kept
from fdan.results.printing import grid
from fdan.runtime.provenance import processor

SLOWER = (
    ("t-SNE (figures)", "n log n in the number of points: 20 % of MELD's samples are drawn, as in the paper"),
    ("attention over the bank (train, evaluate, tuning)", "training faces times test utterances, in blocks"),
    ("INCA's last SVM (methods)", "it compares pairs of training utterances"),
)
"""What grows faster than linearly, and why it must."""

GIVEN = "given"
"""What the rows begin with of outputs that no stage made: what DVC takes to hash them, which a stage's row has too."""


def scales(corpora: Corpora, paper: Mapping[str, Any], short: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """(stage kind, corpus) -> how many times more work the paper's run is than the cut one; 1 where nothing was cut.

    Of several units of one stage the most frequent counts, looks into the bank where there is nothing else. A method
    is a stage of its own, ``methods sdt``.
    """
    whole, some = _counts(corpora.work(paper)), _counts(corpora.work(short))
    found: dict[tuple[str, str], float] = {}
    for place, units in whole.items():
        unit = max(units, key=lambda name: (name != "bank cell", units[name]))
        found[place] = units[unit] / some[place][unit]
    return found


def _counts(pieces: Sequence[Work]) -> dict[tuple[str, str], dict[str, float]]:
    found: dict[tuple[str, str], dict[str, float]] = {}
    for one in pieces:
        stage = f"methods {one.unit}" if one.stage == "methods" else one.stage
        units = found.setdefault((stage, one.corpus), {})
        units[one.unit] = units.get(one.unit, 0.0) + one.count
    return found


def page(
    records: Path,
    corpora: Corpora,
    paper: Mapping[str, Any],
    short: Mapping[str, Any],
    larger: Mapping[str, float],
    batches: int,
    share: float,
    scale: float,
) -> str:
    """The page as Markdown.

    Args:
        records: what each stage took.
        corpora: those that were rehearsed on.
        paper: the params of the paper's run.
        short: those of the rehearsal.
        larger: corpus -> how many times the utterances of the share it has.
        batches: of a CNN row.
        share: of the clips that were extracted.
        scale: of the corpora's size.
    """
    factors = scales(corpora, paper, short)
    lines: list[tuple[str, ...]] = []
    total = took = 0.0
    every: list[Measured] = []
    for name in (f"share-{share:g}", "full", f"rows-{batches}"):
        for stage, one in kept(records / name).items():
            every.append(one)
            corpus = stage.partition("@")[2].partition("-")[0]
            if name == "full":
                times = _more(stage, factors)
            else:
                times = _batches(corpora, paper, batches) if name.startswith("rows") else larger[corpus]
            if name == "full" or not stage.startswith("manifests"):
                total += one.seconds * times
            took += one.seconds
            lines.append((stage, *_cells(one, times)))
    sizes = ", ".join(f"{corpus} {len(there)} utterances" for corpus, there in corpora.utterances.items())
    largest = max(every, key=lambda one: one.private, default=None)
    small = f"**At {scale:g} of the size: this shows that the rehearsal works, and no more.** " if scale < 1 else ""
    columns = (
        ("", "stage"),
        *(("took", unit) for unit in ("minutes", "of these DVC's", "CPU minutes")),
        *(("largest process", unit) for unit in ("GB", "GB of its own")),
        *((what, "GB") for what in ("all processes", "disk")),
        *(("the paper's run", unit) for unit in ("times", "hours")),
    )
    return "\n".join(
        [
            "# The paper's run at its full size",
            "",
            f"{small}Made by `fdan rehearse` on {_machine()}. Corpora are made up, of the real ones' size and shape "
            f"({sizes}): nothing here says anything of a result. `make paper`'s pipeline ran on them with one seed and "
            f"three epochs. Extraction ran on {share:g} of the clips; what follows it had outputs of the right size, "
            f"made of that share and of random numbers; the rows `{GIVEN}` are what DVC takes to hash that, which the "
            f"stages' own rows have too. The CNN rows ran on {batches} batches of MELD's images. A stage that was "
            "broken off has the time of all its starts.",
            "",
            f"In all it took {took / 3600:.1f} hours. The paper's own run would take about **{total / 3600:.0f} "
            "hours** here: each stage times what the rehearsal left out, epochs and seeds alike, fixed costs included, "
            "so rather less than that."
            + (
                f" The largest process had {largest.private / 1e9:.1f} GB of its own ({largest.stage}); what else is "
                "counted of a process are pages of files, libraries and the inputs of methods, which the system can "
                "take back."
                if largest
                else ""
            ),
            "",
            grid(columns, tuple(lines)),
            "What grows faster than the corpus, and must:",
            "",
            *(f"- {what}: {why}." for what, why in SLOWER),
            "",
        ]
    )


def _cells(one: Measured, times: float) -> tuple[str, ...]:
    dvc = one.seconds - one.own if one.own else 0.0
    return (
        *(f"{seconds / 60:.1f}" for seconds in (one.seconds, dvc, one.cpu)),
        *(f"{size / 1e9:.2f}" for size in (one.memory, one.private, one.together, one.disk)),
        f"{times:.3g}",
        f"{one.seconds * times / 3600:.2f}",
    )


def _more(stage: str, factors: Mapping[tuple[str, str], float]) -> float:
    """How many times more the paper's run has of a stage of the rehearsal; 0 of what other rows have too."""
    if stage.startswith(GIVEN):
        return 0.0
    kind, _, which = stage.partition("@")
    corpus, _, method = which.partition("-")
    return factors.get((f"methods {method}" if kind.startswith("methods") else kind, corpus), 1.0)


def _batches(corpora: Corpora, paper: Mapping[str, Any], batches: int) -> float:
    """How many times as many batches the CNN rows of both corpora have."""
    cnn = paper["cnn"]
    of_an_epoch = sum(-(-len(corpora.splits[c].acoustic(TRAIN)) // cnn["batch_size"]) for c in paper["sources"])
    return float(len(cnn["seeds"]) * cnn["epochs"] * of_an_epoch / batches)


def _machine() -> str:
    memory = psutil.virtual_memory().total / 1e9
    here = processor()
    name = here["name"] or "an unknown processor"
    return f"{psutil.cpu_count()} cores ({here['architecture']}, {name}) with {memory:.0f} GB of memory"
