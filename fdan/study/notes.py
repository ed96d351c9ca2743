"""What the page says of the arms beside their predictions: reports/study.json."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from fdan.data.emotions import CorpusError
from fdan.runtime.project import Project


@dataclass(frozen=True)
class Notes:
    """Settings that were chosen and gradients that were measured, on the features of one backbone.

    Attributes:
        alphas: of each arm with ``alpha: best``, fold -> the alpha that was chosen on validation actors.
        shares: arm -> LMMD's share of the gradient over the first tenth of training, in [0, 1].
    """

    alphas: dict[str, dict[str, float]]
    shares: dict[str, float]


def notes_file(project: Project) -> Path:
    """Return reports/study.json of a project."""
    return project.reports / "study.json"


def write_notes(notes: Notes, path: Path) -> None:
    """Write the notes as JSON."""
    path.write_text(json.dumps(asdict(notes), indent=1) + "\n", encoding="utf-8")


def read_notes(path: Path) -> Notes:
    """Read what `write_notes` wrote.

    Raises:
        CorpusError: the file is missing or is not one of these.
    """
    try:
        return TypeAdapter(Notes).validate_json(path.read_bytes(), strict=True)
    except (OSError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise CorpusError(f"{path}: cannot be read ({reason}): expected the notes of fdan real; run it again") from None
