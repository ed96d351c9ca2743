import os
import time

from fdan.cli import main
from fdan.extraction.cache import Cache, Entry


def test_sizes_are_shown_and_only_what_is_unused_is_removed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["cache"]) == 0
    assert "nothing is remembered" in capsys.readouterr().out
    cache = Cache("faces", (), (), ())
    for name in ("a", "b"):
        cache.write(cache.key(name), Entry(None, (b"x" * 500_000,)))
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
