"""Verdicts and replication statements follow the findings: each is turned by turning its number."""

from dataclasses import replace

import pytest

from fdan.audit import paper, quoted, runs, verdicts
from fdan.audit.findings import Findings
from fdan.audit.paper_effects import Label, Replication
from fdan.audit.replication import Status, paragraph, statements
from fdan.audit.verdicts import Outcome, of_the_paper
from fdan.results.comparisons import Comparison
from fdan.results.effects import Effect, Size, verdict
from fdan.results.printing import number

SAVEE, MELD = (60, 60, 60, 60, 120, 60, 60), (1607, 361, 358, 2308, 6436, 1002, 1636)


@pytest.fixture(scope="module")
def nothing() -> Findings:
    """What is known of the paper, and no run."""
    checked = paper.arithmetic(SAVEE, MELD)
    return Findings(
        ("savee", "meld"),
        (),
        (),
        (),
        (),
        (),
        (),
        checked,
        paper.intervals({"savee": checked.savee.size, "meld": checked.meld.size}),
        quoted.outside(),
        (),
        runs.Uncertainty((), ()),
        runs.Alpha((), (), (), {}, (), ()),
        runs.Selection((), (), (), ()),
        runs.Leak((), ()),
        runs.Released((), ()),
        quoted.quoted({}, {}),
    )


def record(corpus: str, group: str, row: str, war: float, lead: float | None, half: float = 5) -> Comparison:
    """A comparison with these numbers, whose lead is known to 2 points."""
    war, lead = float(war), None if lead is None else float(lead)
    ends = (None, None) if lead is None else (lead - 2, lead + 2)
    scores = (1, 96, war, None, war - half, war + half, "utterances", 1, "seed", lead, lead)
    return Comparison(corpus, "", group, row, *scores, *ends, *[None] * 6, "", 0)


def with_rows(found: Findings, *rows: Comparison) -> Findings:
    return replace(found, uncertainty=runs.Uncertainty((), rows))


def outcomes(found: list[verdicts.Verdict]) -> list[Outcome]:
    return [verdict.outcome for verdict in found]


def test_savee_s_numbers_do_not_fit_and_would_if_they_were_possible(nothing: Findings) -> None:
    assert outcomes(verdicts.savee_arithmetic(nothing)) == [Outcome.FAILS]
    assert outcomes(verdicts.meld_arithmetic(nothing)) == [Outcome.HOLDS]
    fine = tuple(
        replace(row, war=replace(row.war, possible=True), uar=replace(row.uar, possible=True))
        for row in nothing.arithmetic.savee.rows
    )
    other = replace(nothing.arithmetic, savee=replace(nothing.arithmetic.savee, rows=fine))
    assert outcomes(verdicts.savee_arithmetic(replace(nothing, arithmetic=other))) == [Outcome.HOLDS]


def test_a_gap_between_war_and_uar_below_all_others_is_a_question(nothing: Findings) -> None:
    assert outcomes(verdicts.meld_gap(nothing)) == [Outcome.OPEN]
    usual = replace(nothing.arithmetic.gaps, own=nothing.arithmetic.gaps.elsewhere)
    assert verdicts.meld_gap(replace(nothing, arithmetic=replace(nothing.arithmetic, gaps=usual))) == []


def test_what_the_paper_says_of_map_and_of_the_quoted_rows(nothing: Findings) -> None:
    assert outcomes(verdicts.map_claim(nothing)) == [Outcome.FAILS]
    assert outcomes(verdicts.quoted_alike(nothing)) == [Outcome.FAILS]
    right = replace(nothing, quoted=replace(nothing.quoted, says="uar"))
    assert outcomes(verdicts.map_claim(right)) == [Outcome.HOLDS]
    unknown = tuple(replace(row, like_for_like="not known") for row in nothing.quoted.rows)
    assert outcomes(verdicts.quoted_alike(replace(nothing, quoted=replace(nothing.quoted, rows=unknown)))) == [
        Outcome.OPEN
    ]


