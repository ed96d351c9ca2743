"""The study's figure: what each claim adds, and the rate at each alpha."""

from collections.abc import Mapping, Sequence
from itertools import cycle

from matplotlib.figure import Figure

from fdan.figures.style import BLUE, GREY, ORANGE, RED
from fdan.results.comparisons import of_mean
from fdan.results.runs import Measured
from fdan.study.claims import Claim
from fdan.study.params import StudyParams

_COLOURS = {"yes": BLUE, "cannot be told": GREY, "no: it harms": RED}


def draw(
    found: Sequence[Claim], measured: Mapping[str, Mapping[tuple[str, str], Measured]], study: StudyParams
) -> Figure:
    """Two panels: differences with their intervals, one line each; WAR over alpha.

    Args:
        found: the claims, from above.
        measured: backbone -> (protocol, name) -> its seeds.
        study: the values of alpha.
    """
    figure = Figure(figsize=(11, 0.8 + 0.42 * len(found)), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for place, claim in enumerate(found):
        ends = claim.difference.war_interval
        colour = _COLOURS[claim.verdict]
        left.plot([ends.low, ends.high], [place, place], color=colour, linewidth=2.5, solid_capstyle="butt")
        left.plot([claim.difference.war], [place], "o", color=colour)
        for side in (-1, 1):
            left.plot([side * claim.detectable], [place], "|", color=ORANGE, markersize=9)
    left.axvline(0, color="black", linewidth=0.8)
    left.set_yticks(
        range(len(found)),
        [f"{claim.claim}?  {claim.verdict}\n{claim.backbone}, {claim.protocol}" for claim in found],
        fontsize=7,
    )
    left.invert_yaxis()
    left.set_xlabel(
        "what it adds to the share of utterances recognised, in points (95 %)\n"
        "orange: a true difference as large as this would be found four times out of five",
        fontsize=8,
    )
    left.set_title("Does it help? Real speech, taught by photographs of others", fontsize=9)
    for backbone, colour in zip(study.whole, cycle((BLUE, ORANGE, RED, GREY)), strict=False):
        runs = [measured[backbone]["alpha", f"{alpha:g}"] for alpha in study.alphas]
        means = [run.mean_sd("war")[0] for run in runs]
        spans = [of_mean(run) for run in runs]
        errors = [
            [mean - e.low for mean, e in zip(means, spans, strict=True)],
            [e.high - mean for mean, e in zip(means, spans, strict=True)],
        ]
        right.errorbar(range(len(means)), means, yerr=errors, fmt="o-", color=colour, capsize=3, label=backbone)
    right.set_xticks(range(len(study.alphas)), [f"{alpha:g}" for alpha in study.alphas], fontsize=8)
    right.legend(fontsize=8)
    right.set_xlabel("alpha, the weight of LMMD (the paper tries 0.001 and less)", fontsize=8)
    right.set_ylabel("share of utterances recognised, in percent (95 %)", fontsize=8)
    right.set_title("FDAN at each alpha", fontsize=9)
    return figure
