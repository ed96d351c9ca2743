import json
import re
import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from tones import rows, tone, wav

from fdan.commands.cli import main
from fdan.data.features import read_features
from fdan.errors import UnusableError
from fdan.media.sound import read_sound
from fdan.metrics.predictions import read_predictions
from fdan.prediction.answers import answers_of
from fdan.prediction.inputs import Input, inputs_of
from fdan.prediction.recogniser import ModelError, load_run, trained_run
from fdan.prediction.voice import hear
from fdan.prediction.windows import windows
from fdan.runtime.project import Project
from fdan.runtime.worker import Failure
from tests.runtime.test_outputs import small_disk


@pytest.fixture
def recogniser(project):
    return load_run(Project(), trained_run(Project(), None))


def ask(recogniser, path, seconds=None, least=0.0):
    heard = hear(str(path), recogniser.voice, seconds)
    return answers_of(recogniser, Input(str(path), path), heard, least, seconds is None)


def test_an_utterance_of_the_corpus_has_the_probabilities_of_the_reports(project, capsys):
    """In watched processes, as a user would; the reports have four decimals."""
    known = read_predictions(project / "reports/predictions/paper/savee/fdan/seed-0.csv")
    assert main(["predict", *(f"raw/{u}.wav" for u in known.utterances), "raw/none.wav"]) == 1
    said = capsys.readouterr()
    assert "synthetic demo: its answers mean nothing" in said.err
    *found, lost = rows(said.out)
    assert [row["file"] for row in found] == [f"raw/{u}.wav" for u in known.utterances]
    for row, place, probabilities in zip(found, known.predicted, known.probabilities, strict=True):
        assert (row["status"], row["label"]) == ("ok", known.classes[place])
        assert [float(row[e]) for e in known.classes] == pytest.approx(probabilities, abs=5.1e-5)
    assert (lost["status"], lost["label"], lost["anger"], lost["warnings"]) == ("failed", "", "", "no such file")


def test_features_are_the_pipeline_s_to_float_precision(recogniser):
    """Batches of one and of 32 may round differently: on most processors ResNet-34's do not."""
    there = read_features(Path("data/features/acoustic/savee.safetensors"))
    for utterance, values in list(zip(there.utterances, there.values, strict=True))[:3]:
        [piece] = hear(f"raw/{utterance}.wav", recogniser.voice).pieces
        np.testing.assert_allclose(piece.features, values.numpy(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("samples", "rate", "said"),
    [
        (tone(200, 0.2), 16000, "too short: 0.20 s; the shortest trained on lasts 0.90 s"),
        (tone(200, 3.0), 16000, "too long: 3.00 s; the longest trained on lasts 1.60 s"),
        (tone(200, 0.02), 16000, "shorter than one window"),
        (np.zeros(16000), 16000, "silent"),
        (np.sign(tone(200, 1.0)), 16000, "clipped: "),
        (tone(200, 1.0, amplitude=0.9), 16000, "too loud: "),
        (tone(200, 1.0, amplitude=0.01), 16000, "too quiet: "),
        (tone(200, 1.0, 8000), 8000, "other sample rate: 8000 Hz; nothing above 4 kHz is heard of 8"),
    ],
    ids=["short", "long", "window", "silent", "clipped", "loud", "quiet", "rate"],
)
def test_what_is_unusual_is_said(recogniser, tmp_path, samples, rate, said):
    [answer] = ask(recogniser, wav(tmp_path / "a.wav", samples, rate))
    assert answer.status == "ok"
    assert any(warning.startswith(said) for warning in answer.warnings), answer.warnings


def test_what_is_like_the_training_has_no_warning(recogniser, project):
    assert ask(recogniser, project / "raw/u06.wav")[0].warnings == ()


def test_a_process_that_ends_is_a_row(recogniser):
    [answer] = answers_of(recogniser, Input("a.wav", Path("a.wav")), Failure("takes too long"), 0.0, True)
    assert (answer.status, answer.label, answer.warnings) == ("failed", "", ("takes too long",))


def test_too_little_confidence_is_no_label(recogniser, project):
    [answer] = ask(recogniser, project / "raw/u00.wav", least=1.0)
    assert (answer.status, answer.label) == ("unsure", "")
    assert sum(answer.scores.values()) == pytest.approx(1)


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".m4a", ".mp4", ".mkv", ".avi"])
def test_every_kind_of_file(recogniser, tmp_path, suffix):
    source, other = wav(tmp_path / "a.wav", tone(200, 1.2)), tmp_path / f"a{suffix}"
    picture = ["-f", "lavfi", "-i", "testsrc=s=64x64:d=1.2"] if suffix in (".mp4", ".mkv", ".avi") else []
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", source, *picture, other], check=True)
    [answer] = ask(recogniser, other)
    assert answer.status == "ok"
    [same] = ask(recogniser, source)
    assert list(answer.scores.values()) == pytest.approx(list(same.scores.values()), abs=0.2)


