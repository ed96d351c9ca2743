"""A batch that is ended on its way keeps its answers, and a second run goes on from there."""

import json
import os
import shutil
import signal

import pytest
from tones import rows

from fdan.commands.cli import main
from fdan.prediction import asked

FILES = [f"raw/u{i:02}.wav" for i in range(4)]


@pytest.fixture
def heard(monkeypatch):
    """What is heard, in this process; ``heard.ends`` ends the batch before one recording."""

    class Heard(list):
        ends = None

    found = Heard()

    def run_sandboxed(function, items, title, parallel, **_):
        for item in items:
            if found.ends and item[0].endswith(found.ends[0]):
                found.ends[1]()
            found.append(os.path.basename(item[0]))
            yield function(item)

    monkeypatch.setattr(asked, "run_sandboxed", run_sandboxed)
    return found


def interrupt():
    raise KeyboardInterrupt


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


def ask(place, *more, files=FILES):
    try:
        return main(["predict", *files, "--outfile", str(place), *more])
    except SystemExit as ended:
        return ended.code


@pytest.mark.parametrize(("how", "code"), [(interrupt, 130), (terminate, 143)])
@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_a_second_run_goes_on_and_gives_what_one_would_have_given(project, tmp_path, heard, capsys, how, code, suffix):
    before = signal.getsignal(signal.SIGTERM)
    assert ask(tmp_path / f"whole{suffix}") == 0
    place, partial = tmp_path / f"a{suffix}", tmp_path / f"a{suffix}.partial.jsonl"
    heard.clear()
    heard.ends = "u02.wav", how
    assert ask(place) == code
    said = f"  2 recordings are answered in {partial}; the same command with --resume goes on from there\n"
    assert capsys.readouterr().err.endswith(said)
    assert signal.getsignal(signal.SIGTERM) == before
    assert not place.exists()
    assert [json.loads(line).get("file") for line in partial.read_text().splitlines()] == [None, *FILES[:2]]
    heard.ends = None
    assert ask(place) == 2
    assert f"{partial}: answers of a run that did not end; add --resume" in capsys.readouterr().err
    assert ask(place, "--resume") == 0
    assert heard == ["u00.wav", "u01.wav", "u02.wav", "u03.wav"]
    assert "2 of 4 recordings are answered already" in capsys.readouterr().err
    assert place.read_bytes() == (tmp_path / f"whole{suffix}").read_bytes()
    assert not partial.exists()


def half(tmp_path, heard, *more):
    heard.ends = "u02.wav", interrupt
    assert ask(tmp_path / "a.csv", *more) == 130
    heard.clear()
    heard.ends = None
    return tmp_path / "a.csv.partial.jsonl"


def test_what_was_killed_within_a_line_costs_that_line(project, tmp_path, heard):
    partial = half(tmp_path, heard)
    text = partial.read_bytes()
    partial.write_bytes(text[:-30])
    assert ask(tmp_path / "a.csv", "--resume") == 0
    assert heard == ["u01.wav", "u02.wav", "u03.wav"]
    assert [row["file"] for row in rows((tmp_path / "a.csv").read_text())] == FILES


def test_what_changed_or_failed_meanwhile_is_answered_anew(project, tmp_path, heard):
    clips = shutil.copytree("raw", tmp_path / "clips")
    files = [str(clips / name) for name in ("none.wav", "u00.wav", "u01.wav", "u02.wav")]
    heard.ends = "u02.wav", interrupt
    assert ask(tmp_path / "a.csv", files=files) == 130
    heard.clear()
    heard.ends = None
    shutil.copy(clips / "u05.wav", clips / "u01.wav")
    shutil.copy(clips / "u04.wav", clips / "none.wav")
    assert ask(tmp_path / "a.csv", "--resume", "--min-confidence", "1", files=files) == 0
    assert heard == ["none.wav", "u01.wav", "u02.wav"]
    assert {row["status"] for row in rows((tmp_path / "a.csv").read_text())} == {"unsure"}


