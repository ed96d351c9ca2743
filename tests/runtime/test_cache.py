import errno
import os
import pickle
from pathlib import Path

import pytest

from fdan.media.clip import clip_key
from fdan.runtime import cache as cache_module
from fdan.runtime.cache import Cache, CacheEntry

ENTRY = CacheEntry([1.5, "a problem", [[1, 2], [3, 4]]], (b"one", b"", b"\n\0two"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_module, "FOLDER", tmp_path / "cache")
    return tmp_path


def make(params="params", kind="faces", code=("fdan/runtime/cache.py",)):
    return Cache(kind, params, code, ("numpy",))


def the_file(here: Path) -> Path:
    (file,) = [path for path in (here / "cache").rglob("*") if path.is_file()]
    return file


def test_what_is_written_is_read_by_another_process_and_nothing_else_is(here):
    cache = make()
    cache.write(cache.key("clip"), ENTRY)
    assert make().read(make().key("clip")) == ENTRY
    assert make().read(make().key("another clip")) is None


def test_the_name_depends_on_params_code_libraries_and_input(here, monkeypatch):
    names = [
        make().key("clip"),
        make().key("clip", ".mp4"),
        make("other params").key("clip"),
        make(code=("fdan/media/clip.py",)).key("clip"),
        Cache("faces", "params", ("fdan/runtime/cache.py",), ("numpy", "av")).key("clip"),
    ]
    assert len(set(names)) == len(names)
    both = ("fdan/runtime/cache.py", "fdan/media/clip.py")
    assert make(code=both).key("x") == make(code=both[::-1]).key("x")
    monkeypatch.setattr(cache_module, "_ROOT", here)
    before = []
    for text in ("a = 1", "a = 2"):
        (here / "a.py").write_text(text)
        cache_module._code.cache_clear()
        before.append(make(code=("a.py",)).key("clip"))
    cache_module._code.cache_clear()
    assert before[0] != before[1]


def test_the_name_depends_on_the_pins_and_on_a_gpu_with_and_without_them(here, monkeypatch):
    pinned = make().key("clip")
    assert make()._basis.endswith("\n")  # nothing is added to what decided before: entries stay known
    names = [pinned]
    for variables in ({"FDAN_PINS": "off"}, {"FDAN_DEVICE": "cuda"}, {"FDAN_PINS": "off", "FDAN_DEVICE": "cuda"}):
        with monkeypatch.context() as unlike:
            for name, value in variables.items():
                unlike.setenv(name, value)
            names.append(make().key("clip"))
    assert len(set(names)) == 4
    assert make().key("clip") == pinned


def test_what_was_made_and_what_was_known_is_counted(here):
    cache = make()
    assert cache.read(cache.key("clip")) is None
    cache.write(cache.key("clip"), ENTRY)
    assert cache.counts == "trained 1, known 0"
    again = make()
    again.read(again.key("clip"))
    assert again.read(again.key("another clip")) is None
    assert again.counts == "trained 0, known 1"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:30],
        lambda data: data[:-1],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: bytes(len(data)),
        lambda data: pickle.dumps(["no", "pickle"]),
    ],
)
def test_a_damaged_entry_is_none(here, damage):
    cache = make()
    cache.write(cache.key("clip"), ENTRY)
    file = the_file(here)
    file.write_bytes(damage(file.read_bytes()))
    assert cache.read(cache.key("clip")) is None
    cache.write(cache.key("clip"), ENTRY)
    assert cache.read(cache.key("clip")) == ENTRY


def test_a_cache_that_cannot_be_used_is_one_warning(here, capsys):
    (here / "cache").write_text("a file where the folder should be")
    cache = make()
    for name in ("a", "b"):
        assert cache.read(cache.key(name)) is None
        cache.write(cache.key(name), ENTRY)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "nothing is kept for an interrupted run" in lines[0]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_full_or_read_only_disk_is_one_warning_and_leaves_nothing_half(here, capsys, monkeypatch, number):
    def fail(self, target):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", fail)
    cache = make()
    for name in ("a", "b"):
        cache.write(cache.key(name), ENTRY)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert f"cannot be written ({os.strerror(number)})" in lines[0]
    assert not [path for path in (here / "cache").rglob("*") if path.is_file()]


def test_the_name_of_a_clip_is_its_bytes_and_its_format(here):
    for name, data in (("a.mp4", b"1"), ("b.mp4", b"1"), ("c.avi", b"1"), ("d.mp4", b"2"), ("e.mp4", b"")):
        (here / name).write_bytes(data)
    a, b, c, d, e, outside = (
        clip_key(n, here, make()) for n in ("a.mp4", "b.mp4", "c.avi", "d.mp4", "e.mp4", "../a.mp4")
    )
    assert a == b
    assert len({a, c, d}) == 3
    assert e is None
    assert outside is None


def test_the_code_of_a_module_is_itself_and_what_it_imports(here, monkeypatch):
    for name, text in {
        "fdan/a.py": "from fdan import b\nfrom fdan.room import (\n    c,\n)\nimport fdan.runtime.jobs\nimport json",
        "fdan/b.py": "def later():\n    from fdan.room.d import thing",
        "fdan/room/c.py": "import fdan.a",
        "fdan/room/d.py": "from fdan.errors import FdanError",
        "fdan/room/unused.py": "",
        "fdan/errors.py": "",
        "fdan/runtime/jobs.py": "import fdan.room.unused",
    }.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)
    monkeypatch.setattr(cache_module, "_ROOT", here)
    cache_module.code_of.cache_clear()
    try:
        assert cache_module.code_of("fdan.a") == ("fdan/a.py", "fdan/b.py", "fdan/room/c.py", "fdan/room/d.py")
    finally:
        cache_module.code_of.cache_clear()


def test_a_face_detector_does_not_decide_a_mel_image():
    crops, mels = cache_module.code_of("fdan.samples.crops"), cache_module.code_of("fdan.samples.mels")
    assert "fdan/samples/detectors.py" in crops
    assert "fdan/media/sound.py" in mels
    assert "fdan/samples/detectors.py" not in mels
    assert "fdan/media/sound.py" not in crops
