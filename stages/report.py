"""Stage report: one page that shows everything, in one file that needs no network, no server and no other file."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

from pathlib import Path

from fdan.data.splits import read_splits
from fdan.report.made import how_made
from fdan.report.page import read_contents, to_page
from fdan.runtime.params import load_params, read_document
from fdan.runtime.process import output, run

PAPER_FILE = Path("params.paper.yaml")


def main() -> None:
    """Write ``reports/index.html``."""
    corpora = list(load_params("raw", dict[str, str]))
    targets = load_params("sources", dict[str, str])
    paper = read_document(PAPER_FILE)
    here = {section: load_params(section, object) for section in paper}
    synthetic = {corpus: split.synthetic for corpus, split in read_splits(list(targets), missing_ok=True).items()}
    contents = read_contents(synthetic, corpora, how_made(here, paper, corpora))
    page = to_page(contents).encode()
    with output(Path("reports/index.html")) as path:
        path.write_bytes(page)
    print(f"report: {len(page) / 1e6:.1f} MB, reports/index.html")


if __name__ == "__main__":
    run()
