"""Stage sheets: contact sheets of one corpus' face crops and Mel images; those of real people stay on this machine."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from pathlib import Path

from fdan.data.manifest import read_manifest
from fdan.figures.contact_sheets import write_sheets
from fdan.runtime.process import run


def main() -> None:
    """Write ``reports/figures/{faces,mels}_<corpus>.png`` and ``reports/local/<corpus>/``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    synthetic = read_manifest(Path(f"data/manifests/{corpus}.csv")).synthetic
    written = write_sheets(
        corpus, synthetic, Path(f"data/faces/{corpus}"), Path(f"data/mels/{corpus}"), Path("reports")
    )
    print(f"sheets {corpus}: {written}")


if __name__ == "__main__":
    run()
