"""The protocols beside the paper's own.

``disjoint`` trains on no face of a test utterance, ``speaker`` on nothing of a test speaker, and ``rotated`` turns the
paper's own 8/10 : 2/10 until every utterance was tested once.
"""

from collections.abc import Sequence
from pathlib import Path

from fdan.data.splits import NOT_RUN, ProtocolError, check_folds, disjoint_split, rotated_splits, speaker_splits
from fdan.learning.domains import Domains, Target
from fdan.learning.outcomes import Outcome, write_outcomes

PROTOCOLS = ("disjoint", "speaker", "rotated")


def folds_of(protocol: str, target: Target, rotations: int = 5) -> dict[str, Domains]:
    """Read the samples of each fold of a protocol; the one fold of ``disjoint`` has no name.

    Args:
        protocol: one of `PROTOCOLS`.
        target: the corpus.
        rotations: how many folds ``rotated`` has.

    Raises:
        ProtocolError: the corpus does not have what the protocol needs.
        CorpusError: a file is missing or broken.
    """
    split = target.split
    if protocol == "disjoint":
        folds = {"": disjoint_split(split, target.sources)}
    else:
        folds = speaker_splits(split) if protocol == "speaker" else rotated_splits(split, rotations)
    check_folds(folds, target.sources)
    return {name: target.domains(fold) for name, fold in folds.items()}


def hold_out_speakers(target: Target) -> tuple[dict[str, Domains], str]:
    """Read the folds of the protocol ``speaker``; none, and the reason, where the corpus has no such protocol.

    Raises:
        CorpusError: a file is missing or broken.
    """
    try:
        return folds_of("speaker", target), ""
    except ProtocolError as error:
        return {}, str(error)


def write_protocol(outcomes: Sequence[Outcome], refused: str, runs: Path, reports: Path) -> str:
    """Write what became of a protocol's trainings, or ``not_run.txt`` with the reason why there are none.

    Args:
        outcomes: of all folds.
        refused: why the corpus has no such protocol; empty if it has.
        runs: folder of the histories; it is made.
        reports: folder of the predictions; it is made.

    Returns:
        For a stage's summary line.
    """
    if refused:
        runs.mkdir()
        reports.mkdir()
        (reports / NOT_RUN).write_text(f"{refused}\n", encoding="utf-8")
        return f"not run: {refused}"
    said = write_outcomes(outcomes, runs, reports)
    folds = len({outcome.fold for outcome in outcomes})
    return f"{len(outcomes)} runs in {folds} folds; {said}"
