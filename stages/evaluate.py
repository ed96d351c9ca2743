"""Stages evaluate and evaluate-multi: what every run says of every test utterance."""

from pathlib import Path
from statistics import fmean

import torch

from fdan.evaluation import build_bank, predict
from fdan.metrics import Predictions, make_predictions, score, write_predictions
from fdan.training import Domain, read_checkpoint
from stages.domains import Domains, load_domains, parse_run, run_folder
from stages.process import output, run


def main() -> None:
    """Write ``reports/predictions/<corpus>/<variant>/seed-<n>.csv``, or below ``multi``."""
    corpus, sources = parse_run(__doc__)
    torch.set_num_threads(1)  # the last bits of a sum depend on the number of threads
    where = run_folder(corpus, sources)
    there = load_domains(corpus, sources)
    wars: dict[str, list[float]] = {}
    with output(Path("reports/predictions") / where) as folder:
        for checkpoint in sorted((Path("runs") / where).glob("*/seed-*.safetensors")):
            predictions = evaluate(checkpoint, there)
            path = folder / checkpoint.parent.name / f"{checkpoint.stem}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_predictions(predictions, path)
            wars.setdefault(checkpoint.parent.name, []).append(score(predictions).war)
    means = ", ".join(f"{name} {fmean(values):.2f} %" for name, values in wars.items())
    print(f"evaluate {where}: {len(there.test.utterances)} test utterances; mean WAR over seeds: {means}")


def evaluate(checkpoint: Path, there: Domains) -> Predictions:
    """The predictions of one run on the test utterances, in the context of its own training samples."""
    run_ = read_checkpoint(checkpoint)
    bank = build_bank(run_.model, there.visual.x, there.acoustic.x)
    logits, _ = predict(run_.model, bank, there.test.values)
    truth = Domain.of(there.test, run_.classes).y.numpy()
    probabilities = torch.softmax(logits.double(), dim=1).numpy()
    return make_predictions(there.test.utterances, run_.classes, truth, probabilities)


if __name__ == "__main__":
    run()