def test_a_published_lead_must_exceed_the_error_of_both_numbers(nothing: Findings) -> None:
    found = verdicts.published_leads(nothing)
    assert outcomes(found) == [Outcome.HOLDS, Outcome.OPEN, Outcome.OPEN, Outcome.HOLDS, Outcome.OPEN, Outcome.OPEN]
    assert found[1].sentence == (
        "SAVEE: FDAN beats INCA, GM-TCNet, TF-Mix, FDAN1 and FDAN2. FDAN minus the row, as published, is +5.03, +1.87, "
        "+0.43, +3.33, +7.03, which is within the error of both numbers at the paper's test size"
    )
    assert "that row minus FDAN is +0.84, which is within the error" in found[2].sentence
    # TRIN's 79.60 lies outside of FDAN's own interval [79.7, 82.6], but within the error of both.
    assert found[4].sentence.startswith("MELD: FDAN beats TRIN. FDAN minus the row, as published, is +1.56, which")


@pytest.mark.parametrize(
    ("war", "half", "outcome", "sentence"),
    [
        (
            -9.0,
            5.0,
            Outcome.FAILS,
            "FDAN minus FDAN2 (paper) is −9.00 [−14.0, −4.0] WAR, published +7.03: reversed (p = 0.500",
        ),
        (
            -1.9,
            14.5,
            Outcome.OPEN,
            "FDAN minus FDAN2 (paper) is −1.90 [−16.4, +12.6] WAR, published +7.03: inconclusive (p =",
        ),
        (
            0.0,
            1.0,
            Outcome.FAILS,
            "FDAN minus FDAN2 (paper) is +0.00 [−1.0, +1.0] WAR, published +7.03: negligible (p = 0.500",
        ),
        (
            1.0,
            4.0,
            Outcome.FAILS,
            "FDAN minus FDAN2 (paper) is +1.00 [−3.0, +5.0] WAR, published +7.03: smaller than published",
        ),
        (
            6.0,
            4.0,
            Outcome.HOLDS,
            "FDAN minus FDAN2 (paper) is +6.00 [+2.0, +10.0] WAR, published +7.03: as published (p =",
        ),
        (
            20.0,
            4.0,
            Outcome.HOLDS,
            "FDAN minus FDAN2 (paper) is +20.00 [+16.0, +24.0] WAR, published +7.03: larger than publ",
        ),
    ],
)
def test_the_sentence_of_a_claim(nothing: Findings, war: float, half: float, outcome: Outcome, sentence: str) -> None:
    size = verdict(war - half, war + half, 7.03, 2.0)
    measured = (3, 96, "utterances", war, war - half, war + half, 0.25, 0.5, 9.1, "", size)
    effect = Effect("LMMD helps", "savee", "fdan", "fdan2", "paper", 7.03, 2.0, 2, *measured)
    (found,) = verdicts.claims(replace(nothing, claims=(effect,)), "savee")
    assert found.outcome is outcome
    assert found.sentence.startswith(f"SAVEE, LMMD helps: {sentence}")
    assert found.sentence.endswith("after Holm; minimum detectable effect 9.1)")
    # On synthetic clips nothing but what was compared.
    (found,) = verdicts.claims(replace(nothing, claims=(replace(effect, verdict=None),)), "savee")
    assert (found.outcome, found.sentence) == (
        Outcome.MEASURED,
        f"SAVEE: {sentence.partition(' WAR')[0]} WAR on synthetic clips",
    )
    missing = Effect("LMMD helps", "savee", "fdan", "fdan2", "", 7.03, 2.0, 2, missing="undertrained")
    (found,) = verdicts.claims(replace(nothing, claims=(missing,)), "savee")
    assert (found.outcome, found.sentence) == (
        Outcome.MEASURED,
        "SAVEE: FDAN minus FDAN2 was not measured (undertrained)",
    )


