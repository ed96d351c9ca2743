import errno
import os
import resource
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from fdan.errors import FdanError, UnusableError
from fdan.runtime.outputs import claim, free_folder, free_place, keep_former, new_file, replaced_file
from tests.obstacles import FILES, OBSTACLES, WORDS, look


def write(path, overwrite=False):
    with new_file(path, overwrite) as new:
        new.write_bytes(b"ours")


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("overwrite", [False, True])
def test_what_lies_there_stays_but_for_a_file_that_may_be_replaced(tmp_path, obstacle, overwrite):
    place = tmp_path / "answers.csv"
    OBSTACLES[obstacle](place)
    before = look(tmp_path)
    if overwrite and obstacle in FILES:
        write(place, overwrite)
        assert place.read_bytes() == b"ours"
        assert place.is_symlink() == (obstacle == "link to a file")
        assert look(tmp_path).keys() == before.keys()
    else:
        with pytest.raises(UnusableError, match=rf"^{place}: "):
            write(place, overwrite)
        assert look(tmp_path) == before


def test_a_link_to_nothing_is_followed(tmp_path):
    (tmp_path / "answers.csv").symlink_to("new/there.csv")
    write(tmp_path / "answers.csv")
    assert (tmp_path / "new/there.csv").read_bytes() == b"ours"
    assert (tmp_path / "answers.csv").is_symlink()


@pytest.mark.parametrize("name", ["a/b.csv/c.csv", "x" * 300 + ".csv"])
def test_a_place_that_cannot_be_is_named(tmp_path, name):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.csv").write_bytes(WORDS)
    before = look(tmp_path)
    with pytest.raises(UnusableError, match="cannot be written"):
        write(tmp_path / name, overwrite=True)
    assert look(tmp_path) == before


def test_a_name_as_long_as_names_can_be(tmp_path):
    write(tmp_path / ("x" * 251 + ".csv"))
    assert [len(path.name) for path in tmp_path.iterdir()] == [255]


def test_an_error_leaves_the_former_file_and_nothing_else(tmp_path):
    place = tmp_path / "answers.csv"
    place.write_bytes(WORDS)
    with pytest.raises(ZeroDivisionError), new_file(place, overwrite=True) as new:
        new.write_bytes(b"half" + bytes(1 // 0))
    assert look(tmp_path).keys() == {"answers.csv"}
    assert place.read_bytes() == WORDS
    with pytest.raises(FileNotFoundError, match=r"other\.wav"), new_file(place, overwrite=True):
        (tmp_path / "other.wav").read_bytes()


@contextmanager
def small_disk(size):
    """No file of this process may grow beyond some bytes: as a full disk, but for the error's number."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_names_the_file_and_changes_nothing(tmp_path):
    place = tmp_path / "answers.csv"
    place.write_bytes(WORDS)
    before = look(tmp_path)
    said = rf"^{place}: cannot be written \({os.strerror(errno.EFBIG)}\); nothing was changed$"
    with pytest.raises(FdanError, match=said), small_disk(1000), new_file(place, overwrite=True) as new:
        new.write_bytes(bytes(5000))
    assert look(tmp_path) == before


def test_two_that_write_to_one_place_lose_nothing(tmp_path):
    place = tmp_path / "answers.csv"
    said = r"another process has made it meanwhile; this one's is .*answers\.new\.csv"

    def both():
        with new_file(place) as new:
            new.write_bytes(b"ours")
            place.write_bytes(WORDS)

    with pytest.raises(FdanError, match=said):
        both()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "answers.csv": WORDS,
        "answers.new.csv": b"ours",
    }


def test_where_there_are_no_hard_links(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(errno.EPERM, "no links here")))
    write(tmp_path / "answers.csv")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"answers.csv": b"ours"}


def as_nobody(function):
    """What a function says in a child process of a user without rights; skips where this process may not be one."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user")
    reads, writes = os.pipe()
    if not (child := os.fork()):
        try:
            os.setgid(65534)
            os.setuid(65534)
            try:
                function()
                said = "fine"
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
            os.write(writes, said.encode())
        finally:
            os._exit(0)
    os.close(writes)
    with open(reads, encoding="utf-8") as told:
        said = told.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.parametrize(
    "call", [write, lambda p: write(p, overwrite=True), free_place, free_folder, lambda p: claim(p, Path("build"))]
)
def test_another_user_s_folder_is_named(call):
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "theirs.csv").write_bytes(WORDS)
        before = look(folder)
        said = as_nobody(lambda: call(folder / "new.csv"))
        assert said == f"UnusableError: {folder}/new.csv: cannot be written ({folder} cannot be written to)"
        assert look(folder) == before


def test_what_is_replaced_by_design_is_kept_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = Path("page.md")
    for text in ("one", "two", "two", "one", "three"):
        with replaced_file(page) as new:
            new.write_text(text)
    assert page.read_text() == "three"
    kept = {path.name: path.read_text() for path in Path("build/former").iterdir()}
    assert kept == {"page.md": "one", "page-2.md": "two"}
    assert keep_former(page) == Path("build/former/page-3.md")


def test_a_folder_to_work_in_is_new_empty_or_was_one_before(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    default = Path("build/taste")
    claim(Path("new/one"), default)
    (Path("new/one") / "params.yaml").write_text("ours")
    claim(Path("new/one"), default)
    (default / "data").mkdir(parents=True)  # of an earlier version
    claim(default, default)
    Path("file").touch()
    Path("params.yaml").touch()
    keep_former(Path("params.yaml"))
    for taken in (".", "new", "build", "build/former", "file"):
        with pytest.raises(UnusableError, match=rf"^{taken}: .*folder"):
            claim(Path(taken), default)


def test_what_a_killed_process_left_goes_and_is_nothing_that_a_folder_holds(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f".fdan-{dead.pid}-abc.tmp", f".fdan-{os.getppid()}-abc.tmp", "lost+found"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").touch()
    assert free_folder(tmp_path) == tmp_path
    write(tmp_path / "answers.csv")
    assert {path.name for path in tmp_path.iterdir()} == {
        "answers.csv", "lost+found", f".fdan-{os.getppid()}-abc.tmp"}  # fmt: skip


def test_a_replaced_file_keeps_its_mode(tmp_path):
    place = tmp_path / "answers.csv"
    place.touch()
    place.chmod(0o600)
    write(place, overwrite=True)
    assert place.stat().st_mode & 0o777 == 0o600


def test_what_a_shell_calls_a_file_is_written_as_it_is(tmp_path):
    reads, writes = os.pipe()
    with open(reads, "rb") as pipe:
        with new_file(Path(f"/dev/fd/{writes}")) as new:
            new.write_bytes(b"ours")
        os.close(writes)
        assert pipe.read() == b"ours"
    with pytest.raises(UnusableError):
        free_place(Path("/dev/shm"))


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_a_folder_that_holds_something_is_not_written_into(tmp_path, obstacle):
    OBSTACLES[obstacle](tmp_path / "pictures")
    before = look(tmp_path)
    with pytest.raises(UnusableError, match=rf"^{tmp_path}/pictures: "):
        free_folder(tmp_path / "pictures")
    assert look(tmp_path) == before
