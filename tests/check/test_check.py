"""The check of a corpus, of several, and of what crashes on the way."""

import json
import os
import re
import subprocess
import sys

import pytest

from fdan.check.clips import ClipExam, Exam, SoundExam, examine
from fdan.check.findings import FINDINGS, FINE, UNUSABLE, tally
from fdan.check.report import as_json, as_text
from fdan.commands.check import judge
from fdan.commands.cli import main
from fdan.corpora.registry import CORPORA, Corpus
from fdan.data.emotions import Emotion
from fdan.data.manifest import Listing, Utterance
from fdan.media.problem import Problem, ProblemKind
from tests.check.examined import ROOT, SPLITS, corpus_of, write_corpus


def test_a_corpus_of_voices_misses_no_clips_and_its_own_findings_count():
    utterances = tuple(Utterance(f"u{i}", "S", Emotion.FEAR, "a.wav", "") for i in range(3))
    exams, corpus = [Exam(SoundExam("a.wav", seconds=1.0), None)] * 3, Corpus(CORPORA["savee"].read, {Emotion.FEAR: 3})
    checked = judge("c", Listing(utterances, ("no clips: the corpus has voices alone",)), exams, corpus, SPLITS)
    assert (checked.findings, checked.code) == ([], FINE)
    checked = judge("c", Listing(utterances, findings=("1 labelled 'contempt'",)), exams, corpus, SPLITS)
    assert checked.code == FINDINGS
    assert "the corpus itself: 1\n  1 labelled 'contempt'\n" in as_text([checked], [], 0)
    assert as_json([checked], [], 0, 1)["corpora"]["c"]["corpus"] == ["1 labelled 'contempt'"]


def test_a_corpus_of_voices_alone_is_one_fact_and_no_finding_of_each():
    """RAVDESS' speech without its clips: published with both, usable without."""
    utterances = tuple(Utterance(f"u{i}", "S", Emotion.ANGER, f"{i}.wav", "") for i in range(4))
    corpus = Corpus(CORPORA["ravdess"].read, {Emotion.ANGER: 4}, "RAVDESS")
    exams = [Exam(SoundExam(u.audio, seconds=1.0), None) for u in utterances]
    checked = judge("c", Listing(utterances), exams, corpus, SPLITS)
    assert (checked.findings, checked.code) == ([], FINE)
    mixed = (*utterances, Utterance("v", "S", Emotion.ANGER, "v.wav", "v.mp4"))
    some = judge("c", Listing(mixed), [*exams, Exam(exams[0].sound, ClipExam(face=True))], corpus, SPLITS)
    assert [f.detail for f in some.findings] == ["no clip"] * 4


def test_counts_stand_beside_the_published_ones():
    utterances = tuple(
        Utterance(f"{e}_{i}", "S", e, "a.wav", "a.avi") for e in (Emotion.ANGER, Emotion.FEAR) for i in "123"
    )
    broken = Problem(ProblemKind.BROKEN, "x")
    good = Exam(SoundExam("a.wav", seconds=1.0), ClipExam(face=True))
    bad = Exam(SoundExam("a.wav", broken), ClipExam())
    corpus = Corpus(CORPORA["savee"].read, {Emotion.ANGER: 3, Emotion.FEAR: 3})
    fine = judge("c", Listing(utterances), [good] * 6, corpus, SPLITS)
    assert fine.code == FINE
    assert judge("c", Listing(utterances[:5]), [good] * 5, corpus, SPLITS).code == FINDINGS  # one of six is not there
    assert (
        judge("c", Listing(utterances), [Exam(SoundExam("a", broken), ClipExam(broken))] * 6, corpus, SPLITS).code
        == UNUSABLE
    )
    checked = judge("c", Listing(utterances), [good, bad, good, good, good, good], corpus, SPLITS)
    assert checked.code == FINDINGS
    row = tally(checked, lambda u: u.emotion.value)["anger"]
    assert {k: v for k, v in row.items() if v} == {"found": 3, "sound": 2, "clip": 3, "broken": 1, "faceless": 1}
    found = as_json([checked], [], 0, 1)["corpora"]["c"]
    assert found["emotions"]["anger"]["published"] == 3
    assert found["counts"]["broken"] == found["counts"]["faceless"] == 1


