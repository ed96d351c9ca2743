"""Stage report: one page that shows everything, in one file that needs no network, no server and no other file."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

from fdan.report.page import read_contents, to_page
from fdan.report.provenance_section import how_made
from fdan.results.corpus_summary import CorpusFacts
from fdan.results.deviations import read_deviations
from fdan.results.load_results import find_undertrained, load_splits
from fdan.results.runs import find_runs, read_trained
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``reports/index.html``."""
    project = Project()
    corpora = list(load_params("raw", dict[str, str]))
    targets = load_params("sources", dict[str, str])
    splits = load_splits(project, list(targets))
    synthetic = {corpus: split.synthetic for corpus, split in splits.items()}
    facts = {corpus: CorpusFacts.of(corpus, split) for corpus, split in splits.items()}
    undertrained = find_undertrained(read_trained(find_runs(project.predictions(), list(splits))), facts)
    provenance = how_made(project, read_deviations(project), corpora)
    page = to_page(read_contents(project, synthetic, corpora, provenance, undertrained)).encode()
    with output(project.reports / "index.html") as path:
        path.write_bytes(page)
    print(f"report: {len(page) / 1e6:.1f} MB, reports/index.html")


if __name__ == "__main__":
    run()
