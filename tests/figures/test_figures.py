import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from fdan.data.emotions import Emotion
from fdan.data.trials import Trial
from fdan.figures.confusion import confusion_figure
from fdan.figures.style import save
from fdan.figures.tsne import Points, embed, tsne_figure
from fdan.figures.tuning import tuning_figure

CLASSES = tuple(Emotion)


def clusters(n: int, spread: float = 0.1) -> np.ndarray:
    generator = np.random.default_rng(0)
    centres = 10 * generator.normal(size=(2, 5))
    return centres[np.arange(n) % 2] + spread * generator.normal(size=(n, 5))


def points(n: int = 12) -> list[Points]:
    xy = np.random.default_rng(1).normal(size=(3, n, 2))
    emotions = np.arange(n) % len(CLASSES)
    return [
        Points(xy[0], emotions, "acoustic", "test"),
        Points(xy[1], emotions, "visual", "train"),
        Points(xy[2], emotions, "acoustic", "train"),
    ]


def test_confusion_is_in_percent_of_the_true_class() -> None:
    counts = np.diag([4, 1, 1, 1, 1, 1, 1])
    counts[0, 2] = 12
    figure = confusion_figure(counts, CLASSES, "SAVEE (synthetic demo)")
    axes = figure.axes[0]
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    # x is the predicted class, y the true one
    assert cells[0.5, 0.5] == "25.0"
    assert cells[2.5, 0.5] == "75.0"
    assert cells[0.5, 2.5] == "0.0"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["AN", "DI", "FE", "HA", "NE", "SA", "SU"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["AN", "DI", "FE", "HA", "NE", "SA", "SU"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert axes.get_title() == "SAVEE (synthetic demo)"
    assert axes.yaxis_inverted()


def test_a_class_without_test_utterances_is_hatched_without_a_warning() -> None:
    counts = np.eye(7, dtype=np.int64)
    counts[3] = 0
    axes = confusion_figure(counts, CLASSES, "MELD").axes[0]
    hatched = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_hatch()]
    assert [(patch.get_y(), patch.get_width()) for patch in hatched] == [(3, 7)]
    in_row = [text.get_text() for text in axes.texts if text.get_position()[1] == 3.5]
    assert in_row == ["no test utterances"]
    assert len(axes.texts) == 6 * 7 + 1


def test_embedding_keeps_clusters_apart_and_repeats() -> None:
    values = clusters(40)
    xy = embed(values, seed=3)
    assert np.array_equal(xy, embed(values, seed=3))
    distances = np.linalg.norm(xy[:, None] - xy[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert np.array_equal(distances.argmin(axis=1) % 2, np.arange(40) % 2)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_a_tiny_embedding_has_a_place_for_every_point(n: int) -> None:
    xy = embed(clusters(n).astype(np.float32), seed=0)
    assert xy.shape == (n, 2)
    assert np.isfinite(xy).all()
    assert len(np.unique(xy, axis=0)) == n


def test_points_that_are_all_the_same_do_not_warn() -> None:
    assert np.isfinite(embed(np.ones((10, 4)), seed=0)).all()


def test_tsne_tells_modality_part_and_emotion_apart() -> None:
    figure = tsne_figure(points(), CLASSES, "SAVEE (synthetic demo)")
    axes = figure.axes[0]
    visual, train, test = (c for c in axes.collections if isinstance(c, PathCollection))
    assert axes.get_title() == "SAVEE (synthetic demo)"
    # "+" is open lines; of the circles, training is hollow and the test part is filled and drawn last
    assert len(visual.get_paths()[0].vertices) < len(train.get_paths()[0].vertices)
    assert len(train.get_facecolors()) == 0
    assert len({to_hex(colour) for colour in train.get_edgecolors()}) == len(CLASSES)
    assert [to_hex(c) for c in test.get_facecolors()] == [to_hex(c) for c in train.get_edgecolors()]
    emotions, kinds = ([text.get_text() for text in legend.get_texts()] for legend in figure.legends)
    assert emotions[0] == "AN anger"
    assert len(emotions) == len(CLASSES)
    assert kinds == ["visual, train", "acoustic, train", "acoustic, test"]


def test_an_emotion_keeps_its_colour_when_the_corpus_lacks_others() -> None:
    def colours(classes: tuple[Emotion, ...], place: int) -> set[str]:
        group = Points(np.zeros((1, 2)), np.array([place]), "acoustic", "test")
        return {to_hex(c) for c in tsne_figure([group], classes, "").axes[0].collections[0].get_facecolors()}

    assert colours(CLASSES, CLASSES.index(Emotion.SADNESS)) == colours((Emotion.ANGER, Emotion.SADNESS), 1)


def test_no_legend_covers_the_map() -> None:
    figure = tsne_figure(points(), CLASSES, "SAVEE")
    figure.draw_without_rendering()
    frame = figure.axes[0].get_window_extent()
    boxes = [legend.get_window_extent() for legend in figure.legends]
    assert not any(frame.overlaps(box) for box in boxes)
    assert not boxes[0].overlaps(boxes[1])
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)


def draw(out: Path) -> None:
    out.mkdir()
    mapped = Points(embed(clusters(60), 0), np.arange(60) % 7, "visual", "train")
    tsne = tsne_figure([mapped, *points()], CLASSES, "t-SNE of $Z_v$ and $Z_a$, 20 % of the samples")
    confusion = confusion_figure(np.eye(7, dtype=np.int64), CLASSES, "title")
    for suffix in ("png", "pdf"):
        save(tsne, out / f"tsne.{suffix}")
        save(confusion, out / f"confusion.{suffix}")


@pytest.mark.slow
def test_a_grid_of_one_point_has_its_whole_title() -> None:
    trial = Trial(0.001, 0.001, 0.001, 70.0, 70.0, 70.0, 0.1)
    title = "Tuning of FDAN on 16 validation utterances, synthetic demo, not SAVEE: WAR of each setting"
    figure = tuning_figure([trial], trial, title)
    figure.savefig(BytesIO())
    [printed] = [text for text in figure.findobj(Text) if "validation" in text.get_text()]
    box = printed.get_window_extent()
    assert printed.get_text().replace("\n", " ") == title
    assert 0 <= box.x0 < box.x1 <= figure.bbox.x1


@pytest.mark.slow
def test_figures_have_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    draw(here)
    root = Path(__file__).parents[2]
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"from pathlib import Path; import test_figures; test_figures.draw(Path({str(there)!r}))",
        ],
        cwd=root,
        # another order of sets, another number of threads and, by now, another second
        env=os.environ
        | {"PYTHONPATH": f"{root}:{Path(__file__).parent}", "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "2"},
        check=True,
    )
    found = [{path.name: path.read_bytes() for path in sorted(folder.iterdir())} for folder in (here, there)]
    assert list(found[0]) == ["confusion.pdf", "confusion.png", "tsne.pdf", "tsne.png"]
    assert [name for name in found[0] if found[0][name] != found[1].get(name)] == []


def test_files_carry_neither_date_nor_software(tmp_path: Path) -> None:
    figure = confusion_figure(np.eye(7, dtype=np.int64), CLASSES, "with $Z_v$")
    save(figure, tmp_path / "figure.pdf")
    save(figure, tmp_path / "figure.png")
    pdf, png = (tmp_path / "figure.pdf").read_bytes(), (tmp_path / "figure.png").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"CreationDate" not in pdf
    assert b"/Type3" not in pdf
    assert b"Software" not in png
    assert int.from_bytes(png[16:20]) == round(4.6 * 200)