def test_other_leads_are_described_and_not_judged(nothing: Findings) -> None:
    found = with_rows(
        nothing,
        record("savee", "paper", "fdan", 80, None),
        record("savee", "paper", "fdan1", 70, 10),
        record("savee", "paper", "fdan2", 85, -5),
        record("savee", "cnn", "vgg16", 79, 0),
        record("savee", "tuned", "fdan", 79, 1),
    )
    assert [(v.outcome, v.sentence) for v in verdicts.our_leads(found, "savee")] == [
        (
            Outcome.MEASURED,
            "SAVEE, exploratory: the interval of FDAN minus the row lies above 0 for FDAN1, and lies below 0 for "
            "FDAN2, and includes 0 for VGG-16",
        )
    ]
    assert verdicts.our_leads(found, "meld") == [
        verdicts.Verdict(Outcome.MEASURED, "MELD: FDAN was compared with no row of the paper", 2)
    ]


def test_undertrained_rows_are_not_ranked(nothing: Findings) -> None:
    rows = record("savee", "cnn", "vgg16", 20, 60), record("savee", "paper", "fdan1", 70, 10)
    found = replace(with_rows(nothing, *rows), undertrained=(rows[0].run,))
    (verdict_,) = verdicts.our_leads(found, "savee")
    assert verdict_.sentence == (
        "SAVEE, exploratory: the interval of FDAN minus the row lies above 0 for FDAN1; VGG-16 is undertrained, so not "
        "ranked"
    )
    found = replace(with_rows(nothing, rows[0]), undertrained=(rows[0].run,))
    assert verdicts.our_leads(found, "savee")[0].sentence == (
        "SAVEE, exploratory: VGG-16 is undertrained, so not ranked"
    )


def test_shares_epochs_and_released_rows_are_descriptions(nothing: Findings) -> None:
    """Whatever their numbers: no claim of the paper holds or fails by them."""
    share = runs.Summary("paper", "savee", "fdan", 3, 5.0, 4.0, 6.0, 0.001)
    found = replace(nothing, alpha=replace(nothing.alpha, summary=(share,)))
    (verdict_,) = verdicts.lmmd_share(found, "savee")
    assert verdict_.sentence == "SAVEE: at alpha = 0.001 the LMMD is 5 % of FDAN's gradient"
    assert verdict_.outcome is Outcome.MEASURED
    for gain, every, said in ((0.0, (1,), "+0.00"), (2.0, (1,), "+2.00"), (2.0, (15,), "at least +2.00")):
        summary = (runs.Summary("paper", "savee", "fdan", 1, gain, gain, gain),)
        found = replace(nothing, selection=replace(nothing.selection, every=every, summary=summary))
        (verdict_,) = verdicts.last_epoch(found, "savee")
        assert verdict_.outcome is Outcome.MEASURED
        assert f"would add {said} WAR, a bias that is never below 0" in verdict_.sentence
    for lead, said in ((-9, "−9.00 [−11.0, −7.0]"), (0, "+0.00 [−2.0, +2.0]"), (9, "+9.00 [+7.0, +11.0]")):
        rows = (
            (record("savee", "paper", "fdan", 80, None), None, None),
            (record("savee", "released", "x", 50, lead), 3.0, 53.0),
        )
        found = replace(nothing, released=runs.Released((), rows))
        (verdict_,) = verdicts.as_released(found, "savee")
        assert verdict_.outcome is Outcome.MEASURED
        assert f" is {said} WAR at that row's last epoch, and " in verdict_.sentence
        assert verdict_.sentence.endswith(f"{number(lead - 3.0, '+')} at its best test epoch")


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [(7, 11, Outcome.FAILS), (-1, 3, Outcome.OPEN), (-9, -5, Outcome.HOLDS), (0.5, 1.5, Outcome.HOLDS)],
)
def test_an_advantage_is_nothing_below_the_margin(nothing: Findings, low: float, high: float, outcome: Outcome) -> None:
    whole, other = record("savee", "paper", "fdan", 80, None), record("savee", "x", "fdan", 70, None)
    rows = tuple(
        runs.Protocol("savee", name, "fdan", whole, other, (low + high) / 2, float(low), float(high))
        for name in ("disjoint", "speaker")
    )
    effect = Effect("LMMD helps", "savee", "fdan", "fdan2", "", 7.03, 2.0, 1)
    found = replace(nothing, claims=(effect,), leak=replace(nothing.leak, rows=rows))
    judged = verdicts.no_leak(found, "savee")
    assert outcomes(judged) == [outcome, outcome]
    assert judged[0].sentence.startswith("SAVEE: the faces of test utterances in training add nothing. FDAN with")
    assert judged[1].sentence.startswith("SAVEE: FDAN recognises unseen speakers as well. FDAN on the paper's split")


