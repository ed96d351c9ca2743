"""Stage multi: FDAN on the faces of several corpora, which need not be the target's (Sec. 3.4, Table 3)."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse

from fdan.data.splits import read_splits
from fdan.learning.domains import load_domains
from fdan.learning.params import ModelParams, Run, TrainParams, Variant
from fdan.learning.runs import Job, run_all
from fdan.runtime.params import Alpha, Seeds, load_params
from fdan.runtime.process import run


def main() -> None:
    """Write ``reports/predictions/multi/<corpus>/fdan/seed-<n>.csv``, histories below ``runs/multi/<corpus>``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="the target domain's corpus; params.yaml names the source domain's")
    corpus = parser.parse_args().corpus
    alpha, seeds, variant = (
        load_params("alpha", Alpha),
        load_params("seeds", Seeds),
        load_params("variants.fdan", Variant),
    )
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    sources = load_params(f"multi.{corpus}", list[str])
    splits = read_splits([corpus, *sources])
    there = load_domains(corpus, splits[corpus], {name: splits[name] for name in sources})
    jobs = [
        Job("fdan", "", Run(seed, alpha if variant.lmmd else 0.0, training), variant.attention, there) for seed in seeds
    ]
    wars = run_all(jobs, model, f"multi/{corpus}", f"multi {corpus}")
    print(f"multi {corpus}: {len(jobs)} runs on the faces of {', '.join(sources)}; {wars}")


if __name__ == "__main__":
    run()
