import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fdan.runtime.caches import CACHES, share_cache, use_writable_caches


@pytest.fixture
def nobody(tmp_path, monkeypatch):
    """A user with a home that cannot be written, and none of the variables set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/nonexistent")
    for name in CACHES:
        monkeypatch.setenv(name, "")
    return tmp_path


def test_without_a_home_caches_go_to_the_project(nobody, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/mine")
    use_writable_caches()
    assert os.environ["NUMBA_CACHE_DIR"] == "/mine"
    assert Path(os.environ["MPLCONFIGDIR"]) == nobody / ".cache" / "matplotlib"
    assert Path(os.environ["MPLCONFIGDIR"]).is_dir()


def test_where_the_project_cannot_be_written_either_they_are_temporary(nobody, monkeypatch):
    monkeypatch.setattr("fdan.runtime.caches.os.access", lambda path, mode: False)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(nobody / "tmp"))
    use_writable_caches()
    assert Path(os.environ["NUMBA_CACHE_DIR"]).is_relative_to(nobody / "tmp")


@pytest.mark.slow
def test_another_user_without_a_home_computes_in_a_project_of_somebody_else():
    """Librosa's compiled loops end in a trace, when they are imported, where numba finds no place for its cache."""
    # Python may lie in a folder that is closed to others: this user may read everything, and write nothing of ours.
    reads = ("--inh-caps=-all,+dac_read_search", "--ambient-caps=+dac_read_search")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *reads]
    if subprocess.run([*nobody, "true"], capture_output=True, check=False).returncode if shutil.which("setpriv") else 1:
        pytest.skip("only root, with setpriv, can be somebody else")
    code = (
        "import os; from fdan.runtime.caches import CACHES, use_writable_caches\n"
        "assert not os.access('.', os.W_OK) and not os.access(os.path.expanduser('~'), os.W_OK)\n"
        "use_writable_caches()\n"
        "import librosa, numpy as np\n"
        "peak = np.eye(1, 9, 4)[0]\n"
        "print(librosa.util.peak_pick(peak, pre_max=1, post_max=1, pre_avg=1, post_avg=1, delta=0.5, wait=1))\n"
        "print(*(os.environ[name] for name in CACHES), sep='\\n')\n"
    )
    with tempfile.TemporaryDirectory(dir="/tmp") as temporary:  # pytest's own folders are closed to others
        os.chmod(temporary, 0o777)
        environment = {name: value for name, value in os.environ.items() if name not in CACHES}
        environment |= {"HOME": "/nonexistent", "TMPDIR": temporary, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([*nobody, sys.executable, "-c", code], cwd=Path(__file__).parents[2], env=environment,
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == ["[4]", *(f"{temporary}/fdan-65534/{name}" for name in CACHES.values())]


def test_with_a_home_nothing_is_set(nobody, monkeypatch):
    monkeypatch.setenv("HOME", str(nobody))
    use_writable_caches()
    assert not any(os.environ[name] for name in CACHES)
    assert not (nobody / ".cache").exists()


def test_a_queued_experiment_finds_the_project_s_cache(tmp_path, monkeypatch):
    copy = tmp_path / "project/.dvc/tmp/exps/standalone/tmpabc"
    copy.mkdir(parents=True)
    monkeypatch.chdir(copy)
    share_cache()
    share_cache()  # in every stage
    (copy / ".cache/entry").write_text("known")
    assert (tmp_path / "project/.cache/entry").read_text() == "known"


def test_a_project_has_a_cache_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "exps").mkdir()
    monkeypatch.chdir(tmp_path / "exps")
    share_cache()
    assert not Path(".cache").exists()
