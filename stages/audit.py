"""Stage audit: does the paper hold up? The page, its numbers and its figures."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import json
from pathlib import Path

from fdan.audit.findings import find
from fdan.audit.page import to_json, to_page
from fdan.results.deviations import read_deviations
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run

REPORTS = Path("reports")


def main() -> None:
    """Write ``reports/audit.{md,json}`` and ``reports/figures/audit_*.png``."""
    found = find(list(load_params("sources", dict[str, str])), read_deviations())
    # Matplotlib takes a second to import: not before the page is made.
    from fdan.audit.figures import FIGURES
    from fdan.figures.style import PAGE_DPI, save

    for name, draw in FIGURES.items():
        with output(REPORTS / "figures" / f"{name}.png") as path:
            save(draw(found), path, PAGE_DPI)
    with output(REPORTS / "audit.json") as path:
        path.write_text(json.dumps(to_json(found), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with output(REPORTS / "audit.md") as path:
        path.write_text(to_page(found), encoding="utf-8")
    print(
        f"audit: {len(found.alpha.runs)} runs with gradients, {len(found.selection.runs)} with the test WAR by epoch, "
        f"{len(found.leak.rows)} comparisons of protocols, in reports/audit.md"
    )


if __name__ == "__main__":
    run()
