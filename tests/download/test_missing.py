"""What cannot be had costs itself alone: all others come, and the same command tries it again."""

import json
import re

import pytest

from fdan.commands.cli import main
from fdan.corpora.meld import PARTS
from fdan.download import sources
from fdan.download.fetch import DownloadError
from tests.download.served import DATA, make_tar, make_zip, md5, sha256


def test_one_file_that_is_not_there_costs_itself_alone(server, urls, tmp_path, capsys):
    tree, names = {}, [f"AudioWAV/1{i:03}_DFA_ANG_XX.wav" for i in range(40)]
    for name in names:
        server.files[urls["cremad files"] + name] = name.encode()
        pointer = f"version https://git-lfs.github.com/spec/v1\noid {sha256(name.encode())}\nsize {len(name)}\n"
        tree[f"CREMA-D-master/{name}"] = pointer.encode()
    server.files[urls["cremad tree"]] = make_zip(tmp_path / "tree.zip", tree).read_bytes()
    missing = server.files.pop(urls["cremad files"] + names[7])
    folder = tmp_path / "cremad"
    assert main(["download", "cremad", str(folder)]) == 1
    error = capsys.readouterr().err
    assert re.search(rf"1 of 40 files cannot be had, all others are there; the first: .*{names[7]}: .* 404", error)
    assert len(list(folder.rglob("*.wav"))) == 39
    server.files[urls["cremad files"] + names[7]] = missing
    assert main(["download", "cremad", str(folder)]) == 0
    assert len(list(folder.rglob("*.wav"))) == 40


def ravdess(server, urls, folder, count):
    """Archives of so many actors in the record's list; returns their names."""
    listed = []
    for actor in range(1, count + 1):
        name = f"Video_Speech_Actor_{actor:02}.zip"
        archive = make_zip(folder / name, {f"Actor_{actor:02}/01-01-03-01-01-01-{actor:02}.mp4": name.encode()})
        data = server.files[f"/{name}"] = archive.read_bytes()
        listed.append({"key": name, "size": len(data), "checksum": md5(data), "links": {"self": server.url + name}})
    server.files[urls["ravdess"]] = json.dumps({"files": listed}).encode()
    return [f"/{file['key']}" for file in listed]


def test_an_archive_of_ravdess_costs_itself_alone(server, urls, tmp_path, capsys):
    names = ravdess(server, urls, tmp_path, 6)
    del server.files[names[1]]
    server.files[names[3]] = b"x" * len(server.files[names[3]])  # broken on the way
    folder = tmp_path / "ravdess"
    assert main(["download", "ravdess", str(folder)]) == 1
    error = capsys.readouterr().err
    assert re.search(r"2 of 6 files cannot be had, all others are there; the first: .*Actor_02\.zip: .* 404", error)
    assert error.count("\n") == 1
    assert [path.parent.name[-2:] for path in sorted(folder.rglob("*.mp4"))] == ["01", "03", "05", "06"]
    ravdess(server, urls, tmp_path, 6)
    server.asked.clear()
    assert main(["download", "ravdess", str(folder)]) == 0
    assert len(list(folder.rglob("*.mp4"))) == 6
    assert {path for path, _ in server.asked} == {urls["ravdess"], names[1], names[3]}


def test_where_everything_is_missing_the_rest_is_not_asked_for(server, urls, tmp_path):
    for name in ravdess(server, urls, tmp_path, 10):
        del server.files[name]
    with pytest.raises(DownloadError, match=r"Actor_04\.zip: the server says 404"):
        sources.get_ravdess(tmp_path / "ravdess")
    assert len(server.asked) == 5


def test_a_part_or_a_table_of_meld_costs_itself_alone(server, urls, tmp_path, capsys):
    inner = {f"MELD.Raw/{part}.tar.gz": make_tar(tmp_path / f"{part}.tgz", {f"{clips}/a.mp4": b"a"}).read_bytes()
             for part, clips in PARTS.items()}  # fmt: skip
    broken = inner | {"MELD.Raw/train.tar.gz": b"<html>log in</html>"}
    server.files[urls["meld"]] = make_tar(tmp_path / "meld.tgz", broken).read_bytes()
    for part in ("dev", "test"):
        server.files[urls["meld labels"] + f"{part}_sent_emo.csv"] = part.encode()
    folder = tmp_path / "meld"
    assert main(["download", "meld", str(folder)]) == 1
    error = capsys.readouterr().err
    assert re.search(r"2 of 6 files cannot be had, .* the first: .*train\.tar\.gz: not a readable archive", error)
    assert {path.name for path in folder.rglob("*.*") if path.is_file()} == {
        "a.mp4", "dev_sent_emo.csv", "test_sent_emo.csv", "train.tar.gz",
    }  # fmt: skip
    next(folder.rglob("train.tar.gz")).unlink()  # as it says
    server.files[urls["meld"]] = make_tar(tmp_path / "meld.tgz", inner).read_bytes()
    server.files[urls["meld labels"] + "train_sent_emo.csv"] = b"train"
    for _ in range(2):
        assert main(["download", "meld", str(folder)]) == 0
        assert {path.parent.name for path in folder.rglob("*.mp4")} == {*PARTS.values()}
    assert [path for path, _ in server.asked].count(urls["meld"]) == 2


def test_weights_that_are_not_there_cost_themselves_alone(server, tmp_path, monkeypatch, capsys):
    files = [sources._weights(f"{server.url}{name}.pth") for name in "abc"]
    monkeypatch.setattr(sources, "weight_files", lambda: files)
    server.files |= {"/a.pth": DATA, "/c.pth": DATA}
    assert main(["download", "weights", str(tmp_path)]) == 1
    assert re.search(r"1 of 3 files cannot be had, .*/b\.pth: the server says 404", capsys.readouterr().err)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pth", "c.pth"]


def test_the_speech_encoder_s_files_cost_themselves_alone(speech, tmp_path, capsys):
    del speech.files["/model.bin"]
    assert main(["download", "weights", "--speech", str(tmp_path)]) == 1
    assert re.search(r"1 of 2 files cannot be had, .*/model\.bin: the server says 404", capsys.readouterr().err)
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]
