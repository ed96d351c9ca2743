"""All figures of one target corpus, from what its runs have left."""

from collections.abc import Collection, Sequence

from matplotlib.figure import Figure

from fdan.data.emotions import Modality
from fdan.data.features import read_features
from fdan.data.splits import TEST, TRAIN, cut_validation
from fdan.data.trials import read_trials
from fdan.figures.confusion import confusion_figure
from fdan.figures.params import FigureParams
from fdan.figures.places import Sample, numbered
from fdan.figures.style import note_figure
from fdan.figures.tsne import Points, tsne_figure, tsne_points
from fdan.figures.tuning import tuning_figure
from fdan.learning.domains import Domains, Target
from fdan.metrics.predictions import read_predictions
from fdan.metrics.scores import confusion

NOTHING = "nothing to draw: the training of FDAN diverged"


def confusions(target: Target, name: str) -> Figure:
    """Fig. 4 of FDAN, all seeds pooled; `name` is the corpus' in print."""
    folder = target.project.predictions("paper", target.corpus, "fdan")
    runs = [read_predictions(path) for path in sorted(folder.glob("seed-*.csv"))]
    if not runs:
        return note_figure(f"FDAN on {name}", NOTHING)
    seeds = f"{len(runs)} seed{'s' if len(runs) > 1 else ''}"
    title = f"FDAN on {name}\n{seeds} pooled, in percent of the true class"
    return confusion_figure(confusion(runs), target.split.classes, title)


def tsne_places(target: Target, domains: Domains, params: FigureParams) -> list[Points]:
    """The points of Fig. 5, of FDAN's first seed that did not diverge; none if all have.

    Args:
        target: whose network.
        domains: its samples.
        params: share and seed.
    """
    corpus, split = target.corpus, target.split
    networks = target.project.runs(corpus, "fdan").glob("seed-*.safetensors")
    first = min(networks, key=lambda path: int(path.stem.removeprefix("seed-")), default=None)
    if first is None:
        return []

    def samples(modality: Modality, corpus: str, utterances: Collection[str]) -> list[Sample]:
        """What the rows of a domain are, which its tensors do not say: in the same order."""
        features = read_features(target.project.features(modality, corpus))
        return numbered(corpus, features.of(utterances, domains.classes).utterances)

    seen = [
        sample
        for name, source in (target.sources or {corpus: split}).items()
        for sample in samples(Modality.VISUAL, name, source.visual())
    ]
    heard = (samples(Modality.ACOUSTIC, corpus, split.acoustic(part)) for part in (TRAIN, TEST))
    return tsne_points(first, domains, [seen, *heard], params.tsne_share.get(corpus, 1.0), params.tsne_seed)


def tsne_map(target: Target, name: str, points: Sequence[Points], params: FigureParams) -> Figure:
    """Fig. 5 of these points; `name` is the corpus' in print."""
    share = params.tsne_share.get(target.corpus, 1.0)
    title = f"FDAN's last layer on {name}" + f", {100 * share:g} % of the samples" * (share < 1)
    return tsne_figure(points, target.split.classes, title) if points else note_figure(title, NOTHING)


def tuning_map(target: Target, name: str, fraction: float, seed: int) -> Figure:
    """The grid that was searched; `fraction` of the training speech, cut by `seed`, was its validation part."""
    utterances = len(cut_validation(target.split, fraction, seed).acoustic(TEST))
    title = f"WAR of FDAN on {utterances} validation utterances, {name}"
    grid = read_trials(target.project.tuning(target.corpus))
    return tuning_figure(*grid, title) if grid else note_figure(title, "nothing to draw: every setting diverged")