def test_windows_are_what_the_whole_is(tmp_path, recogniser):
    mels = recogniser.voice.mels
    path = wav(tmp_path / "a.wav", tone(300, 2.5, 44100) * np.linspace(0.1, 1, 110250), 44100)
    found = list(windows(path, 1.0, mels))
    assert [start for start, _ in found] == [0, 16000, 32000]
    whole = read_sound(path, 16000).samples
    np.testing.assert_allclose(np.concatenate([s.samples for _, s in found])[: len(whole)], whole, atol=2e-4)


def test_the_emotion_over_time(project, tmp_path, capsys, at_once):
    long = np.concatenate([tone(200, 1.0), np.zeros(16000), tone(350, 1.03)])
    assert main(["predict", str(wav(tmp_path / "a.wav", long)), "raw/none.wav", "--segments", "1.0"]) == 1
    *found, lost = rows(capsys.readouterr().out)
    assert [(r["start"], r["end"]) for r in found] == [("0.000", "1.000"), ("1.000", "2.000"), ("2.000", "3.030")]
    assert "silent" in found[1]["warnings"]
    assert not any("too long" in row["warnings"] for row in found)
    assert (lost["start"], lost["status"]) == ("", "failed")


def test_a_list_keeps_its_columns_and_a_file_takes_the_rows(project, tmp_path, capsys, at_once):
    listed = project / "raw/list.csv"
    listed.write_text("speaker;file;label\nDC;u00.wav;happy\nJE;u01.wav;\n")
    assert main(["predict", "--list", str(listed), "--outfile", str(tmp_path / "out.csv")]) == 0
    first, second = rows((tmp_path / "out.csv").read_text())
    assert list(first) == ["file", "speaker", "label", "status", "predicted_label", "anger", "fear", "warnings"]
    assert (first["speaker"], first["label"], second["file"]) == ("DC", "happy", "u01.wav")
    assert capsys.readouterr().out == ""
    assert main(["predict", "--list", str(listed), "--outfile", str(tmp_path / "out.json")]) == 0
    first, _ = json.loads((tmp_path / "out.json").read_text())
    assert first["list"] == {"speaker": "DC", "label": "happy"}
    assert first["label"] == first["scores"][0]["label"]


