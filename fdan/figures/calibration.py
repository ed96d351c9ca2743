"""The reliability diagram and the risk-coverage curve, side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from fdan.data.splits import NOT_RUN
from fdan.figures.style import BLUE, GREY, PAGE_DPI, note_figure, save
from fdan.metrics.calibration import Bin, Calibration, Risk, calibrate, write_calibration
from fdan.metrics.predictions import Predictions


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
    right.set_title(f"{found.tested} utterances, the surest first", fontsize=9)
    figure.suptitle(title, fontsize=10)
    return figure


def write_reliability(
    folder: Path, picture: Path, unseen: Predictions | None, speakers: Mapping[str, str], title: str, unfit: str = ""
) -> str:
    """Fit the temperature under the protocol ``speaker``; write the numbers and the picture.

    Args:
        folder: of the csv files; it is made. ``not_run.txt`` stands there alone where nothing can be fitted.
        picture: the reliability diagram, or a line that says why there is none.
        unseen: predictions under that protocol, all folds pooled; None without any.
        speakers: of each utterance.
        title: of the picture.
        unfit: why there are no predictions, if there are none.

    Returns:
        For a stage's summary line.
    """
    reason = unfit or ("" if unseen else "the training diverged")
    if unseen and not reason and len({speakers[utterance] for utterance in unseen.utterances}) < 2:
        reason = "a temperature is fitted to some speakers and drawn on others, so two must be tested"
    if reason or not unseen:
        folder.mkdir()
        (folder / NOT_RUN).write_text(f"{reason}\n", encoding="utf-8")
        save(note_figure(title, f"nothing to draw: {reason}"), picture, PAGE_DPI)
        return f"no temperature: {reason}"
    found, bins, risks = calibrate(unseen, speakers)
    write_calibration(found, bins, risks, folder)
    save(calibration_figure(found, bins, risks, title), picture, PAGE_DPI)
    return (
        f"temperature {found.temperature:.3g} from the protocol speaker, {found.tested} utterances of {found.speakers} "
        f"speakers; ECE on them {found.ece:.1f} % before, {found.ece_scaled:.1f} % after"
    )