def labelled(found: Findings, *labels: Label) -> Findings:
    """Findings whose tables have one effect for each label."""
    effects = (Replication(t, "savee", "x", "rotated", 7.03, 5.0, label) for t in (1, 2, 3, 4) for label in labels)
    return replace(found, replications=tuple(effects))


@pytest.mark.parametrize(
    ("labels", "status"),
    [
        ((Label.REPLICATED, Label.REPLICATED), Status.YES),
        ((Label.REPLICATED, Label.NOT_REPLICATED), Status.PARTLY),
        ((Label.REPLICATED, Label.NOT_RUN), Status.PARTLY),
        ((Label.REPLICATED, Label.TOO_SMALL), Status.PARTLY),
        ((Label.NOT_REPLICATED, Label.TOO_SMALL), Status.NO),
        ((Label.TOO_SMALL, Label.NOT_RUN), Status.UNTESTED),
        ((Label.UNDERTRAINED, Label.SYNTHETIC), Status.UNTESTED),
    ],
)
def test_a_table_is_replicated_partly_or_not(nothing: Findings, labels: tuple[Label, ...], status: Status) -> None:
    found = statements(labelled(nothing, *labels))
    assert [s.status for s in found] == [status] * 4
    counts = ", ".join(f"{labels.count(label)} {label}" for label in Label if label in labels)
    assert found[0].reason == f"of 2 effects {counts}; measured on: rotated"


def test_the_answer_is_short_and_says_how_many_effects_have_which_verdict(nothing: Findings) -> None:
    effect = Effect("LMMD helps", "savee", "fdan", "fdan2", "", 7.03, 2.0, 2)
    small = replace(effect, verdict=Size.SMALLER)
    found = replace(labelled(nothing, Label.REPLICATED), claims=(small, small, effect))
    said = paragraph(found)
    assert "Of its 4 tables: Tables 1, 2, 3 and 4 replicated." in said
    assert "Of 3 primary effects: 2 smaller than published, 1 not run." in said
    assert f"Of {len(of_the_paper(found))} verdicts on the paper's own text and tables" in said
    assert len(said.split()) <= 120


def test_synthetic_clips_test_nothing(nothing: Findings) -> None:
    demo = replace(labelled(nothing, Label.REPLICATED), synthetic=("SAVEE", "MELD"))
    assert [s.status for s in statements(demo)] == [Status.UNTESTED] * 4
    said = paragraph(demo)
    assert "None of its 4 tables could be tested here, because only synthetic clips were at hand." in said
    assert "primary effects" not in said


def test_the_paper_s_fdan_is_far_above_the_best_foundation_model_on_meld(nothing: Findings) -> None:
    savee, meld = nothing.outside
    assert (meld.war_above, meld.uar_above) == pytest.approx((81.16 - 51.89, 75.91 - 31.54))
    assert savee.war_above == pytest.approx(86.66 - 78.59)
