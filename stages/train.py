"""Stage train: every variant and seed on one target corpus under the paper's protocol, and how sure FDAN may be."""

from fdan.numerics.pins import note_unpinned

import argparse

from fdan.corpora.registry import title_of
from fdan.figures.calibration import write_reliability
from fdan.learning.domains import open_target
from fdan.learning.outcomes import pooled, write_outcomes, write_trained
from fdan.learning.params import ModelParams, TrainParams, Variant, Variants, WatchParams
from fdan.learning.protocols import hold_out_speakers
from fdan.learning.runs import Settings, jobs_of, train_all, write_networks
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import Alpha, Seeds, load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``runs/<corpus>/<variant>/seed-<n>.{safetensors,csv}``, ``reports/predictions/paper/<corpus>/<variant>``.

    And the temperature of FDAN's probabilities, ``reports/calibration/<corpus>``, and ``calibration_<corpus>.png``. It
    is fitted to the predictions of the protocol ``speaker``, not to speakers whom the network knows.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="the target domain's corpus; params.yaml names the source domain's")
    corpus, project, parallel = parser.parse_args().corpus, Project(), load_params("parallel", ParallelParams)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    settings, seeds = Settings(load_params("alpha", Alpha), model, training), load_params("seeds", Seeds)
    variants, watch = load_params("variants", Variants), load_params("watch", WatchParams).every
    fdan = {"fdan": load_params("variants.fdan", Variant)}
    target = open_target(project, corpus, [load_params(f"sources.{corpus}", str)])
    domains, (held_out, unfit) = target.domains(), hold_out_speakers(target)
    jobs = jobs_of(variants, seeds, settings, {"": domains}, watch)
    found, counts = train_all([*jobs, *jobs_of(fdan, seeds[:1], settings, held_out)], f"train {corpus}", parallel)
    outcomes, unseen = found[: len(jobs)], pooled(found[len(jobs) :])
    with (
        output(project.runs(corpus)) as runs,
        output(project.predictions("paper", corpus)) as reports,
        output(project.calibration(corpus)) as folder,
        output(project.figure(f"calibration_{corpus}.png")) as picture,
    ):
        wars = write_outcomes(outcomes, runs, reports)
        write_networks(jobs, outcomes, corpus, runs)
        write_trained(outcomes, reports)
        speakers = {part.utterance: part.speaker for part in target.split.parts}
        name = f"{'SYNTHETIC DEMO, ' * domains.synthetic}{title_of(corpus)}: FDAN, protocol speaker"
        surety = write_reliability(folder, picture, unseen, speakers, name, unfit)
        for made in (runs, reports, folder):
            note_unpinned(made)
    print(
        f"train {corpus}: {len(jobs)} runs ({', '.join(variants)} x {len(seeds)} seeds), alpha {settings.alpha:g}, "
        f"{len(domains.visual.y)} visual, {len(domains.acoustic.y)} acoustic training samples, "
        f"{len(domains.test.utterances)} test utterances; {wars}; {surety}; {counts}"
    )


if __name__ == "__main__":
    run()
