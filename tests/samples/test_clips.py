"""The loop over a corpus' files that the stages share."""

import os
from pathlib import Path

import pytest

from fdan.errors import FdanError
from fdan.runtime import cache as cache_module
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.worker import Failure
from fdan.samples import clips as samples
from fdan.samples.clips import Clips, extract_files, name_each


def crash(name: str) -> CacheEntry:
    if name.startswith("bad"):
        os._exit(3)
    return CacheEntry(name, ())


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_module, "FOLDER", tmp_path / "cache")
    monkeypatch.setattr(samples, "CRASHES", 2)

    def run(names: list[str]) -> list[CacheEntry | Failure | None]:
        known = Cache("test", None, (), ())
        clips = Clips("x", (), Path("corpus"), ParallelParams("loky", 1, None))
        return list(extract_files(crash, names, clips, "faces", prepare=int, cache=known))

    return run


def test_an_utterance_without_a_file_is_none(read):
    assert read(["a", "", "b"]) == [CacheEntry("a", ()), None, CacheEntry("b", ())]


def test_when_every_file_ends_its_reader_the_first_few_are_enough(read):
    line = "faces x: none of the first 2 files can be read, corpus/bad1 last: "
    with pytest.raises(FdanError, match=line) as caught:
        read(["bad0", "", "bad1", "a"])
    assert "\n" not in str(caught.value)
    some = read(["bad0", "a", "bad1", "bad2"])
    assert [isinstance(entry, CacheEntry) for entry in some] == [False, True, False, False]


def test_a_thousand_of_a_kind_are_one_line():
    problems = {f"u{i:04d}": "interlaced" for i in range(1000)} | {"v1": "silent", "v2": "silent"}
    assert name_each(problems) == ["1000 utterances, u0000 the first: interlaced", "v1: silent", "v2: silent"]
