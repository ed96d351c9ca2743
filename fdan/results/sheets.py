"""Every table of the stage `results`, by its name, with the notes that stand below all of them."""

from collections.abc import Sequence
from dataclasses import replace

from fdan.results.claims import claims_sheet
from fdan.results.deviations import FDAN_SECTIONS, Deviation, differing
from fdan.results.effects import Effect
from fdan.results.load_results import Evidence
from fdan.results.paper_sheets import to_sheet
from fdan.results.paper_tables import Table
from fdan.results.printing import Sheet
from fdan.results.protocols import corpora_sheet, protocols_sheet
from fdan.results.published import CORPORA
from fdan.results.uncertainty import uncertainty_sheet


def all_sheets(
    evidence: Evidence,
    claims: Sequence[Effect],
    tables: Sequence[Table],
    deviations: Sequence[Deviation],
    features: str,
    not_run: Sequence[str],
) -> dict[str, Sheet]:
    """Return Tables 1 to 4, claims, uncertainty, protocols, and, where the paper lacks a corpus, a table of it.

    Args:
        evidence: what was measured.
        claims: the primary contrasts.
        tables: the paper's.
        deviations: settings that differ from the paper; below each table stand those that decide its rows.
        features: a note on the features and the source faces, below every table.
        not_run: a line on each protocol that a corpus cannot have.
    """
    sheets = {f"table{table.number}": to_sheet(table) for table in tables}
    sheets["claims"] = claims_sheet(claims, evidence.facts)
    diverged = list(evidence.diverged_notes.values())
    sheets["uncertainty"] = uncertainty_sheet(evidence.compared, evidence.facts, evidence.chosen, diverged)
    sheets["protocols"] = protocols_sheet(evidence, not_run)
    if others := [corpus for corpus in evidence.targets if corpus not in CORPORA]:
        sheets["corpora"] = corpora_sheet(evidence, others)
    sections = dict.fromkeys(("table3", "table4"), FDAN_SECTIONS)
    return {
        name: replace(sheet, notes=(*sheet.notes, features, differing(deviations, sections.get(name))))
        for name, sheet in sheets.items()
    }
