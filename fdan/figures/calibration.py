"""The reliability diagram and the risk-coverage curve, side by side."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from fdan.figures.style import BLUE, GREY
from fdan.metrics.calibration import Bin, Calibration, Risk


def calibration_figure(found: Calibration, bins: Sequence[Bin], risks: Sequence[Risk], title: str) -> Figure:
    """How often a confidence is right, and what answering the surest utterances alone would cost."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    filled = [(b.low, b.confidence, b.right) for b in bins if b.confidence is not None and b.right is not None]
    left.bar([low for low, _, _ in filled], [share for *_, share in filled], 1 / len(bins), align="edge", color="0.85")
    left.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    left.plot([confidence for _, confidence, _ in filled], [share for *_, share in filled], "o", color=BLUE)
    left.set(xlabel="highest probability", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1.02))
    said = f"calibration error {found.ece:.1f} %; at temperature {found.temperature:.2f}: {found.ece_scaled:.1f} %"
    left.set_title(said, fontsize=9)
    right.step([r.coverage for r in risks], [r.risk for r in risks], where="post", color=BLUE)
    right.set(xlabel="share that is answered", ylabel="share of answers that is wrong", xlim=(0, 1), ylim=(0, 1.02))
    right.set_title(f"{found.tested} test utterances, the surest first", fontsize=9)
    figure.suptitle(title, fontsize=10)
    return figure
