"""A project with runs whose numbers are known, for the tests of this folder."""

from pathlib import Path

import numpy as np

from fdan.audit.findings import Findings, find
from fdan.data.emotions import Emotion
from fdan.data.histories import Epoch, write_history
from fdan.data.splits import Part, Split, write_split
from fdan.data.trials import Trial, write_trials
from fdan.metrics.predictions import make_predictions, write_predictions
from fdan.results.deviations import Deviation
from fdan.results.effects import ClaimsParams, effects
from fdan.results.load_results import load_results
from fdan.runtime.params import load_params
from fdan.runtime.project import Project

ROOT = Path(__file__).parents[2]
CLASSES = tuple(Emotion)
N = 42
ALPHA = 1e-3


def predictions(folder: Path, wrong: int, seed: int = 0, ids: str = "u") -> None:
    """Every class has six of the 42 utterances; the first `wrong` are wrong."""
    truth = np.arange(N) % 7
    predicted = np.where(np.arange(N) < wrong, (truth + 1) % 7, truth)
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(f"{ids}{i:02}" for i in range(N))
    write_predictions(make_predictions(names, CLASSES, truth, np.eye(7)[predicted]), folder / f"seed-{seed}.csv")


def history(path: Path, wars: list[float], norms: list[tuple[float, float] | None], weights: list[float]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    epochs = [
        Epoch(1.0, 1.0, 1.0, 0.1, float(weight), *(map(float, pair) if pair else (None, None)), test_war=float(war))
        for weight, pair, war in zip(weights, norms, wars, strict=True)
    ]
    write_history(epochs, path)


DEVIATIONS = (Deviation("alpha", ALPHA, [1e-3, 1e-4]), Deviation("train.epochs", 3, 300))


def make_project(folder: Path, synthetic: bool) -> None:
    """SAVEE with all protocols; MELD with a split and nothing else."""
    for corpus in ("savee", "meld"):
        parts = [Part(f"u{i:02}", f"s{i % 4}", CLASSES[i % 7], "test", "train") for i in range(N)]
        (folder / "data/splits").mkdir(parents=True, exist_ok=True)
        write_split(Split(tuple(parts), synthetic), folder / f"data/splits/{corpus}.csv")
    reports, histories = folder / "reports/predictions", folder / "runs"
    for seed in (0, 1):
        predictions(reports / "paper/savee/fdan", 5 + seed, seed)
        predictions(reports / "paper/savee/fdan2", 7 + seed, seed)
        for name, alpha in (("fdan", ALPHA), ("fdan2", 0.0)):
            # shares at alpha 1e-3: 0.001 / 1.001 and 0.003 / 1.003
            history(
                histories / f"savee/{name}/seed-{seed}.csv", [50, 70, 66 - seed], [(1, 1), None, (1, 3)], [alpha] * 3
            )
    predictions(reports / "disjoint/savee/fdan", 15)
    history(histories / "disjoint/savee/fdan/seed-0.csv", [40, 41], [(1, 1), None], [ALPHA] * 2)
    predictions(reports / "speaker/savee/fdan", 20, ids="v")
    for fold in ("s0", "s1"):
        history(histories / f"speaker/savee/fdan/seed-0-{fold}.csv", [40, 30], [None, None], [ALPHA] * 2)
    predictions(reports / "released/savee/released", 12)
    history(histories / "released/savee/released/seed-0.csv", [60, 40], [(1, 0.5), (1, 0.5)], [2.0, 6.0])
    predictions(reports / "methods/savee/inca", 21)
    predictions(reports / "methods/savee/ngrams", 10)
    predictions(reports / "methods/savee/smin", 25)
    (reports / "methods/savee/sdt").mkdir(parents=True)
    (reports / "methods/savee/sdt/missing.txt").write_text("no transcript\n")
    (reports / "methods/savee/inca/trained.csv").write_text("seed,parameters,training_war\n0,1234,\n")
    predictions(reports / "tuned/savee/fdan", 6)
    history(histories / "tuned/savee/fdan/seed-0.csv", [60, 60], [(1, 1), None], [1e-4] * 2)
    trials = [Trial(a, 1e-3, 1e-3, 60.0 + 1e4 * a, 50.0, 50.0, 2 * a) for a in (1e-3, 1e-4)]
    (folder / "reports/tuning").mkdir(parents=True)
    write_trials(trials, folder / "reports/tuning/savee.csv")


def found_in(folder: Path, *targets: str) -> Findings:
    """The findings of a project; DEVIATIONS are its deviations."""
    project = Project(folder)
    evidence = load_results(project, targets)
    synthetic = [corpus for corpus, fact in evidence.facts.items() if fact.synthetic]
    claims = load_params("claims", ClaimsParams, ROOT / "params.yaml")
    measured = effects(claims, evidence.measured, evidence.speakers, targets, synthetic)
    return find(project, evidence, measured, DEVIATIONS)


def section(page: str, number: int) -> str:
    return page.partition(f"\n## {number}. ")[2].partition("\n## ")[0]
