"""Stage protocols: the same networks without the leak of faces, on unseen speakers, and on all utterances in turn.

``disjoint``: the visual samples of test utterances are left out of training. ``speaker``: every speaker is held
out once, all test utterances pooled; or the corpus' official split, if it has one. ``rotated``: the paper's 8/10 : 2/10
is rotated until every utterance was tested once, all pooled.
"""

from fdan.numerics.pins import note_unpinned

import argparse
from itertools import chain

from fdan.data.splits import ProtocolError
from fdan.learning.domains import open_target
from fdan.learning.params import ModelParams, ProtocolParams, TrainParams, Variants
from fdan.learning.protocols import PROTOCOLS, folds_of, write_protocol
from fdan.learning.runs import Job, Settings, jobs_of, train_all
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import Alpha, load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``reports/predictions/<protocol>/<corpus>/<variant>/seed-<n>.csv``, and histories below ``runs``.

    Where the corpus does not have what a protocol needs, ``not_run.txt`` says so in their place.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="the target domain's corpus; params.yaml names the source domain's")
    corpus, project, parallel = parser.parse_args().corpus, Project(), load_params("parallel", ParallelParams)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    settings, variants = Settings(load_params("alpha", Alpha), model, training), load_params("variants", Variants)
    params = load_params("protocols", ProtocolParams)
    target = open_target(project, corpus, [load_params(f"sources.{corpus}", str)])
    jobs, refused = dict[str, list[Job]](), dict[str, str]()
    for protocol in PROTOCOLS:
        try:
            folds = folds_of(protocol, target, params.rotations)
            jobs[protocol] = jobs_of(params.variants_of(protocol, variants), params.seeds, settings, folds)
        except ProtocolError as error:
            jobs[protocol], refused[protocol] = [], str(error)
    found, counts = train_all(list(chain(*jobs.values())), f"protocols {corpus}", parallel)
    for protocol, its in jobs.items():
        outcomes, found = found[: len(its)], found[len(its) :]
        with output(project.runs(protocol, corpus)) as runs, output(project.predictions(protocol, corpus)) as reports:
            said = write_protocol(outcomes, refused.get(protocol, ""), runs, reports)
            if its:
                note_unpinned(runs)
        print(f"protocols {protocol}/{corpus}: {said}")
    print(f"protocols {corpus}: {counts}")


if __name__ == "__main__":
    run()
