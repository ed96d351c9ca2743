"""Any set of inputs: whatever one of them is, every other has its row."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tones import rows, tone, wav

from fdan.commands.cli import main
from fdan.errors import UnusableError
from fdan.prediction import asked, explain
from fdan.prediction.inputs import inputs_of
from fdan.runtime.worker import Failure


def _text(place):
    place.write_text("no sound")


def _long(place):
    return place.with_name(f"{'x' * 300}.wav")


def _not_a_number(place):
    wav(place, tone(200, 1.0))
    data = bytearray(place.read_bytes())
    data[20:22], data[32:36] = b"\x03\x00", b"\x04\x00\x20\x00"  # 32-bit floats
    data[28:32] = (64000).to_bytes(4, "little")
    data[44:] = np.full(8000, np.nan, "<f4").tobytes()
    place.write_bytes(data)


HOSTILE = {
    "missing": lambda place: None,
    "empty": lambda place: place.touch(),
    "text": _text,
    "a name that is too long": _long,
    "a folder": lambda place: place.mkdir(),
    "a pipe": os.mkfifo,
    "a link to itself": lambda place: place.symlink_to(place.name),
    "not a number": _not_a_number,
    "another suffix": lambda place: place.with_suffix(".txt"),
    "a header alone": lambda place: wav(place, np.zeros(0)),
    "2 GHz": lambda place: wav(place, tone(200, 0.1), 2_000_000_000),
    "killed": lambda place: wav(place, tone(200, 1.0)),
}
"""Name -> a function that puts it at a place, and returns another place where it is elsewhere."""

NAMES = {
    "no UTF-8": b"\xff\xfe\xe9.wav",
    "a line's end": b"a\nb.wav",
    "long": b"y" * 248 + b".wav",
    "a dash": b"-3nNcZdcdvU.wav",
    "another script": "怒り.wav".encode(),
    "a formula": b"=1+1.wav",
}


@pytest.fixture
def mortal(monkeypatch):
    """What is heard, in this process; what is called killed ends as its process would."""

    def run_sandboxed(function, items, title, parallel, **_):
        for item in items:
            yield Failure("is ended by SIGKILL") if "killed" in item[0] else function(item)

    monkeypatch.setattr(asked, "run_sandboxed", run_sandboxed)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_other_recording_has_its_row(project, mortal, tmp_path_factory, capsys, data):
    folder = tmp_path_factory.mktemp("inputs")
    files, good = [], []
    for kind in data.draw(st.lists(st.sampled_from(sorted([*HOSTILE, *NAMES])), min_size=1, max_size=4, unique=True)):
        place = Path(os.fsdecode(os.fsencode(folder) + b"/" + NAMES.get(kind, kind.encode() + b".wav")))
        if kind in HOSTILE:
            files.append(HOSTILE[kind](place) or place)
            good.append(False)
        else:
            place.write_bytes(Path("raw/u06.wav").read_bytes())
            files.append(place)
            good.append(True)
    shape = data.draw(st.sampled_from(["stdout", ".csv", ".json"]))
    folders = sum(map(os.path.isdir, files))
    arguments = [] if shape == "stdout" else ["--outfile", str(folder / f"out{shape}")]
    capsys.readouterr()
    code = main(["predict", *arguments, "--", *map(str, files), "raw/u00.wav"])
    text = capsys.readouterr().out if shape == "stdout" else (folder / f"out{shape}").read_text(encoding="utf-8")
    found = json.loads(text) if shape == ".json" else rows(text)
    if folders:
        good.pop(next(at for at, file in enumerate(files) if os.path.isdir(file)))
    assert [row["status"] == "ok" for row in found] == [*good, True]
    assert code == int(not all(good))
    assert not list(folder.glob("*.partial.jsonl"))


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_picture_has_a_name_that_a_file_can_have(project, mortal, tmp_path, name):
    place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    place.write_bytes(Path("raw/u06.wav").read_bytes())
    assert main(["predict", "--explain", str(tmp_path / "out"), "--", str(place)]) == 0
    assert len(list((tmp_path / "out").glob("001_*.png"))) == 1


def test_a_picture_that_fails_in_any_way_costs_a_warning(project, mortal, tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise ZeroDivisionError("of a library")

    monkeypatch.setattr(explain, "_figure", fail)
    assert main(["predict", "raw/u06.wav", "--explain", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    assert "raw/u06.wav: no picture (unforeseen ZeroDivisionError (of a library); its trace is in " in said.err
    assert [row["status"] for row in rows(said.out)] == ["ok"]


def test_a_name_that_is_no_utf_8_is_written_with_its_bytes(project, mortal, tmp_path, capsys):
    place = os.fsencode(tmp_path) + b"/caf\xe9.wav"
    Path(os.fsdecode(place)).write_bytes(Path("raw/u06.wav").read_bytes())
    assert main(["predict", os.fsdecode(place), "raw/u00.wav"]) == 0
    assert [row["file"] for row in rows(capsys.readouterr().out)] == [f"{tmp_path}/caf\\xe9.wav", "raw/u00.wav"]


def test_what_a_folder_holds_and_is_passed_over_is_named(tmp_path, monkeypatch, capsys):
    for name in ("a.wav", "in/b.wav", "closed/c.wav", "also/d.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "linked").symlink_to("in")
    (tmp_path / "lost.wav").symlink_to("nothing.wav")
    scan = os.scandir

    def refuse(path):
        if Path(path).name in ("closed", "also"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root may read everything
    assert [one.path for one in inputs_of([tmp_path], None)] == [tmp_path / "a.wav", tmp_path / "in/b.wav"]
    assert capsys.readouterr().err.splitlines() == [
        f"  {tmp_path}: 2 folders that cannot be opened: {tmp_path}/also, {tmp_path}/closed",
        f"  {tmp_path}: 1 linked folders, which are not entered; name them to have them read: {tmp_path}/linked",
        f"  {tmp_path}: 1 links to nothing, pipes or devices, which are not read: {tmp_path}/lost.wav",
    ]
    with pytest.raises(UnusableError, match="no recording"):
        inputs_of([tmp_path / "closed"], None)


def test_a_folder_where_somebody_else_s_params_lie_changes_nothing(exported, tmp_path, monkeypatch, mortal, capsys):
    """An exported model needs nothing of the current folder: not its params, data or faces."""
    wav(tmp_path / "a.wav", tone(200, 1.0))
    (tmp_path / "params.yaml").write_text("theirs: true\n")
    monkeypatch.chdir(tmp_path)
    assert main(["predict", "a.wav", "--model", str(exported), "--explain", "out"]) == 0
    assert [row["status"] for row in rows(capsys.readouterr().out)] == ["ok"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "out", "params.yaml"]