def test_one_recording_as_labels_and_scores(project, capsys, at_once):
    assert main(["predict", "raw/u00.wav", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [set(entry) for entry in found] == [{"label", "score"}] * 2
    assert found[0]["score"] >= found[1]["score"]
    assert main(["predict", "raw/u00.wav", "raw/u01.wav", "--json"]) == 0
    assert [entry["file"] for entry in json.loads(capsys.readouterr().out)] == ["raw/u00.wav", "raw/u01.wav"]


@pytest.mark.parametrize(
    ("file", "status", "said"),
    [
        ("raw/u06.wav", 0, r"raw/u06.wav: unsure: a probability of 0\.\d{3} is below --min-confidence 1"),
        (
            "raw/u00.wav",
            0,
            r"raw/u00.wav: unsure: a probability of 0\.\d{3} is below --min-confidence 1; too short: .*",
        ),
        ("raw/none.wav", 1, r"raw/none.wav: failed: no such file"),
    ],
)
def test_what_labels_and_scores_leave_out_is_said_beside_them(project, capsys, at_once, file, status, said):
    assert main(["predict", file, "--json", "--min-confidence", "1"]) == status
    streams = capsys.readouterr()
    assert len(json.loads(streams.out)) == (0 if status else 2)
    lines = [line.strip() for line in streams.err.splitlines() if "synthetic demo" not in line]
    assert len(lines) == 1
    assert re.fullmatch(said, lines[0]), lines


def test_nothing_is_said_beside_labels_and_scores_that_are_all(project, capsys, at_once):
    assert main(["predict", "raw/u06.wav", "--json"]) == 0
    assert "u06" not in capsys.readouterr().err


def test_a_folder_is_all_its_recordings(tmp_path, capsys):
    for name in ("b/2.wav", "a.MP3", ".hidden/c.wav", "Thumbs.db", "__MACOSX/a.wav", ".DS_Store"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [i.path.relative_to(tmp_path).as_posix() for i in inputs_of([tmp_path], None)] == ["a.MP3", "b/2.wav"]
    assert capsys.readouterr().err == ""
    with pytest.raises(UnusableError, match="no recording; expected files"):
        inputs_of([tmp_path / ".hidden"], None) and inputs_of([], None)


def test_what_a_folder_holds_beside_recordings_is_counted(tmp_path, capsys):
    for name in ("a.wav", "b.RM", "c.rm", "d/e.voc", "README", ".notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert len(inputs_of([tmp_path], None)) == 1
    said = f"  {tmp_path}: files that are not read: 1 without a suffix, 2 .rm, 1 .voc; read are .3g2 "
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("name", ["savee", "savee/fdan", "savee/fdan/seed-0", "runs/savee/fdan/seed-0.safetensors"])
def test_a_run_by_any_of_its_names(project, name):
    assert trained_run(Project(), Path(name)) == Path("runs/savee/fdan/seed-0.safetensors")


def test_a_model_that_is_not_there(project, tmp_path, monkeypatch):
    there = "no trained network there; expected one below runs, such as savee/fdan/seed-0$"
    with pytest.raises(ModelError, match=f"nonsense: {there}"):
        trained_run(Project(), Path("nonsense"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="no model: name a folder that `fdan export` wrote"):
        trained_run(Project(), None)
    shutil.copy(project / "params.yaml", tmp_path)
    for name in (None, Path("savee")):
        with pytest.raises(ModelError, match=r"savee.*: no trained network there; none below runs yet: train with dvc"):
            trained_run(Project(), name)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--outfile", "a.txt"], "expected a name that ends in .csv or .json"),
        (["--segments", "0"], "expected 0.1 to 360 seconds"),
        (["--min-confidence", "60"], "expected a probability"),
    ],
)
def test_wrong_arguments(project, capsys, arguments, said):
    assert main(["predict", "raw/u00.wav", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_an_outfile_is_replaced_only_if_the_user_says_so(project, tmp_path, at_once, capsys, suffix):
    place = tmp_path / f"answers{suffix}"
    assert main(["predict", "raw/u00.wav", "--outfile", str(place)]) == 0
    first = place.read_bytes()
    assert main(["predict", "raw/u01.wav", "--outfile", str(place)]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert (
        said == f"fdan predict: error: {place}: exists already; name a new file, or add --overwrite to replace a file"
    )
    assert place.read_bytes() == first
    assert main(["predict", "raw/u01.wav", "--outfile", str(place), "--overwrite"]) == 0
    assert place.read_bytes() != first
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


def test_the_list_itself_is_never_replaced(project, tmp_path, at_once, capsys):
    listed = tmp_path / "clips.csv"
    listed.write_text(f"file,mine\n{project}/raw/u00.wav,note\n")
    (tmp_path / "link.csv").symlink_to("clips.csv")
    for name in ("clips.csv", "link.csv"):
        ask = ["predict", "--list", str(listed), "--outfile", str(tmp_path / name), "--overwrite"]
        assert main(ask) == 2
        assert f"--outfile {tmp_path / name}: is the file of --list" in capsys.readouterr().err
    assert listed.read_text() == f"file,mine\n{project}/raw/u00.wav,note\n"


def test_a_disk_that_fills_up_names_the_outfile(project, tmp_path, at_once, capsys):
    place = tmp_path / "answers.csv"
    with small_disk(100):
        assert main(["predict", "raw/u00.wav", "raw/u01.wav", "--outfile", str(place)]) == 1
    assert f"{place}: cannot be written (File too large); nothing was changed" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_pictures_replace_none_unless_the_user_says_so_and_a_bad_place_costs_no_row(project, tmp_path, at_once, capsys):
    pictures = tmp_path / "pictures"
    ask = ["predict", "raw/u00.wav", "raw/u01.wav", "--explain", str(pictures)]
    assert main(ask) == 0
    made = sorted(path.name for path in pictures.iterdir())
    assert made == ["001_u00.csv", "001_u00.png", "002_u01.csv", "002_u01.png"]
    assert main(ask) == 2
    assert "holds files already, '001_u00.csv' among them; name a new or an empty folder" in capsys.readouterr().err
    (pictures / "001_u00.csv").unlink()
    (pictures / "001_u00.csv").mkdir()
    (pictures / "002_u01.csv").write_text("former")
    (pictures / "notes.txt").write_text("mine")
    assert main([*ask, "--overwrite"]) == 0
    said = capsys.readouterr()
    assert [row["status"] for row in rows(said.out)] == ["ok", "ok"]
    assert "raw/u00.wav: no picture (" in said.err
    assert (pictures / "notes.txt").read_text() == "mine"
    assert (pictures / "002_u01.csv").read_text() != "former"
    assert (pictures / "001_u00.csv").is_dir()
