"""Faces and Mel images of a folder of clips, sound, broken and hostile: each is right, or is one row that says why."""

import os
import socket
import subprocess
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import psutil
import pytest

from fdan.data.emotions import Emotion
from fdan.data.index import FaceRow, MelRow
from fdan.data.manifest import Utterance
from fdan.data.records import read_records
from fdan.media.sound import MelParams
from fdan.numerics.semaphores import has_semaphores
from fdan.runtime.cache import CacheEntry
from fdan.runtime.jobs import ParallelParams, run_sandboxed
from fdan.runtime.worker import Failure
from fdan.samples import crops
from fdan.samples import mels as image
from fdan.samples.clips import Clips
from fdan.samples.detectors import FaceParams

FACES = FaceParams(frames=3, detector="haar", weights=None, margin=0.2, size=64, jpeg_quality=90)
MELS = MelParams(16000, 1024, 256, 128, -80.0, 20.0, 64)
LOKY = ParallelParams("loky", 2, None)
FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin"]


def make(path: Path, *options: str, seconds: float = 0.4, size: str = "64x48") -> Path:
    source = ["-f", "lavfi", "-i", f"testsrc=s={size}:d={seconds}", "-f", "lavfi", "-i", f"sine=d={seconds}"]
    subprocess.run([*FFMPEG, *source, "-threads", "1", *options, str(path)], check=True)
    return path


def crops_and_image(name: str, folder: Path) -> CacheEntry:
    """Both modalities of one clip."""
    visual, acoustic = crops.crops_of(name, folder, FACES), image.image_of(name, folder, MELS)
    return CacheEntry([visual.about, acoustic.about], visual.blobs + acoustic.blobs)


def prepare() -> None:
    crops.prepare(FACES)
    image.prepare(MELS)


