"""All figures of one target corpus, from what its runs have left."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from fdan.data.emotions import Emotion, Modality
from fdan.data.features import read_features
from fdan.data.splits import TEST, TRAIN, Split, cut_validation
from fdan.data.trials import read_trials
from fdan.figures.confusion import confusion_figure
from fdan.figures.params import FigureParams
from fdan.figures.places import Sample, numbered
from fdan.figures.tsne import Points, tsne_figure, tsne_points
from fdan.figures.tuning import tuning_figure
from fdan.learning.domains import Domains
from fdan.metrics.predictions import read_predictions
from fdan.metrics.scores import confusion


def confusions(corpus: str, name: str, domains: Domains) -> Figure:
    """Fig. 4 of FDAN, all seeds pooled; `name` is the corpus' in print."""
    runs = [read_predictions(path) for path in sorted(Path(f"reports/predictions/{corpus}/fdan").glob("seed-*.csv"))]
    seeds = f"{len(runs)} seed{'s' if len(runs) > 1 else ''}"
    title = f"FDAN on {name}\n{seeds} pooled, in percent of the true class"
    return confusion_figure(confusion(runs), domains.classes, title)


def tsne_places(
    corpus: str, split: Split, faces: Mapping[str, Split], domains: Domains, params: FigureParams
) -> list[Points]:
    """The points of Fig. 5, of FDAN's first seed.

    Args:
        corpus: the target.
        split: its parts.
        faces: the corpora whose faces teach it, where they are not its own.
        domains: its samples.
        params: share and seed.
    """
    first = min(Path(f"runs/{corpus}/fdan").glob("seed-*.safetensors"), key=lambda p: int(p.stem.removeprefix("seed-")))
    seen = [
        sample
        for name, source in (faces or {corpus: split}).items()
        for sample in _samples(Modality.VISUAL, name, source.visual(), domains.classes)
    ]
    heard = (_samples(Modality.ACOUSTIC, corpus, split.acoustic(part), domains.classes) for part in (TRAIN, TEST))
    return tsne_points(first, domains, [seen, *heard], params.tsne_share.get(corpus, 1.0), params.tsne_seed)


def _samples(
    modality: Modality, corpus: str, utterances: Collection[str], emotions: Collection[Emotion]
) -> list[Sample]:
    """What the rows of a domain are, which its tensors do not say: in the same order."""
    features = read_features(Path(f"data/features/{modality}/{corpus}.safetensors"))
    return numbered(corpus, features.of(utterances, emotions).utterances)


def tsne_map(corpus: str, name: str, points: Sequence[Points], domains: Domains, params: FigureParams) -> Figure:
    """Fig. 5 of these points; `name` is the corpus' in print."""
    share = params.tsne_share.get(corpus, 1.0)
    title = f"FDAN's last layer on {name}" + f", {100 * share:g} % of the samples" * (share < 1)
    return tsne_figure(points, domains.classes, title)


def tuning_map(corpus: str, name: str, split: Split, fraction: float, seed: int) -> Figure:
    """The grid that was searched; `fraction` of the training speech, cut by `seed`, was its validation part."""
    trials, chosen = read_trials(Path(f"reports/tuning/{corpus}.csv"))
    utterances = len(cut_validation(split, fraction, seed).acoustic(TEST))
    return tuning_figure(trials, chosen, f"WAR of FDAN on {utterances} validation utterances, {name}")
