"""Stages disjoint and speaker: the same networks where no face of a test utterance trains, or where no speaker does.

``disjoint``: the visual samples of test utterances are left out of training. ``speaker``: every speaker is held
out once, all test utterances pooled; or the corpus' official split, if it has one.
"""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from pathlib import Path

from fdan.data.splits import NOT_RUN, ProtocolError, check_folds, disjoint_split, speaker_splits
from fdan.learning.domains import load_domains, read_taught
from fdan.learning.params import ModelParams, ProtocolParams, Run, TrainParams, Variants
from fdan.learning.runs import Job, run_all
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``reports/predictions/<protocol>/<corpus>/<variant>/seed-<n>.csv``, and histories below ``runs``.

    Where the corpus does not have what the protocol needs, ``not_run.txt`` says so in their place.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("protocol", choices=["disjoint", "speaker"])
    parser.add_argument("corpus")
    args = parser.parse_args()
    protocol, variants = load_params("protocols", ProtocolParams), load_params("variants", Variants)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    split, faces = read_taught(args.corpus, load_params(f"sources.{args.corpus}", str))
    where = f"{args.protocol}/{args.corpus}"
    try:
        folds = {"": disjoint_split(split, faces)} if args.protocol == "disjoint" else speaker_splits(split)
        check_folds(folds, faces)
    except ProtocolError as error:
        with output(Path("runs") / where) as runs, output(Path("reports/predictions") / where) as reports:
            for folder in (runs, reports):
                folder.mkdir()
            (reports / NOT_RUN).write_text(f"{error}\n", encoding="utf-8")
        print(f"protocols {where}: not run: {error}")
        return
    # A fold may lack an emotion that the corpus has: its test utterances are missed then, not left out.
    there = {fold: load_domains(args.corpus, part, faces, split.classes) for fold, part in folds.items()}
    jobs = [
        Job(name, fold, Run(seed, protocol.alpha if variant.lmmd else 0.0, training), variant.attention, domains)
        for fold, domains in there.items()
        for name, variant in variants.items()
        for seed in protocol.seeds
    ]
    wars = run_all(jobs, model, where, f"protocols {where}")
    print(f"protocols {where}: {len(jobs)} runs in {len(there)} folds; {wars}")


if __name__ == "__main__":
    run()
