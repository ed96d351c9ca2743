"""Contact sheets: the face crops and the Mel images of a corpus at a glance, by emotion, the flagged ones framed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from fdan.data.archive import read_images
from fdan.data.emotions import Emotion
from fdan.data.index import FaceRow, MelRow
from fdan.data.records import read_records
from fdan.figures.style import save
from fdan.runtime.process import output

DPI = 90

COLUMNS = 14
"""Pictures of each emotion."""

FRAMES = {"no face": "#d62728", "several faces": "#ff9d1e", "damaged": "#9b4fd8"}
"""What is framed, and in which colour; the first that holds."""

_TILE = 0.86  # inches

_FLAGGED = 4  # at least so many of the columns are for the flagged ones, if there are as many


@dataclass(frozen=True)
class Tile:
    """One picture of a sheet.

    Attributes:
        name: of its image in the zip.
        emotion: its row.
        flag: a key of `FRAMES`; empty if all is well.
        caption: below it.
    """

    name: str
    emotion: Emotion
    flag: str
    caption: str


def write_sheets(corpus: str, synthetic: bool, faces: Path, mels: Path, reports: Path) -> str:
    """Write ``figures/{faces,mels}_<corpus>.png`` and ``local/<corpus>/``; return what is on them and where they are.

    A synthetic corpus' sheets are figures of the report. A corpus of real people has them in ``local``, which git
    ignores, and in their place in the report a note that says so.

    Args:
        corpus: its name.
        synthetic: whether no real person is in it.
        faces: folder of its crops.
        mels: folder of its Mel images.
        reports: the folder below which they are written.
    """
    sheets = {
        "faces": ("Face crops", faces / "crops.zip", face_tiles(read_records(faces / "index.csv", FaceRow))),
        "mels": ("Mel images", mels / "mels.zip", mel_tiles(read_records(mels / "index.csv", MelRow))),
    }
    with output(reports / "local" / corpus) as local:
        local.mkdir()
        (local / "README.txt").write_text(
            f"{corpus} is synthetic: its contact sheets are in reports/figures.\n"
            if synthetic
            else f"Contact sheets of {corpus}, a corpus of real people: not to be published or committed.\n"
        )
        for kind, (what, archive, tiles) in sheets.items():
            sheet = draw_sheet(f"{'SYNTHETIC DEMO: ' if synthetic else ''}{what} of {corpus}", tiles, archive)
            with output(reports / f"figures/{kind}_{corpus}.png") as figure:
                if synthetic:
                    save(sheet, figure, DPI)
                else:
                    save(sheet, local / f"{kind}.png", DPI)
                    note = f"Real people: the sheet is reports/local/{corpus}/{kind}.png, not in git."
                    save(draw_note(f"{what} of {corpus}", note), figure, DPI)
    counts = [f"{len(t)} {kind}, {sum(bool(tile.flag) for tile in t)} flagged" for kind, (*_, t) in sheets.items()]
    return f"{', '.join(counts)}; in {'reports/figures' if synthetic else f'reports/local/{corpus}'}"


def face_tiles(index: Sequence[FaceRow]) -> list[Tile]:
    """A tile for each crop."""

    def flag(face: FaceRow) -> str:
        if not face.found:
            return "no face"
        if face.faces > 1:
            return "several faces"
        return "damaged" if face.problem else ""

    return [Tile(face.crop, face.emotion, flag(face), face.utterance) for face in index if face.crop]


def mel_tiles(index: Sequence[MelRow]) -> list[Tile]:
    """A tile for each Mel image."""
    return [
        Tile(mel.image, mel.emotion, "damaged" if mel.problem else "", f"{mel.utterance}, {mel.seconds:.1f} s")
        for mel in index
        if mel.image
    ]


def choose_tiles(tiles: Sequence[Tile], columns: int = COLUMNS) -> dict[Emotion, list[Tile]]:
    """The tiles that are shown: of each emotion evenly spread ones, some of the flagged among them.

    The flagged get their share of the columns, but four at least and all but four at most; within a
    row the order is the index'.
    """
    chosen = {}
    for emotion in Emotion:
        ours = [tile for tile in tiles if tile.emotion == emotion]
        flagged = [tile for tile in ours if tile.flag]
        sound = [tile for tile in ours if not tile.flag]
        share = round(columns * len(flagged) / max(len(ours), 1))
        room = min(len(flagged), max(share, _FLAGGED))
        room = max(min(room, columns - _FLAGGED), columns - len(sound)) if sound else columns
        shown = {*_spread(flagged, min(room, len(flagged))), *_spread(sound, columns - min(room, len(flagged)))}
        chosen[emotion] = [tile for tile in ours if tile in shown]
    return chosen


def _spread(tiles: Sequence[Tile], count: int) -> list[Tile]:
    count = min(count, len(tiles))
    return [tiles[(2 * i + 1) * len(tiles) // (2 * count)] for i in range(count)]


def draw_sheet(title: str, tiles: Sequence[Tile], archive: Path) -> Figure:
    """A sheet: a row per emotion with its counts, the flagged tiles framed.

    Args:
        title: above it.
        tiles: all there are; `choose_tiles` says which are shown.
        archive: the zip that holds their images.

    Raises:
        CorpusError: an image is missing or broken.
    """
    chosen = choose_tiles(tiles)
    rows = [emotion for emotion in Emotion if chosen[emotion]]
    names = [tile.name for emotion in rows for tile in chosen[emotion]]
    images = dict(zip(names, read_images(archive, names), strict=True))
    left, top, bottom, caption = 1.75, 0.75, 0.45, 0.17
    width, height = left + COLUMNS * _TILE + 0.15, top + max(len(rows), 1) * (_TILE + caption) + bottom
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")

    def write(x: float, y: float, text: str, size: float, **more: object) -> None:
        figure.text(x / width, 1 - y / height, text, fontsize=size, va="center", **more)  # type: ignore[arg-type]

    write(0.15, 0.3, title, 13.0, weight="bold")
    for i, emotion in enumerate(rows):
        y = top + i * (_TILE + caption)
        ours = [tile for tile in tiles if tile.emotion == emotion]
        write(0.15, y + 0.22, emotion.value, 11.0, weight="bold")
        counts = [f"{len(chosen[emotion])} of {len(ours)} shown"]
        counts += [f"{n} {flag}" for flag in FRAMES if (n := sum(tile.flag == flag for tile in ours))]
        for line, text in enumerate(counts):
            write(0.15, y + 0.42 + 0.15 * line, text, 7.5, color="#444444")
        for j, tile in enumerate(chosen[emotion]):
            place = (left + j * _TILE, y, _TILE - 0.06, _TILE - 0.06)
            axes = figure.add_axes(
                (place[0] / width, 1 - (place[1] + place[3]) / height, place[2] / width, place[3] / height)
            )
            axes.imshow(images[tile.name], cmap="magma", vmin=0, vmax=255, interpolation="antialiased")
            axes.set(xticks=[], yticks=[])
            for spine in axes.spines.values():
                spine.set(color=FRAMES.get(tile.flag, "#bbbbbb"), linewidth=3.5 if tile.flag else 0.5)
            write(place[0], y + _TILE + 0.03, _short(tile.caption), 6.0, color="#555555")
    present = {tile.flag for tile in tiles} - {""}
    if present:
        handles = [
            Patch(facecolor="white", edgecolor=c, linewidth=3, label=f) for f, c in FRAMES.items() if f in present
        ]
        figure.legend(handles=handles, loc="lower right", ncols=len(handles), fontsize=8, frameon=False)
    note = "spread evenly over the corpus, some of the flagged among them; below each its utterance"
    note = note if rows else "nothing to show"
    write(0.15, height - 0.22, note, 7.5, color="#444444")
    return figure


def _short(text: str) -> str:
    return text if len(text) <= 26 else f"...{text[-23:]}"


def draw_note(title: str, text: str) -> Figure:
    """In place of a sheet that is not to be passed on: why, and where it is."""
    figure = Figure(figsize=(8, 1.4), dpi=DPI, facecolor="white")
    figure.text(0.03, 0.7, title, fontsize=13, weight="bold", va="center")
    figure.text(0.03, 0.32, text, fontsize=9, va="center", color="#444444")
    return figure
