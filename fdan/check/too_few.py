"""What the pipeline will not run on a corpus, for want of speakers, of faces or of utterances: known before a run."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from fdan.data.splits import (
    TEST,
    TRAIN,
    ProtocolError,
    Split,
    check_folds,
    cut_validation,
    disjoint_split,
    speaker_splits,
)


def not_run(split: Split, fraction: float, seed: int) -> list[str]:
    """A line on each row that a corpus cannot have, and on the emotions that a part of it lacks.

    Args:
        split: the paper's, of what can be used.
        fraction: of the training speech that validates, as in ``tuning.validation_fraction``.
        seed: of that cut.
    """
    lines, faces = [], {}
    if not split.visual():
        lines.append("no face of its own: another corpus has to teach it (sources in params.yaml)")
        faces = {"another": replace(split, parts=tuple(replace(part, visual=TRAIN) for part in split.parts))}
    try:
        validation = cut_validation(split, fraction, seed)
    except ProtocolError:
        validation = replace(split, parts=())
    rows: dict[str, Callable[[], Mapping[str, Split]]] = {
        "the paper's split": lambda: {"": split},
        "protocol speaker": lambda: speaker_splits(split),
    }
    if not faces:
        rows["protocol disjoint"] = lambda: {"": disjoint_split(split)}
    for row, folds in rows.items():
        try:
            check_folds(folds(), faces)
        except ProtocolError as error:
            lines.append(f"{row} cannot be had: {error}")
    for part, tested, least in (("test", split, 2), ("tune and calibrate", validation, 3)):
        there = {one.emotion for one in tested.parts if one.acoustic == TEST}
        lacking = [emotion for emotion in split.classes if emotion not in there]
        if lacking:
            which = ", ".join(lacking) if there else "any emotion"
            lines.append(f"no speech of {which} to {part} on: an emotion needs {least} utterances for that")
    return lines
