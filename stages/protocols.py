"""Stage protocols: the same networks where no face of a test utterance trains, and where no speaker does.

``disjoint``: the visual samples of test utterances are left out of training. ``speaker``: every speaker is held
out once, all test utterances pooled; or the corpus' official split, if it has one.
"""

from fdan.numerics.pins import note_unpinned

import argparse
from itertools import chain

from fdan.data.splits import NOT_RUN, ProtocolError, check_folds, disjoint_split, speaker_splits
from fdan.learning.domains import open_target
from fdan.learning.outcomes import write_outcomes
from fdan.learning.params import ModelParams, ProtocolParams, TrainParams, Variants
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
    seeds = load_params("protocols", ProtocolParams).seeds
    target = open_target(project, corpus, [load_params(f"sources.{corpus}", str)])
    jobs, refused = dict[str, list[Job]](), dict[str, str]()
    for protocol in ("disjoint", "speaker"):
        try:
            split, sources = target.split, target.sources
            folds = {"": disjoint_split(split, sources)} if protocol == "disjoint" else speaker_splits(split)
            check_folds(folds, sources)
        except ProtocolError as error:
            jobs[protocol], refused[protocol] = [], str(error)
            continue
        domains = {fold: target.domains(part) for fold, part in folds.items()}
        jobs[protocol] = jobs_of(variants, seeds, settings, domains)
    found, counts = train_all(list(chain(*jobs.values())), f"protocols {corpus}", parallel)
    for protocol, its in jobs.items():
        outcomes, found = found[: len(its)], found[len(its) :]
        with output(project.runs(protocol, corpus)) as runs, output(project.predictions(protocol, corpus)) as reports:
            runs.mkdir()
            reports.mkdir()
            if protocol in refused:
                (reports / NOT_RUN).write_text(f"{refused[protocol]}\n", encoding="utf-8")
                print(f"protocols {protocol}/{corpus}: not run: {refused[protocol]}")
                continue
            said = write_outcomes(outcomes, runs, reports)
            note_unpinned(runs)
        print(f"protocols {protocol}/{corpus}: {len(its)} runs in {len({job.fold for job in its})} folds; {said}")
    print(f"protocols {corpus}: {counts}")


if __name__ == "__main__":
    run()
