"""Stage sheets: contact sheets of one corpus' face crops and Mel images; those of real people stay on this machine."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse

from fdan.data.manifest import read_manifest
from fdan.figures.contact_sheets import write_sheets
from fdan.runtime.process import run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``reports/figures/{faces,mels}_<corpus>.png`` and ``reports/local/<corpus>/``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus, project = parser.parse_args().corpus, Project()
    synthetic = read_manifest(project.manifest(corpus)).synthetic
    written = write_sheets(corpus, synthetic, project.faces(corpus), project.mels(corpus), project.reports)
    print(f"sheets {corpus}: {written}")


if __name__ == "__main__":
    run()
