import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fdan.commands.cache import KINDS
from fdan.commands.cli import main
from fdan.runtime.cache import Cache, CacheEntry


def test_sizes_are_shown_and_only_what_is_unused_is_removed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["cache"]) == 0
    assert "nothing is remembered" in capsys.readouterr().out
    cache = Cache("faces", (), (), ())
    for name in ("a", "b"):
        cache.write(cache.key(name), CacheEntry(None, (b"x" * 500_000,)))
    long_ago = time.time() - 40 * 86_400
    for path in tmp_path.glob(".cache/faces/*/*"):
        os.utime(path, (long_ago, long_ago))
    assert cache.read(cache.key("a"))  # which counts as use
    assert main(["cache"]) == 0
    assert capsys.readouterr().out == "faces: 2 entries, 1.0 MB\n"
    assert main(["cache", "--prune", "30"]) == 0
    assert capsys.readouterr().out == "faces: 2 entries, 1.0 MB; removed 1 of 0.5 MB\n"
    assert cache.read(cache.key("a"))
    assert not cache.read(cache.key("b"))


@pytest.mark.parametrize("days", ["-1", "-0.5", "nan", "inf"])
def test_a_number_of_days_that_is_none_removes_nothing(tmp_path, monkeypatch, capsys, days):
    monkeypatch.chdir(tmp_path)
    cache = Cache("faces", (), (), ())
    cache.write(cache.key("a"), CacheEntry(None, (b"x",)))
    assert main(["cache", "--prune", days]) == 2
    assert "expected a number of days, 0 or more; nothing was removed" in capsys.readouterr().err
    assert cache.read(cache.key("a"))


def test_only_entries_are_removed_where_others_keep_their_caches_too(tmp_path, monkeypatch, capsys):
    """As in a home folder, whose .cache is everybody's."""
    monkeypatch.chdir(tmp_path)
    cache = Cache("faces", (), (), ())
    cache.write(cache.key("a"), CacheEntry(None, (b"x",)))
    theirs = {
        "huggingface/hub/model.bin": b"weights",
        "go-build/ab/" + "0" * 62: b"of our name, and no checksum first",
        "go-build/ab/" + "0" * 64 + "-a": b"x",
        "numba/ab/index.nbi": b"x",
        "faces/ab/notes.txt": b"mine",
        "faces/ab/." + "0" * 62 + f".{os.getpid()}.tmp": b"in the making",
    }
    for name, data in theirs.items():
        (tmp_path / ".cache" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / ".cache" / name).write_bytes(data)
    (tmp_path / ".cache/go-build/cd").mkdir()
    (tmp_path / ".cache/go-build/cd" / ("1" * 62)).symlink_to(tmp_path / ".cache/faces/ab/notes.txt")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    half = tmp_path / ".cache/faces/ab" / ("." + "0" * 62 + f".{dead.pid}.tmp")
    half.touch()
    assert main(["cache", "--prune", "0"]) == 0
    assert capsys.readouterr().out.startswith("faces: 2 entries, ")
    assert not half.exists()
    assert not cache.read(cache.key("a"))
    assert all((tmp_path / ".cache" / name).read_bytes() == data for name, data in theirs.items())
    assert (tmp_path / ".cache/go-build/cd" / ("1" * 62)).is_symlink()
    assert main(["cache"]) == 0
    assert "nothing is remembered" in capsys.readouterr().out


def test_kinds_that_only_former_versions_had_are_named_and_go_first(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for kind in ("faces", "ears"):
        cache = Cache(kind, (), (), ())
        cache.write(cache.key("a"), CacheEntry(None, (b"x" * 500_000,)))
    assert main(["cache"]) == 0
    former = "of a former version and never read again (--prune 30 removes them)"
    assert capsys.readouterr().out == f"ears: 1 entries, 0.5 MB, {former}\nfaces: 1 entries, 0.5 MB\n"
    assert main(["cache", "--prune", "30"]) == 0
    assert "ears" in capsys.readouterr().out
    assert main(["cache"]) == 0
    assert capsys.readouterr().out == "faces: 1 entries, 0.5 MB\n"


def test_the_kinds_are_those_of_the_code():
    files = [*Path(__file__).parents[2].glob("fdan/**/*.py"), *Path(__file__).parents[2].glob("stages/*.py")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    opened = {kind for text in texts for kind in re.findall(r'\bCache\(\s*"(\w+)"', text)}
    jobs = {kind for text in texts for kind in re.findall(r'\n    kind: ClassVar(?:\[str\])? = "(\w+)"', text)}
    assert opened | jobs == KINDS
