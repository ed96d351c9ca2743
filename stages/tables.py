"""Stage tables: Tables 1 to 4 beside the paper's, and reports/metrics.json."""

import json
from pathlib import Path

from fdan.baselines.params import NETWORKS, BaselineParams
from fdan.data.splits import TEST, TRAIN, Split, read_split, refuse_mix
from fdan.metrics import Scores, read_predictions, score
from fdan.params import load_params
from fdan.published import PUBLISHED
from fdan.tables import CorpusFacts, make_metrics, make_tables, to_csv, to_latex, to_markdown
from stages.process import output, run

PREDICTIONS = Path("reports/predictions")
CORPORA = tuple(dict.fromkeys(row.corpus for row in PUBLISHED))


def main() -> None:
    """Write ``reports/tables/table{1..4}.{md,csv,tex}`` and ``reports/metrics.json``."""
    params = load_params("baselines", BaselineParams)
    splits = {corpus: read_split(Path(f"data/splits/{corpus}.csv")) for corpus in CORPORA}
    refuse_mix(splits.items())
    results: dict[tuple[str, str], list[Scores]] = {}
    for corpus in CORPORA:
        folders = {path.name: path for path in sorted((PREDICTIONS / corpus).glob("*"))}
        folders |= {network: PREDICTIONS / "baselines" / corpus / network for network in NETWORKS}
        folders |= {"multi": PREDICTIONS / "multi" / corpus / "fdan"}
        results |= {(corpus, name): scores(folder) for name, folder in folders.items()}
    note = (
        f"CNN rows: {params.weights} initial weights, {params.epochs} epochs at {params.size} x {params.size} pixels, "
        f"{len(params.seeds)} seed{'s' * (len(params.seeds) > 1)}"
    )
    if params.weights == "random":
        note += (
            f"; a network that starts untrained and stops after {params.epochs} epochs checks the path, it is no rival"
        )
    tables = make_tables(results, {c: facts(c, s) for c, s in splits.items()}, dict.fromkeys(CORPORA, note))
    with output(Path("reports/tables")) as folder:
        folder.mkdir()
        for table in tables:
            for suffix, render in (("md", to_markdown), ("csv", to_csv), ("tex", to_latex)):
                (folder / f"table{table.number}.{suffix}").write_text(render(table), encoding="utf-8")
    metrics = make_metrics(tables)
    with output(Path("reports/metrics.json")) as path:
        path.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    print(f"tables: {sum(map(len, results.values()))} runs in reports/tables and reports/metrics.json")


def scores(folder: Path) -> list[Scores]:
    """The scores of every seed of one run."""
    return [score(read_predictions(path)) for path in sorted(folder.glob("seed-*.csv"))]


def facts(corpus: str, split: Split) -> CorpusFacts:
    """What a caption says of a corpus."""
    parts = (split.acoustic(TRAIN), split.acoustic(TEST))
    return CorpusFacts(corpus.upper(), split.synthetic, len(split.parts), len(parts[0]), len(parts[1]))


if __name__ == "__main__":
    run()
