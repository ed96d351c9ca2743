"""Downloads, from a server on loopback that has every vice; and archives."""

import tarfile
import zipfile
from types import SimpleNamespace

import pytest

from fdan.download import fetch as fetching
from fdan.download.archives import unpack
from fdan.download.fetch import DownloadError, File, fetch
from tests.download.served import DATA, make_tar, make_zip, md5, sha256
from tests.obstacles import look
from tests.runtime.test_outputs import small_disk


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
    assert (tmp_path / ".a.fdan-part").stat().st_size == 10 * 2**16
    assert fetch(File(server.url + "a", "a"), tmp_path).read_bytes() == DATA
    assert server.asked[-1] == ("/a", "bytes=655360-")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_file_that_has_changed_meanwhile_is_fetched_anew(server, tmp_path):
    (tmp_path / ".a.fdan-part").write_bytes(b"old" * 1000)
    (tmp_path / ".a.fdan-part.version").write_text('"nought"')
    server.files["/a"] = DATA
    assert fetch(File(server.url + "a", "a"), tmp_path).read_bytes() == DATA


def test_a_part_that_is_longer_than_the_file_is_thrown_away(server, tmp_path):
    (tmp_path / ".a.fdan-part").write_bytes(b"x" * (len(DATA) + 5))
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


@pytest.mark.parametrize("digits", [15, None])
def test_a_rotten_file_or_one_of_the_user_s_is_noticed_and_left_alone(server, tmp_path, digits):
    server.files["/a"] = DATA
    (tmp_path / "a").write_bytes(b"rotten, or denoised by the user")
    with pytest.raises(DownloadError, match="move it away, or name another folder, and try again"):
        fetch(File(server.url + "a", "a", sha256(DATA)[:digits]), tmp_path)
    assert (tmp_path / "a").read_bytes() == b"rotten, or denoised by the user"
    assert server.asked == []


def test_a_browser_s_part_is_not_taken_and_a_link_is_not_followed(server, tmp_path):
    server.files["/a"] = DATA
    (tmp_path / "a.part").write_bytes(b"a browser's")
    assert fetch(File(server.url + "a", "a", sha256(DATA)), tmp_path).read_bytes() == DATA
    assert (tmp_path / "a.part").read_bytes() == b"a browser's"
    (tmp_path / "a").unlink()
    (tmp_path / "mine").write_bytes(b"precious")
    (tmp_path / ".a.fdan-part").symlink_to("mine")
    with pytest.raises(DownloadError, match="is a link, expected what an earlier download left"):
        fetch(File(server.url + "a", "a", sha256(DATA)), tmp_path)
    assert (tmp_path / "mine").read_bytes() == b"precious"


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_is_no_file_is_left_alone(server, tmp_path, kind):
    server.files["/a"] = DATA
    if kind == "folder":
        (tmp_path / "a").mkdir()
    else:
        (tmp_path / "a").symlink_to("nowhere")
    with pytest.raises(DownloadError, match="a folder or a link to nothing, expected a file"):
        fetch(File(server.url + "a", "a", sha256(DATA)), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert kind == "folder" or (tmp_path / "a").is_symlink()


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
    assert not (tmp_path / ".a.fdan-part").exists()
    disk(monkeypatch, len(DATA))
    with pytest.raises(DownloadError, match="needs"):
        fetch(File(server.url + "a", "a"), tmp_path, beyond=1)  # its contents need room as well
    (tmp_path / ".a.fdan-part").write_bytes(DATA[:-10])
    disk(monkeypatch, 10)  # what is there already needs no room
    assert fetch(File(server.url + "a", "a"), tmp_path).read_bytes() == DATA


def test_a_full_disk_names_the_file_and_the_next_run_goes_on(server, tmp_path):
    server.files["/a"] = DATA
    (tmp_path / "mine.txt").write_bytes(b"mine")
    with small_disk(500_000), pytest.raises(DownloadError, match=r"a\.bin: cannot be written \(File too large\)"):
        fetch(File(server.url + "a", "a.bin", sha256(DATA)), tmp_path)
    assert not (tmp_path / "a.bin").exists()
    assert fetch(File(server.url + "a", "a.bin", sha256(DATA)), tmp_path).read_bytes() == DATA
    assert server.asked[1][1].startswith("bytes=")
    assert {path.name for path in tmp_path.iterdir()} == {"a.bin", "mine.txt"}


@pytest.mark.parametrize(("make", "name"), [(make_zip, "a.zip"), (make_tar, "a.tar.gz")])
def test_an_archive_that_the_disk_has_no_room_for_leaves_what_was_there(tmp_path, make, name):
    archive = make(tmp_path / name, {"one/a.txt": b"a" * 100_000, "one/b.txt": b"b"})
    (tmp_path / "out/one").mkdir(parents=True)
    (tmp_path / "out/one/mine.txt").write_bytes(b"mine")
    before = look(tmp_path)
    with small_disk(1000), pytest.raises(DownloadError, match="File too large"):
        unpack(archive, tmp_path / "out")
    assert look(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_one_line(server, tmp_path):
    server.files["/a"] = DATA
    (tmp_path / ".a.fdan-part").mkdir()
    with pytest.raises(DownloadError, match="cannot be written"):
        fetch(File(server.url + "a", "a"), tmp_path)


# Archives


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_archives_are_merged_into_the_folder(tmp_path, make):
    suffix = "zip" if make is make_zip else "tar.gz"
    to = tmp_path / "to"
    assert unpack(make(tmp_path / f"1.{suffix}", {"a/x": b"1", "a/y": b"2"}), to) == [to / "a/x", to / "a/y"]
    assert unpack(make(tmp_path / f"2.{suffix}", {"a/y": b"2", "a/b/z": b"4"}), to) == [to / "a/b/z"]
    found = {
        p.relative_to(tmp_path / "to").as_posix(): p.read_bytes() for p in (tmp_path / "to").rglob("*") if p.is_file()
    }
    assert found == {"a/x": b"1", "a/y": b"2", "a/b/z": b"4"}


@pytest.mark.parametrize("theirs", ["other bytes", "folder", "dangling link", "file on the way"])
def test_an_archive_replaces_nothing_that_is_not_the_same(tmp_path, theirs):
    archive = make_zip(tmp_path / "1.zip", {"a/new": b"1", "a/x": b"2", "a/y": b"3"})
    to = tmp_path / "to"
    (to / "a").mkdir(parents=True)
    (to / "a/y").write_bytes(b"3")
    if theirs == "other bytes":
        (to / "a/x").write_bytes(b"relabelled")
    elif theirs == "folder":
        (to / "a/x").mkdir()
    elif theirs == "dangling link":
        (to / "a/x").symlink_to("nowhere")
    else:
        (to / "a/y").unlink()
        (to / "a").rmdir()
        (to / "a").write_bytes(b"mine")
    before = {path: path.lstat() for path in to.rglob("*")}
    with pytest.raises(DownloadError, match=r"of its 3 files are there already with other contents.*move it away"):
        unpack(archive, to)
    assert {path: path.lstat() for path in to.rglob("*")} == before


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
