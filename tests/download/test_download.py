"""Downloads, from a server on loopback that has every vice."""

import hashlib
import json
import re
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from fdan.cli import main
from fdan.download import fetch as fetching
from fdan.download import sources
from fdan.download.fetch import DownloadError, File, fetch, unpack
from tests.download.served import DATA, make_tar, make_zip, md5, sha256


def test_a_file_is_fetched_once_and_checked(server, tmp_path):
    server.files["/a"] = DATA
    file = File(server.url + "a", "a.bin", sha256(DATA), len(DATA))
    for _ in range(2):
        assert fetch(file, tmp_path / "new").read_bytes() == DATA
    assert server.asked == [("/a", None)]
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["a.bin"]


def test_what_breaks_off_goes_on_where_it_was(server, tmp_path):
    server.files["/a"] = DATA
    server.cut = [8 * 2**16, 4 * 2**16]
    assert fetch(File(server.url + "a", "a", md5(DATA)), tmp_path).read_bytes() == DATA
    assert [wanted for _, wanted in server.asked] == [None, "bytes=524288-", "bytes=786432-"]


def test_another_session_goes_on_as_well(server, tmp_path, monkeypatch):
    server.files["/a"] = DATA
    server.cut = [10 * 2**16 + 1000]
    monkeypatch.setattr(fetching, "TRIES", 1)

    def broken(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching.time, "sleep", broken)  # the user gives up while it waits
    with pytest.raises(KeyboardInterrupt):
        fetch(File(server.url + "a", "a"), tmp_path)
    assert (tmp_path / "a.part").stat().st_size == 10 * 2**16
    assert fetch(File(server.url + "a", "a"), tmp_path).read_bytes() == DATA
    assert server.asked[-1] == ("/a", "bytes=655360-")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_file_that_has_changed_meanwhile_is_fetched_anew(server, tmp_path):
    (tmp_path / "a.part").write_bytes(b"old" * 1000)
    (tmp_path / "a.part.version").write_text('"nought"')
    server.files["/a"] = DATA
    assert fetch(File(server.url + "a", "a"), tmp_path).read_bytes() == DATA


def test_a_part_that_is_longer_than_the_file_is_thrown_away(server, tmp_path):
    (tmp_path / "a.part").write_bytes(b"x" * (len(DATA) + 5))
    server.files["/a"] = DATA
    assert fetch(File(server.url + "a", "a"), tmp_path).read_bytes() == DATA


def test_a_server_without_ranges_or_length(server, tmp_path):
    server.files["/a"] = DATA
    server.ranges = False
    server.cut = [500_000]
    assert fetch(File(server.url + "a", "a"), tmp_path).read_bytes() == DATA
    server.length = False
    assert fetch(File(server.url + "a", "b"), tmp_path).read_bytes() == DATA


def test_it_is_given_up_in_the_end(server, tmp_path, monkeypatch):
    server.files["/a"] = DATA
    server.ranges = False
    server.cut = [500_000] * 20
    with pytest.raises(DownloadError, match="no answer worth having in 6 attempts"):
        fetch(File(server.url + "a", "a"), tmp_path)
    server.status = [503] * 20
    server.cut = []
    with pytest.raises(DownloadError, match=r"no answer worth having in 6 attempts \(503"):
        fetch(File(server.url + "a", "b"), tmp_path)
    server.status = [503, 503]
    assert fetch(File(server.url + "a", "b"), tmp_path).read_bytes() == DATA
    with pytest.raises(DownloadError, match="no answer worth having"):
        fetch(File("http://127.0.0.1:9/none", "c"), tmp_path)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_what_the_server_refuses_is_one_line(server, tmp_path, status):
    server.status = [status]
    with pytest.raises(DownloadError, match=f"/a: the server says {status}") as caught:
        fetch(File(server.url + "a", "a"), tmp_path)
    assert "\n" not in str(caught.value)
    assert len(server.asked) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("whole", [True, False])
