import os
import subprocess
import sys
import time

import pytest

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