def test_the_command_says_fine_findings_or_unusable(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    write_corpus(tmp_path / "good")
    assert main(["check", "csv", str(tmp_path / "good")]) == 0
    write_corpus(tmp_path / "bad", damage=True)
    capsys.readouterr()
    assert (
        main(
            ["check", "csv", str(tmp_path / "good"), "mine", str(tmp_path / "bad"), "--json", str(tmp_path / "r.json")]
        )
        == 1
    )
    text, said = capsys.readouterr()
    assert said.splitlines()[-1] == "csv, mine: usable; look at the findings above first (exit code 1)"
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["exit"] == 1
    mine = report["corpora"]["mine"]
    assert {k: n for k, n in mine["counts"].items() if n} == {"missing": 1, "broken": 1, "silent": 1}
    assert [(f["utterance"], f["kind"]) for f in mine["findings"]] == [
        ("gone", "missing"),
        ("u0", "broken"),
        ("u1", "silent"),
    ]
    assert mine["speakers"]["S0"]["broken"] == 1
    # u2 .. u5 stand in both corpora, and u2's sound under `twin` with another label too.
    duplicates = report["recordings there more than once"]
    assert [sorted((f["corpus"], f["utterance"]) for f in one["files"]) for one in duplicates] == [
        [("csv", "u2"), ("mine", "twin"), ("mine", "u2")],
        *[[("csv", f"u{i}"), ("mine", f"u{i}")] for i in (3, 4, 5)],
    ]
    assert [one["across"] for one in duplicates] == ["corpora"] * 4
    assert duplicates[0]["emotions"] == ["anger", "fear"]
    assert "u0: 0.wav: the file is empty" in text
    assert "recordings there more than once: 4; 0 of them across the paper's split, 4 across corpora" in text


def test_what_is_no_corpus_is_one_line_and_exit_code_2(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (tmp_path / "empty").mkdir()
    for name, folder, message in (
        ("savee", "empty", "no SAVEE file here"),
        ("savee", "nowhere", "no such folder"),
        ("mine", "empty", "no labelled recording here"),
    ):
        assert main(["check", name, str(tmp_path / folder)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert message in error
    monkeypatch.chdir(tmp_path)
    assert main(["check", "savee", str(tmp_path / "empty")]) == 2
    assert "params.yaml: no such file; run from the repository's root" in capsys.readouterr().err
    for wrong in (["savee"], ["savee", "a", "savee", "b"]):
        assert main(["check", *wrong]) == 2


@pytest.mark.slow
def test_the_damaged_real_people_corpora_are_counted_exactly(real_data, tmp_path):
    script = real_data.parent / "checks" / "make_real_corpora.py"
    if not script.is_file():
        pytest.skip(f"no {script}")
    made = subprocess.run(
        [sys.executable, script, tmp_path, "--per-emotion", "2", "--damage"], check=True, capture_output=True, text=True
    ).stdout
    sizes = {name: int(n) for name, n in re.findall(r"(savee|meld): (\d+) utterances", made)}
    command = [
        sys.executable,
        "-m",
        "fdan.commands.cli",
        "check",
        "savee",
        tmp_path / "savee",
        "meld",
        tmp_path / "meld",
    ]
    result = subprocess.run(
        [*command, "--json", tmp_path / "r.json"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert result.returncode == 1, result.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    named = {
        (name, f["utterance"], f["kind"])
        for name, corpus in report["corpora"].items()
        for f in corpus["findings"]
        if f["kind"] != "faceless"  # what the detector sees depends on the photographs
    }
    assert named == {
        ("savee", "DC_a01", "damaged"),
        ("savee", "JE_a02", "broken"),
        ("meld", "train_dia0_utt1", "broken"),
        ("meld", "train_dia0_utt3", "broken"),
        ("meld", "dev_dia0_utt2", "missing"),
    }
    assert [report["corpora"][name]["counts"]["broken"] for name in ("savee", "meld")] == [1, 2]
    assert report["recordings there more than once"] == []
    for name in ("savee", "meld"):
        assert report["corpora"][name]["utterances"] == sizes[name]
        assert report["corpora"][name]["counts"]["faceless"] <= 5


# What crashes (what hangs is tests/runtime/test_jobs.py's)


def crashing(task):
    if task[0].id == "u2":
        os._exit(3)
    return examine(task)


@pytest.mark.slow
def test_a_file_that_crashes_its_reader_costs_itself_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("fdan.commands.check.examine", crashing)
    assert main(["check", "mine", str(write_corpus(tmp_path / "mine")), "--json", str(tmp_path / "r.json")]) == 1
    report = json.loads((tmp_path / "r.json").read_text())
    assert [(f["utterance"], f["kind"], f["detail"]) for f in report["corpora"]["mine"]["findings"]] == [
        ("u2", "broken", "2.wav: the process that reads it ends with status 3")
    ]


def test_the_table_is_aligned_and_its_parts_stand_apart():
    checked = corpus_of("c", {f"u{i}": ("A" if i < 2 else "", Emotion.FEAR) for i in range(10)})
    lines = as_text([checked], [], 0).splitlines()
    assert lines[0] == "c: 10 utterances, 1 known speakers"
    head, fear, blank, unknown, ann = lines[1:6]
    assert head.split()[:4] == ["published", "found", "sound", "clip"]
    assert (fear.split()[:2], blank, unknown.split()[:2], ann.split()[:2]) == (
        ["fear", "10"], "", ["(unknown)", "8"], ["A", "2"],
    )  # fmt: skip
    assert len({line.index(n) + len(n) for line, n in ((head, "found"), (fear, "10"), (unknown, "8"), (ann, "2"))}) == 1