def test_a_wrong_checksum_is_refused_and_nothing_stays(server, tmp_path, whole):
    server.files["/a"] = DATA
    wrong = sha256(b"other") if whole else sha256(b"other")[:15]
    with pytest.raises(DownloadError, match=r"as published|published is"):
        fetch(File(server.url + "a", "a", wrong), tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert fetch(File(server.url + "a", "a", sha256(DATA)[:15]), tmp_path).read_bytes() == DATA


def test_a_rotten_file_is_noticed(server, tmp_path):
    server.files["/a"] = DATA
    (tmp_path / "a").write_bytes(b"rotten")
    assert fetch(File(server.url + "a", "a", sha256(DATA)), tmp_path).read_bytes() == DATA
    (tmp_path / "a").write_bytes(b"rotten")
    with pytest.raises(DownloadError, match="remove it and try again"):
        fetch(File(server.url + "a", "a", sha256(DATA)[:15]), tmp_path)


def test_another_size_than_the_published_one_is_refused(server, tmp_path):
    server.files["/a"] = DATA
    with pytest.raises(DownloadError, match="has 2048000 bytes, published are 5"):
        fetch(File(server.url + "a", "a", "", 5), tmp_path)


def disk(monkeypatch, free):
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: SimpleNamespace(free=free + fetching.RESERVE))


def test_too_small_a_disk_is_noticed_before_a_byte_is_written(server, tmp_path, monkeypatch):
    server.files["/a"] = DATA
    disk(monkeypatch, len(DATA) - 1)
    with pytest.raises(DownloadError, match=r"a needs 0\.27 GB, 0\.27 GB are free; make room"):
        fetch(File(server.url + "a", "a"), tmp_path)
    assert not (tmp_path / "a.part").exists()
    disk(monkeypatch, len(DATA))
    with pytest.raises(DownloadError, match="needs"):
        fetch(File(server.url + "a", "a"), tmp_path, beyond=1)  # its contents need room as well
    (tmp_path / "a.part").write_bytes(DATA[:-10])
    disk(monkeypatch, 10)  # what is there already needs no room
    assert fetch(File(server.url + "a", "a"), tmp_path).read_bytes() == DATA


def test_a_folder_that_cannot_be_written_is_one_line(server, tmp_path):
    server.files["/a"] = DATA
    (tmp_path / "a.part").mkdir()
    with pytest.raises(DownloadError, match="cannot be written"):
        fetch(File(server.url + "a", "a"), tmp_path)


# Archives


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_archives_are_merged_into_the_folder(tmp_path, make):
    suffix = "zip" if make is make_zip else "tar.gz"
    assert unpack(make(tmp_path / f"1.{suffix}", {"a/x": b"1", "a/y": b"2"}), tmp_path / "to") == 2
    unpack(make(tmp_path / f"2.{suffix}", {"a/y": b"3", "a/b/z": b"4"}), tmp_path / "to")
    found = {
        p.relative_to(tmp_path / "to").as_posix(): p.read_bytes() for p in (tmp_path / "to").rglob("*") if p.is_file()
    }
    assert found == {"a/x": b"1", "a/y": b"3", "a/b/z": b"4"}


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "C:/evil", "a\\..\\..\\evil"])
def test_an_archive_that_would_leave_the_folder_is_refused_whole(tmp_path, make, name):
    path = make(tmp_path / ("a.zip" if make is make_zip else "a.tar.gz"), {"good": b"1", name: b"2"})
    with pytest.raises(DownloadError, match="would lie outside of the folder; the archive is refused"):
        unpack(path, tmp_path / "deep" / "to")
    assert list((tmp_path / "deep").rglob("*")) == [tmp_path / "deep" / "to"]
    assert not list(tmp_path.rglob("*evil"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_an_archive_are_refused(tmp_path, kind):
    info = tarfile.TarInfo("link")
    info.type, info.linkname = kind, "/etc/hostname"
    with pytest.raises(DownloadError, match="a link or a device"):
        unpack(make_tar(tmp_path / "a.tar.gz", {"good": b"1"}, info), tmp_path / "to")
    assert list((tmp_path / "to").iterdir()) == []


def test_a_link_in_a_zip_is_refused(tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(info, "/etc/hostname")
    with pytest.raises(DownloadError, match="a link or a device"):
        unpack(tmp_path / "a.zip", tmp_path / "to")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_a_broken_archive_is_one_line_and_leaves_nothing(tmp_path, name, monkeypatch):
    path = (make_zip if name == "a.zip" else make_tar)(tmp_path / name, {"x": DATA, "y": DATA})
    whole = path.read_bytes()
    for broken in (b"<html>log in</html>", whole[: len(whole) // 2], b""):
        path.write_bytes(broken)
        with pytest.raises(DownloadError, match="not a readable archive"):
            unpack(path, tmp_path / "to")
        assert list((tmp_path / "to").iterdir()) == []
    path.write_bytes(whole)
    disk(monkeypatch, len(DATA) - 1)
    with pytest.raises(DownloadError, match="unpacking"):
        unpack(path, tmp_path / "to")


# The sources


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
    assert "as published" in capsys.readouterr().err


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
