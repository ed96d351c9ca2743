"""Stage sheets: contact sheets of one corpus' face crops and Mel images; those of real people stay on this machine."""

import argparse
from pathlib import Path

from fdan.data.index import FaceRow, MelRow
from fdan.data.manifest import read_manifest
from fdan.data.records import read_records
from fdan.figures.contact_sheets import DPI, Tile, draw_note, draw_sheet, face_tiles, mel_tiles
from fdan.figures.style import save
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``reports/figures/{faces,mels}_<corpus>.png`` and ``reports/local/<corpus>/``.

    A synthetic corpus' sheets are figures of the report. A corpus of real people has them in
    ``reports/local``, which git ignores, and in their place in the report a note that says so.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    synthetic = read_manifest(Path(f"data/manifests/{corpus}.csv")).synthetic
    faces, mels = Path(f"data/faces/{corpus}/crops.zip"), Path(f"data/mels/{corpus}/mels.zip")
    face_index, mel_index = (
        read_records(faces.with_name("index.csv"), FaceRow),
        read_records(mels.with_name("index.csv"), MelRow),
    )
    sheets: dict[str, tuple[str, Path, list[Tile]]] = {
        "faces": ("Face crops", faces, face_tiles(face_index)),
        "mels": ("Mel images", mels, mel_tiles(mel_index)),
    }
    with output(Path(f"reports/local/{corpus}")) as local:
        local.mkdir()
        (local / "README.txt").write_text(
            f"{corpus} is synthetic: its contact sheets are in reports/figures.\n"
            if synthetic
            else f"Contact sheets of {corpus}, a corpus of real people: not to be published or committed.\n"
        )
        for kind, (what, archive, tiles) in sheets.items():
            mark = "SYNTHETIC DEMO: " if synthetic else ""
            sheet = draw_sheet(f"{mark}{what} of {corpus}", tiles, archive)
            with output(Path(f"reports/figures/{kind}_{corpus}.png")) as figure:
                if synthetic:
                    save(sheet, figure, DPI)
                else:
                    save(sheet, local / f"{kind}.png", DPI)
                    note = f"Real people: the sheet is reports/local/{corpus}/{kind}.png, not in git."
                    save(draw_note(f"{what} of {corpus}", note), figure, DPI)
    counts = [f"{len(t)} {kind}, {sum(bool(tile.flag) for tile in t)} flagged" for kind, (*_, t) in sheets.items()]
    where = "reports/figures" if synthetic else f"reports/local/{corpus}"
    print(f"sheets {corpus}: {', '.join(counts)}; in {where}")


if __name__ == "__main__":
    run()