def run(folder: Path, names: list[str], parallel: ParallelParams = LOKY) -> list[CacheEntry | Failure]:
    work = partial(crops_and_image, folder=folder)
    return list(run_sandboxed(work, names, "test", parallel, prepare=prepare))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A folder of clips as they come, and what lies beside it."""
    above = tmp_path_factory.mktemp("above")
    folder = above / "corpus"
    folder.mkdir()
    make(folder / "a.avi", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
    make(folder / "b.mp4")
    make(folder / "fragmented.mp4", "-movflags", "frag_keyframe+empty_moov")
    make(folder / "mute.mp4", "-an")
    make(folder / "blind.mp4", "-vn")
    make(folder / "surround.mp4", "-ac", "6")
    jumpy = "setpts='if(gt(N,4),PTS+3/TB,PTS)'"
    make(folder / "jumpy.mp4", "-vf", jumpy, "-fps_mode", "vfr", "-shortest")
    whole = (folder / "a.avi").read_bytes()
    (folder / "empty.avi").touch()
    (folder / "half.avi").write_bytes(whole[: len(whole) // 2])
    (folder / "head.avi").write_bytes(whole[:200])
    (folder / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    (folder / "playlist.mp4").write_text("#EXTM3U\n#EXTINF:1,\n/etc/hostname\n#EXT-X-ENDLIST\n")
    (folder / "concat.mp4").write_text("ffconcat version 1.0\nfile '/etc/hostname'\n")
    (folder / "note.txt").write_text("hello")
    make(above / "secret.mp4")
    (folder / "link.mp4").symlink_to(above / "secret.mp4")
    (folder / "circle.mp4").symlink_to(folder / "circle.mp4")
    (folder / "inner.mp4").symlink_to(folder / "b.mp4")
    os.mkfifo(folder / "pipe.mp4")
    (folder / "device.mp4").symlink_to("/dev/zero")
    return folder


EXPECTED = {
    # name: (what is said of its frames, what is said of its sound); empty is: all is well
    "a.avi": ("", ""),
    "b.mp4": ("", ""),
    "fragmented.mp4": ("", ""),
    "jumpy.mp4": ("", ""),
    "surround.mp4": ("", ""),
    "inner.mp4": ("", ""),
    "mute.mp4": ("", "no audio stream"),
    "blind.mp4": ("no video stream", ""),
    "empty.avi": ("the file is empty",) * 2,
    "head.avi": ("not a readable avi file (", "not a readable avi file ("),
    "noise.mp4": ("not a readable mp4 file (",) * 2,
    "playlist.mp4": ("not a readable mp4 file (",) * 2,
    "concat.mp4": ("not a readable mp4 file (",) * 2,
    "note.txt": ("suffix '.txt' is not read",) * 2,
    "link.mp4": ("a link that leads out of the corpus folder",) * 2,
    "device.mp4": ("a link that leads out of the corpus folder",) * 2,
    "circle.mp4": ("cannot be read (",) * 2,
    "pipe.mp4": ("not a file",) * 2,
    "../secret.mp4": ("leaves the corpus folder",) * 2,
    "x/../../secret.mp4": ("leaves the corpus folder",) * 2,
    "..\\secret.mp4": ("expected forward slashes",) * 2,
    "/etc/hostname": ("is absolute",) * 2,
    "missing.mp4": ("no such file",) * 2,
    "nul\0.mp4": ("expected forward slashes",) * 2,
    "x" * 300 + ".mp4": ("cannot be read (File name too long)",) * 2,
    ".": ("not a file",) * 2,
}


@pytest.mark.slow
def test_every_file_is_right_or_says_why_not(corpus):
    results = run(corpus, list(EXPECTED))
    for (name, (visual, acoustic)), result in zip(EXPECTED.items(), results, strict=True):
        assert isinstance(result, CacheEntry), (name, result)
        (decoded, frames_say, frames), (seconds, sound_says) = result.about
        assert frames_say.startswith(visual) if visual else frames_say == "", (name, frames_say)
        assert sound_says.startswith(acoustic) if acoustic else sound_says == "", (name, sound_says)
        assert "\n" not in frames_say + sound_says
        assert (decoded > 0, len(frames)) == ((not visual), 0 if visual else 3), name
        assert (seconds > 0.3) == (not acoustic), name
        assert len(result.blobs) == (0 if visual else 3) + (0 if acoustic else 1), name


@pytest.mark.slow
@pytest.mark.skipif(not has_semaphores(), reason="joblib has no semaphores here: /dev/shm cannot be written")
def test_dask_s_processes_give_the_bits_of_loky_s(corpus):
    distributed = pytest.importorskip("distributed", reason="dask is not installed: pip install -e '.[dask]'")
    names = ["a.avi", "b.mp4", "half.avi", "surround.mp4", "playlist.mp4"]
    expected = run(corpus, names)
    local = ParallelParams("dask", 2, None)
    assert run(corpus, names, local) == expected
    options = {"n_workers": 2, "threads_per_worker": 2, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options, host="127.0.0.1") as cluster:
        assert len({worker.pid for worker in cluster.workers.values()}) == 2
        assert os.getpid() not in {worker.pid for worker in cluster.workers.values()}
        assert run(corpus, names, ParallelParams("dask", None, cluster.scheduler_address)) == expected


def test_nothing_goes_to_the_network(tmp_path):
    """Playlists, concat lists and a data reference that name an address on this machine: nobody calls there."""
    calls = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/clip.mp4"
        done = threading.Event()

        def listen():
            while not done.is_set():
                try:
                    connection, peer = server.accept()
                    connection.close()
                    calls.append(peer)
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        for suffix in (".mp4", ".avi", ".mkv", ".flv", ".mp3", ".wav", ".jpg"):
            (tmp_path / f"playlist{suffix}").write_text(f"#EXTM3U\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n")
            (tmp_path / f"concat{suffix}").write_text(f"ffconcat version 1.0\nfile '{url}'\n")
            (tmp_path / f"sdp{suffix}").write_text(
                f"v=0\nc=IN IP4 127.0.0.1\nm=video {server.getsockname()[1]} RTP/AVP 9\n"
            )
        names = sorted(path.name for path in tmp_path.iterdir())
        for name in [*names, url, f"{url}?.mp4"]:
            entry = crops.crops_of(name, tmp_path, FACES)
            assert entry.blobs == ()
            assert image.image_of(name, tmp_path, MELS).blobs == ()
        with socket.create_connection(server.getsockname()):  # that the server would have heard it
            pass
        done.set()
        thread.join()
    assert len(calls) == 1


@pytest.mark.slow
def test_the_memory_of_a_worker_stays_below_a_gigabyte(tmp_path):
    """The largest picture and the longest sound that are read, in one process."""
    make(tmp_path / "large.mp4", "-frames:v", "4", "-preset", "ultrafast", seconds=0.2, size="4096x2304")
    rate = 192_000
    raw = ["-f", "lavfi", "-i", f"anoisesrc=d=355:r={rate}:a=0.1", "-c:a", "pcm_s16le"]
    subprocess.run([*FFMPEG, *raw, str(tmp_path / "long.wav")], check=True)
    cv2.imwrite(str(tmp_path / "large.png"), np.zeros((2304, 4096, 3), np.uint8))
    peak = 0
    done = threading.Event()

    def watch():
        nonlocal peak
        while not done.is_set():
            for process in psutil.Process().children(recursive=True):
                try:
                    peak = max(peak, process.memory_info().rss)
                except psutil.Error:
                    continue
            done.wait(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    results = run(tmp_path, ["large.mp4", "long.wav", "large.png"], replace(LOKY, workers=1))
    done.set()
    thread.join()
    large, long, picture = results
    assert not [result for result in results if isinstance(result, Failure)]
    assert (len(large.about[0][2]), len(picture.about[0][2]), long.about[1][0]) == (3, 1, 355)
    assert 100e6 < peak < 1e9


def test_several_faces_are_counted_in_the_index(tmp_path, real_data):
    """The larger, central one is cropped; how many there were stands beside it."""
    photos = sorted((real_data / "face_images" / "images").glob("*.jpg"))
    folder = tmp_path / "corpus"
    folder.mkdir()
    for i, (one, two) in enumerate(zip(photos[:12], photos[12:24], strict=True)):
        frame = np.full((360, 640, 3), 120, np.uint8)
        frame[20:340, 160:480] = cv2.resize(cv2.imread(str(one)), (320, 320))
        frame[200:340, 490:630] = cv2.resize(cv2.imread(str(two)), (140, 140))
        cv2.imwrite(str(folder / f"{i}.png"), frame)
    rows = [row for i in range(12) for row in crops.crops_of(f"{i}.png", folder, FACES).about[2][:1]]
    several = [row for row in rows if row[5] > 1]
    assert len(several) >= 6
    for _, x, _, width, _, _, found in several:
        assert found == 1
        assert 160 <= x + width / 2 <= 480


def test_a_corpus_of_photographs_is_one_counted_line_without_sound(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)  # where the cache is
    folder = tmp_path / "corpus"
    folder.mkdir()
    utterances = []
    for i in range(60):
        cv2.imwrite(str(folder / f"{i:02d}.jpg"), np.full((40, 50, 3), 4 * i, np.uint8))
        utterances.append(Utterance(f"{i:02d}", "", Emotion.FEAR, "", f"{i:02d}.jpg"))
    clips = Clips("photos", tuple(utterances), folder, LOKY)
    index = image.write_mels(tmp_path / "mels", clips, MELS)
    image.summarise(clips, index, tmp_path / "mels/index.csv")
    said = capsys.readouterr()
    assert said.err == "  60 utterances without a sound: the corpus has faces alone\n"
    assert said.out == "mels photos: 0 images of 0 s of sound; 60 utterances without sound, 0 flagged but used\n"
    rows = crops.write_faces(tmp_path / "faces", clips, FACES)
    crops.summarise(clips, rows, tmp_path / "faces/index.csv")
    assert capsys.readouterr().out.startswith("faces photos: 60 frames, a face in 0")
    assert read_records(tmp_path / "faces/index.csv", FaceRow) == rows
    assert {(row.frame, row.decoded, row.found, row.problem) for row in rows} == {(0, 1, 0, "")}
    again = crops.write_faces(tmp_path / "again", clips, FACES)  # from the cache
    assert again == rows


def test_the_index_names_the_file_that_gave_nothing_and_the_stage_names_the_reason(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus").mkdir()
    utterances = [Utterance(f"u{i}", "", Emotion.FEAR, f"{i}.wav", f"{i}.mp4") for i in range(6)]
    utterances += [Utterance("alone", "", Emotion.FEAR, "", "")]
    clips = Clips("x", tuple(utterances), tmp_path / "corpus", replace(LOKY, workers=1))
    image.summarise(clips, image.write_mels(tmp_path / "mels", clips, MELS), tmp_path / "mels/index.csv")
    crops.summarise(clips, crops.write_faces(tmp_path / "faces", clips, FACES), tmp_path / "faces/index.csv")
    assert capsys.readouterr().err.splitlines() == [
        "  6 utterances, u0 the first: no acoustic sample: no such file",
        "  alone: no acoustic sample: no sound file",
        "  6 utterances, u0 the first: no visual sample: no such file",
        "  alone: no visual sample: no clip",
    ]
    mels, faces = read_records(tmp_path / "mels/index.csv", MelRow), read_records(tmp_path / "faces/index.csv", FaceRow)
    assert [row.problem for row in mels] == [*(f"{i}.wav: no such file" for i in range(6)), "no sound file"]
    assert [row.problem for row in faces] == [*(f"{i}.mp4: no such file" for i in range(6)), "no clip"]