@pytest.mark.parametrize("change", ["segments", "model"])
def test_answers_of_another_model_or_segments_are_refused_in_one_line(project, tmp_path, heard, capsys, change):
    partial = half(tmp_path, heard)
    before = partial.read_bytes()
    if change == "model":
        first, *others = before.decode().splitlines(keepends=True)
        before = "".join([json.dumps(json.loads(first) | {"model": "0" * 64}) + "\n", *others]).encode()
        partial.write_bytes(before)
    more = ["--segments", "0.5"] if change == "segments" else []
    capsys.readouterr()
    assert ask(tmp_path / "a.csv", "--resume", *more) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert f"{partial}: of another run: {change} is " in said
    assert "to begin anew" in said
    assert partial.read_bytes() == before
    assert ask(tmp_path / "a.csv", "--overwrite", *more) == 0
    assert not partial.exists()


@pytest.mark.parametrize("allow", [[], ["--resume"]])
def test_what_was_killed_before_its_first_line_is_begun_anew(project, tmp_path, heard, allow):
    (tmp_path / "a.csv.partial.jsonl").touch()
    assert ask(tmp_path / "a.csv", *allow) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("allow", [[], ["--resume"], ["--overwrite"]])
def test_a_file_of_that_name_which_is_something_else_is_kept(project, tmp_path, heard, capsys, allow):
    (tmp_path / "a.csv.partial.jsonl").write_text('{"mine": 1}\n')
    assert ask(tmp_path / "a.csv", *allow) == 2
    assert "a.csv.partial.jsonl: is needed for the answers so far, and is something else" in capsys.readouterr().err
    assert (tmp_path / "a.csv.partial.jsonl").read_text() == '{"mine": 1}\n'


def test_two_that_write_to_one_place_are_kept_apart(project, tmp_path, heard, capsys):
    codes = []

    def meanwhile():
        heard.ends = None
        codes.append(ask(tmp_path / "a.csv", "--resume"))

    heard.ends = "u01.wav", meanwhile
    assert ask(tmp_path / "a.csv") == 0
    assert codes == [1]
    assert "another process writes there" in capsys.readouterr().err


def test_a_name_as_long_as_a_name_can_be(project, tmp_path, heard):
    place = tmp_path / f"{'é' * 125}.csv"
    heard.ends = "u02.wav", interrupt
    assert ask(place) == 130
    heard.ends = None
    assert ask(place, "--resume") == 0
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


def test_resume_wants_an_outfile(project, capsys):
    assert main(["predict", "raw/u00.wav", "--resume"]) == 2
    assert "--resume: goes on with an --outfile that was not finished, and none is named" in capsys.readouterr().err


def test_a_recording_that_is_known_is_not_heard_again(project, tmp_path, monkeypatch, capsys):
    """By its content: a copy elsewhere is known, in this project and with this way of hearing."""
    from fdan.prediction.entries import cache_of, hear_entry, key_by_content, to_entry, to_heard
    from fdan.prediction.recogniser import load_run, trained_run
    from fdan.prediction.voice import hear
    from fdan.runtime.project import Project

    voice = load_run(Project(), trained_run(Project(), None)).voice
    copy = shutil.copy("raw/u01.wav", tmp_path / "copy.wav")
    key = key_by_content(cache_of(voice), None, 1.6)
    everything = (0.0, float("inf"))
    assert key((str(copy), everything)) == key(("raw/u01.wav", everything)) != key(("raw/u02.wav", everything))
    assert key(("raw/u01.wav", (0.0, 0.5))) != key(("raw/u01.wav", everything))
    assert key(("raw", everything)) is None
    found, again = hear("raw/u01.wav", voice), to_heard(hear_entry(("raw/u01.wav", everything), voice, None, 1.6))
    assert to_entry(again) == to_entry(found)
    assert (again.pieces[0].features == found.pieces[0].features).all()
