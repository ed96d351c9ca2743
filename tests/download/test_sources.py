"""Where each corpus and each file of weights comes from, from a server on loopback."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from fdan.commands.cli import main
from fdan.download import sources
from fdan.download.fetch import DownloadError
from tests.download.served import DATA, make_tar, make_zip, md5, sha256


def test_ravdess_comes_whole_with_the_checksums_of_its_record(server, urls, tmp_path, capsys):
    archives = {
        "Audio_Speech_Actors_01-24.zip": {"Actor_01/03-01-01-01-01-01-01.wav": b"s"},
        "Video_Speech_Actor_01.zip": {"Actor_01/01-01-01-01-01-01-01.mp4": b"v"},
        "Video_Song_Actor_01.zip": {"Actor_01/01-02-01-01-01-01-01.mp4": b"song"},
    }
    listed = []
    for name, members in archives.items():
        data = make_zip(tmp_path / name, members).read_bytes()
        server.files[f"/{name}"] = data
        listed.append({"key": name, "size": len(data), "checksum": md5(data), "links": {"self": server.url + name}})
    server.files[urls["ravdess"]] = json.dumps({"files": listed}).encode()
    folder = tmp_path / "raw" / "ravdess"
    for _ in range(2):
        assert main(["download", "ravdess", str(folder)]) == 0
        assert sorted(p.name for p in folder.rglob("*.*")) == ["01-01-01-01-01-01-01.mp4", "03-01-01-01-01-01-01.wav"]
    assert f"fdan check ravdess {folder}" in capsys.readouterr().out
    alone = tmp_path / "sounds"
    assert main(["download", "ravdess-speech", str(alone)]) == 0
    assert [p.name for p in alone.rglob("*.*")] == ["03-01-01-01-01-01-01.wav"]
    assert f"fdan check ravdess {alone}, then raw.ravdess: {alone}" in capsys.readouterr().out
    assert [path for path, _ in server.asked].count("/Video_Speech_Actor_01.zip") == 1
    assert "/Video_Song_Actor_01.zip" not in [path for path, _ in server.asked]
    assert not list(tmp_path.glob("raw/**/*.zip"))
    server.files[urls["ravdess"]] = b"<html>"
    assert main(["download", "ravdess", str(folder)]) == 1
    error = capsys.readouterr().err
    assert "not a list of files" in error
    assert error.count("\n") == 1


def test_cremad_comes_file_by_file_with_the_checksums_of_its_pointers(server, urls, tmp_path, capsys):
    contents = {"AudioWAV/1001_DFA_ANG_XX.wav": b"sound" * 100, "VideoFlash/1001_DFA_ANG_XX.flv": b"clip" * 100}
    tree = {"CREMA-D-master/README.md": b"x", "CREMA-D-master/AudioMP3/1001_DFA_ANG_XX.mp3": b"x"}
    tree["CREMA-D-master/AudioWAV/1002_DFA_ANG_XX.wav"] = b"not a pointer, the file"
    tree["CREMA-D-master/../AudioWAV/evil.wav"] = b"evil"
    for name, data in contents.items():
        server.files[urls["cremad files"] + name] = data
        pointer = f"version https://git-lfs.github.com/spec/v1\noid {sha256(data)}\nsize {len(data)}\n"
        tree[f"CREMA-D-master/{name}"] = pointer.encode()
    server.files[urls["cremad tree"]] = make_zip(tmp_path / "tree.zip", tree).read_bytes()
    server.cut = [10**9, 100, 50]
    folder = tmp_path / "cremad"
    assert main(["download", "cremad", str(folder)]) == 0
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}
    assert found == contents | {"AudioWAV/1002_DFA_ANG_XX.wav": b"not a pointer, the file"}
    server.files[urls["cremad files"] + "AudioWAV/1001_DFA_ANG_XX.wav"] = b"other" * 100
    (folder / "AudioWAV/1001_DFA_ANG_XX.wav").write_bytes(b"rotten")
    assert main(["download", "cremad", str(folder)]) == 1
    assert "changed, or broken on the way; move it away" in capsys.readouterr().err
    assert (folder / "AudioWAV/1001_DFA_ANG_XX.wav").read_bytes() == b"rotten"
    (folder / "AudioWAV/1001_DFA_ANG_XX.wav").unlink()
    (folder / "AudioWAV/1002_DFA_ANG_XX.wav").write_bytes(b"denoised by the user")
    assert main(["download", "cremad", str(folder)]) == 1  # what the server has now is not what the pointers say
    said = capsys.readouterr().err
    assert "as published" in said
    assert "1002_DFA_ANG_XX.wav: is another file than the published one; it is left alone" in said
    assert (folder / "AudioWAV/1002_DFA_ANG_XX.wav").read_bytes() == b"denoised by the user"


@pytest.mark.parametrize("status", [429, 504])
def test_a_list_that_is_late_is_asked_for_again(server, urls, status):
    server.files[urls["ravdess"]] = b'{"files": []}'
    server.status = [status, status]
    with pytest.raises(DownloadError, match="lists no speech archive"):
        sources.get_ravdess(Path("unused"))
    assert len(server.asked) == 3


def test_meld_is_unpacked_twice_and_gets_the_labels_it_lacks(server, urls, tmp_path):
    inner = {
        part: make_tar(tmp_path / f"{part}.tgz", {f"{name}/dia0_utt0.mp4": part.encode()}).read_bytes()
        for part, name in (
            ("train", "train_splits"),
            ("dev", "dev_splits_complete"),
            ("test", "output_repeated_splits_test"),
        )
    }
    outer = {f"MELD.Raw/{part}.tar.gz": data for part, data in inner.items()}
    outer |= {"MELD.Raw/dev_sent_emo.csv": b"dev", "MELD.Raw/test_sent_emo.csv": b"test"}
    server.files[urls["meld"]] = make_tar(tmp_path / "meld.tgz", outer).read_bytes()
    server.files[urls["meld labels"] + "train_sent_emo.csv"] = b"train"
    folder = tmp_path / "meld"
    assert main(["download", "meld", str(folder)]) == 0
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*") if p.is_file()}
    assert found == {
        "MELD.Raw/train_splits/dia0_utt0.mp4": b"train",
        "MELD.Raw/dev_splits_complete/dia0_utt0.mp4": b"dev",
        "MELD.Raw/output_repeated_splits_test/dia0_utt0.mp4": b"test",
        "MELD.Raw/dev_sent_emo.csv": b"dev",
        "MELD.Raw/test_sent_emo.csv": b"test",
        "train_sent_emo.csv": b"train",
    }


def test_archives_out_of_an_archive_are_known_after_a_break_too(server, urls, tmp_path, monkeypatch, capsys):
    clips = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}
    outer = {
        f"MELD.Raw/{part}.tar.gz": make_tar(tmp_path / f"{part}.tgz", {f"{name}/dia0_utt0.mp4": b"x"}).read_bytes()
        for part, name in clips.items()
    }
    server.files[urls["meld"]] = make_tar(tmp_path / "meld.tgz", outer).read_bytes()
    for part in clips:
        server.files[urls["meld labels"] + f"{part}_sent_emo.csv"] = b"x"
    folder, replace, left = tmp_path / "meld", Path.replace, [2]

    def broken_off(self, target):
        left[0] -= self.name.endswith(".tar.gz")
        if left[0] < 0:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", broken_off)
    assert main(["download", "meld", str(folder)]) == 130
    monkeypatch.setattr(Path, "replace", replace)
    assert len(list(folder.rglob("*.tar.gz"))) == 2
    assert main(["download", "meld", str(folder)]) == 0
    assert not list(folder.rglob("*.tar.gz"))
    assert "stays" not in capsys.readouterr().err


def test_an_archive_that_was_there_before_is_not_removed(server, urls, tmp_path, capsys):
    """Ten gigabytes that somebody has fetched already."""
    clips = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}
    inner = {
        part: make_tar(tmp_path / f"{part}.tgz", {f"{name}/dia0_utt0.mp4": part.encode()}).read_bytes()
        for part, name in clips.items()
    }
    outer = {f"MELD.Raw/{part}.tar.gz": data for part, data in inner.items()}
    server.files[urls["meld"]] = make_tar(tmp_path / "meld.tgz", outer).read_bytes()
    for part in clips:
        server.files[urls["meld labels"] + f"{part}_sent_emo.csv"] = b"x"
    folder = tmp_path / "meld"
    (folder / "MELD.Raw").mkdir(parents=True)
    (folder / "MELD.Raw/train.tar.gz").write_bytes(inner["train"])
    assert main(["download", "meld", str(folder)]) == 0
    assert [path.name for path in folder.rglob("*.tar.gz")] == ["train.tar.gz"]
    assert "train.tar.gz: unpacked; it was here before, so it stays" in capsys.readouterr().err
    assert len(list(folder.rglob("*.mp4"))) == 3


def test_weights_are_those_that_torchvision_and_the_detectors_look_for():
    files = {file.name: file for file in sources.weight_files()}
    assert files["resnet34-b627a593.pth"].checksum == "sha256:b627a593"
    assert files["vgg16-397923af.pth"].url.startswith("https://download.pytorch.org/models/")
    assert {"s3fd-619a316812.pth", "blazefaceback.pth", "anchorsback.npy", "face_detection_yunet_2023mar.onnx"} <= set(
        files
    )
    assert all(file.url.startswith("https://") for file in files.values())


def test_weights_go_where_the_stages_depend_on_them(server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    name = f"net-{hashlib.sha256(DATA).hexdigest()[:8]}.pth"
    monkeypatch.setattr(sources, "weight_files", lambda: [sources._weights(f"{server.url}{name}?raw=true")])
    server.files[f"/{name}?raw=true"] = DATA
    assert main(["download", "weights"]) == 0
    assert (tmp_path / "weights" / name).read_bytes() == DATA
    assert "weights" in capsys.readouterr().out


def test_savee_says_where_to_register(capsys):
    assert main(["download", "savee"]) == 0
    assert "register at http://kahlan.eps.surrey.ac.uk/savee/" in capsys.readouterr().out


def test_every_address_is_a_public_one_and_every_source_has_a_licence():
    assert all(url.startswith(("https://", "http://kahlan.eps.surrey.ac.uk")) for url in sources.URLS.values())
    assert set(sources.LICENCES) == set(sources.SOURCES)


def test_the_speech_encoder_goes_where_its_stage_depends_on_it(speech, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert main(["download", "weights", "--speech"]) == 0
    assert (tmp_path / "encoders/whisper-base/model.bin").read_bytes() == DATA
    assert [path for path, _ in speech.asked] == ["/model.bin", "/config.json"]  # nothing of torch's, nothing twice
    said = capsys.readouterr().out
    assert "MIT" in said
    assert "Next: dvc exp run -S features.acoustic=whisper -S features.acoustic_weights=encoders/whisper-base" in said


def test_another_encoder_than_published_is_one_line_and_not_kept(speech, tmp_path, capsys):
    speech.files["/model.bin"] = DATA[::-1]
    assert main(["download", "weights", "--speech", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "the sha256 is not " in error
    assert error.count("\n") == 1
    assert not (tmp_path / "model.bin").exists()


def test_speech_belongs_to_weights(capsys):
    assert main(["download", "meld", "--speech"]) == 2
    assert capsys.readouterr().err == "fdan download: error: --speech belongs to weights, not to meld\n"


def test_the_published_speech_encoder_is_named_by_whole_checksums():
    assert {name for name, _, _ in sources.SPEECH} >= {"model.bin", "config.json"}
    assert all(re.fullmatch("[0-9a-f]{64}", checksum) and size for _, checksum, size in sources.SPEECH)
    assert sources.URLS["speech"].startswith("https://")
