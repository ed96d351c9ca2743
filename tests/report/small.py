"""A project as small as it can be, with every file that the report reads."""

import json
import zipfile
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fdan.data.emotions import Emotion, Modality
from fdan.data.histories import Epoch, write_history
from fdan.data.index import FaceRow, MelRow
from fdan.data.records import write_records
from fdan.figures.places import Place, write_places
from fdan.metrics.predictions import make_predictions, write_predictions
from fdan.report.provenance_section import Provenance
from fdan.results.comparisons import Comparison
from fdan.results.deviations import Deviation
from fdan.results.printing import Sheet, to_json

HOSTILE = "<script>alert(1)</script>"
CLASSES = (Emotion.ANGER, Emotion.FEAR, Emotion.SADNESS)
IDS = (HOSTILE, "u1", "u2", "u3")
PROVENANCE = Provenance((Deviation("train.epochs", 3, 300),), {"data/splits/savee.csv": "0" * 32}, ())
TABLE = Sheet(
    title="Table 1.",
    label="",
    caption=f"A caption with {HOSTILE}.",
    columns=(("", "Model"), ("WAR", "paper"), ("WAR", "ours ± sd [95 %]"), ("Training", "WAR"), ("", "Note")),
    lines=(
        ("A", "60.00", "9.50 ± 1.00 [5.0, 28.1]", "40.00", "a long note; with several words; that may be broken"),
        (HOSTILE, "—", "75.00", "—", "not run"),
        ("FDAN", "80.00", "−3.00", "90.00", ""),
    ),
    notes=("a note ([rows.md](../rows.md))",),
)
AUDIT = """# Does the paper hold up?

Before.

## In short

Twice.

## 1. Arithmetic

![A picture](figures/audit_leak.png)

![None](figures/nothing.png)

### Deeper

See [the table](tables/table1.md) and [more](https://example.org/x).

| Row | WAR |
| :-- | --: |
| [FDAN](rows.md) | 80.00 |
"""


def png(path: Path, side: int = 24) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((side, side + 6, 3), 200, np.uint8))


def record(row: str, lead: float | None, group: str = "paper") -> Comparison:
    """A comparison of four utterances; what is not given is unknown."""
    known: dict[str, Any] = {field.name: None for field in fields(Comparison)}
    known |= {"corpus": "savee", "source": "", "group": group, "row": row, "seeds": 1, "utterances": 4, "paired_by": ""}
    known |= {"war_mean": 70.0, "war_low": 60.0, "war_high": 80.0, "compared_seeds": 1, "war_lead": lead}
    known |= {"war_unit": "utterances", "group_unit": "", "groups": 0}
    if lead is not None:
        known |= {"war_lead_low_utterances": lead - 2, "war_lead_high_utterances": lead + 2}
    return Comparison(**known)


def write_project(root: Path) -> None:
    reports = root / "reports"
    (reports / "tables").mkdir(parents=True)
    for name in ("table1", "table2", "table3", "table4", "protocols", "uncertainty"):
        (reports / f"tables/{name}.json").write_text(to_json(TABLE), encoding="utf-8")
    (reports / "audit.md").write_text(AUDIT, encoding="utf-8")
    (reports / "rows.md").write_text(f"# Title\n\n## INCA\n\n{HOSTILE}\n", encoding="utf-8")
    rows = record("fdan", None), record("fdan1", 12.0), record("fdan2", -1.0)
    audit = {
        "paragraph": f"All of it. {HOSTILE}",
        "replication": [{"table": 1, "status": "not testable here", "reason": HOSTILE, "evidence": ["a"]}],
        "verdicts": {
            "of_the_paper": [{"outcome": "does not hold", "sentence": f"It fails {HOSTILE}", "point": 1}],
            "of_our_runs": [{"outcome": "holds", "sentence": f"It holds {HOSTILE}", "point": 2}],
        },
        "uncertainty": {"sources": [], "rows": [asdict(row) for row in rows]},
    }
    (reports / "audit.json").write_text(json.dumps(audit), encoding="utf-8")
    for name in ("rows/savee", "tuning_savee", "calibration_savee", "audit_leak", "faces_savee", "mels_savee"):
        png(reports / f"figures/{name}.png")
    truth = np.array([0, 1, 2, 2])
    for seed, predicted in enumerate(([0, 1, 2, 0], [0, 2, 2, 2])):
        path = reports / f"predictions/paper/savee/fdan/seed-{seed}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_predictions(make_predictions(IDS, CLASSES, truth, np.eye(3)[predicted]), path)
        (root / "runs/savee/fdan").mkdir(parents=True, exist_ok=True)
        epochs = [Epoch(1 / k, 1 / k, 2.0, 0.1, 0.001, test_war=50.0 + k) for k in range(1, 9)]
        write_history(epochs, root / f"runs/savee/fdan/seed-{seed}.csv")
    places = [
        Place("savee", u, 0, Modality.ACOUSTIC, "test", CLASSES[t], 10.0 * i, 5.0 * (i % 2))
        for i, (u, t) in enumerate(zip(IDS, truth, strict=True))
    ]
    places += [
        Place("savee", u, n, Modality.VISUAL, "train", CLASSES[t], 3.0 + n, 20.0)
        for u, t in zip(IDS, truth, strict=True)
        for n in (0, 1)
    ]
    write_places(places, reports / "figures/fig5_tsne_savee.csv")
    images = {f"{i}_{n}.png": n for i in range(len(IDS)) for n in (0, 1)}
    for kind, name in (("faces", "crops"), ("mels", "mels")):
        (root / f"data/{kind}/savee").mkdir(parents=True)
        with zipfile.ZipFile(root / f"data/{kind}/savee/{name}.zip", "w") as archive:
            for image, n in images.items():
                archive.writestr(image, cv2.imencode(".png", np.full((30, 30), 90 * n, np.uint8))[1].tobytes())
    images_of = [
        (u, CLASSES[t], f"{i}_{n}.png") for i, (u, t) in enumerate(zip(IDS, truth, strict=True)) for n in (0, 1)
    ]
    faces = [FaceRow(u, e, image, 0, 9, 0, 0, 9, 9, "haar", 1, 1, "") for u, e, image in images_of]
    write_records(root / "data/faces/savee/index.csv", FaceRow, faces)
    mels = [MelRow(u, e, image, 1.0, "") for u, e, image in images_of[::2]]
    write_records(root / "data/mels/savee/index.csv", MelRow, mels)
