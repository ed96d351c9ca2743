"""What `make` installs."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import install

ROOT = Path(__file__).parent.parent
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
TESTED = install.tested_pythons(PROJECT)
LOCK = install.LOCK.read_text(encoding="utf-8")
ENTRIES = re.findall(r"(?m)^([\w.-]+)==(\S+)(?: ; (.*))? \\$", LOCK)


def locked(python):
    """What the lock installs on a tested Python on x86-64 Linux: name -> version."""
    here = environment(python)
    return {name: version for name, version, marker in ENTRIES if not marker or Marker(marker).evaluate(here)}


def environment(python):
    dotted = "{}.{}".format(*python)
    return {
        "implementation_name": "cpython",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "python_full_version": f"{dotted}.3",
        "python_version": dotted,
        "sys_platform": "linux",
    }


def needed(lines, python, extras=("",)):
    """The requirements among the lines that hold on a Python, with any of the extras."""
    found = map(Requirement, lines or ())
    here = environment(python)
    return [one for one in found if not one.marker or any(one.marker.evaluate(here | {"extra": e}) for e in extras)]


def test_every_pinned_package_takes_the_first_python_that_the_project_takes():
    """Debian 12 has 3.11.2, and a package may want 3.11.5."""
    project = tomllib.loads(PROJECT)["project"]
    first = re.search(r">=(\d+\.\d+)", project["requires-python"])[1] + ".0"
    pins = [line.partition("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()]
    seen, refused = 0, []
    later = {name for name, _, _ in ENTRIES} - locked(TESTED[0]).keys()
    for name, _, version in pins:
        if canonicalize_name(name) in later:  # what a later Python no longer brings itself
            continue
        try:
            about = metadata(name)
        except PackageNotFoundError:  # of an extra that is not installed
            continue
        if about["Version"] == version:
            seen += 1
            if not SpecifierSet(about.get("Requires-Python", "")).contains(first):
                refused.append(f"{name}=={version}: Python {about['Requires-Python']}")
    assert seen > len(pins) / 2
    assert not refused


def test_the_lock_is_names_versions_and_hashes_alone():
    """So that it names no index and no folder of the machine that made it."""
    rest = re.sub(r"(?m)^    # via .*\n", "", LOCK)
    rest = re.sub(
        r"(?m)^[a-z0-9-]+==[\w.!+]+(?: ; [\w .<>=!'()]+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", "", rest
    )
    assert rest == ""
    assert install.packages(LOCK, lambda name: True) == LOCK
    assert len(ENTRIES) > 150


@pytest.mark.parametrize("python", TESTED, ids=str)
def test_the_lock_is_complete(python):
    """It is installed with --no-deps. What is missing or of another version: make lock."""
    project = tomllib.loads(PROJECT)["project"]
    extras = project["optional-dependencies"]
    wanted = needed(project["dependencies"] + extras["dev"] + extras["detectors"], python)
    versions, seen = locked(python), set()
    while wanted:
        one = wanted.pop()
        name = canonicalize_name(one.name)
        if name == "opencv-python":  # face-alignment's; the headless build takes its place
            continue
        assert name in versions, one
        assert one.specifier.contains(versions[name]), one
        if (name, *one.extras) not in seen:
            seen.add((name, *one.extras))
            try:
                wanted += needed(requires(name), python, ("", *one.extras))
            except PackageNotFoundError:  # of another Python
                continue
    assert len(seen) > 100


def test_the_lock_has_the_versions_of_the_constraints():
    lines = install.PINS.read_text(encoding="utf-8").splitlines()
    pinned = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}
    assert {name: pinned[name] for name, _, _ in ENTRIES if name in pinned} == {
        name: version for name, version, _ in ENTRIES if name in pinned
    }
    free = {name for name, _, _ in ENTRIES if name not in pinned}
    assert all(re.fullmatch(r"cuda-.*|nvidia-.*|triton|pywin32|tzdata", name) for name in free), free


def test_installed_packages_fit_together():
    """But for one: face-alignment names OpenCV's desktop build, which wants X libraries."""
    pytest.importorskip("pip")
    command = [sys.executable, "-m", "pip", "check"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    ours = {name for name, _, _ in ENTRIES} | {"fdan-repro"}
    problems = [line for line in said if canonicalize_name(line.partition(" ")[0]) in ours]
    assert problems in (
        [],
        [f"face-alignment {metadata('face-alignment')['Version']} requires opencv-python, which is not installed."],
    )


def test_no_database_is_opened_but_dvc_s():
    """Else what pyproject.toml ignores of them could be ours."""
    files = [path for folder in ("benchmarks", "fdan", "stages") for path in ROOT.glob(f"{folder}/**/*.py")]
    assert not [path for path in files if re.search(r"\bsqlite3\b|\bdiskcache\b", path.read_text(encoding="utf-8"))]


def test_every_place_names_a_python_that_is_tested():
    dotted = ["{}.{}".format(*python) for python in TESTED]
    project = tomllib.loads(PROJECT)
    assert project["project"]["requires-python"] == f">={dotted[0]}"
    assert project["tool"]["ruff"]["target-version"] == "py" + dotted[0].replace(".", "")
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert re.search(r"python: \[(.*)\]", workflow)[1].replace('"', "").split(", ") == dotted
    assert re.search(r'python-version: "(.*)"', workflow)[1] in dotted
    images = (ROOT / name for name in ("Dockerfile", ".devcontainer/devcontainer.json"))
    assert all(re.search(r"python:([\d.]+)-", path.read_text(encoding="utf-8"))[1] in dotted for path in images)
    pages = (ROOT / name for name in ("README.md", "docs/install.md"))
    assert all(f"{dotted[0]} to {dotted[-1]}" in path.read_text(encoding="utf-8") for path in pages)


@pytest.fixture
def pip(monkeypatch):
    """In place of pip: every `pip install`, and the names of the lock that it was given."""
    calls = []

    def run(*arguments, **_):
        if arguments[0] == "config":
            return subprocess.CompletedProcess(arguments, 0, run.settings)
        names = ()
        if "--require-hashes" in arguments:
            names = re.findall(r"(?m)^([\w.-]+)==", Path(arguments[-1]).read_text(encoding="utf-8"))
        calls.append((arguments[2:], set(names)))
        return subprocess.CompletedProcess(arguments, 0, "", "")

    run.settings = "global.index-url='https://a.mirror/simple'\n"
    run.calls = calls
    monkeypatch.setattr(install, "_run", run)
    return run


def test_everything_is_installed_by_its_hash(pip, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (*TESTED[-1], 0))
    assert install.main() == 0
    (first, build), (second, rest), (last, _) = pip.calls
    assert all({"--no-deps", "--require-hashes"} <= set(arguments) for arguments in (first, second))
    assert (build, rest) == ({"setuptools"}, {name for name, _, _ in ENTRIES})
    assert last == ("--no-deps", "--no-build-isolation", "--editable", ROOT)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("build", "cuda"), [("2.13.0+cpu", False), ("2.13.0", True)])
def test_where_pip_has_further_sources_torch_comes_by_version(pip, monkeypatch, capsys, build, cuda):
    monkeypatch.setattr(sys, "version_info", (*TESTED[0], 9))
    monkeypatch.setattr(install, "version", lambda name: build)
    pip.settings = ":env:.extra-index-url='https://user:secret@host/cpu'\nglobal.find-links='/wheels'\n"
    assert install.main() == 0
    assert pip.calls[0][0] == ("--no-deps", "--constraint", install.PINS, "torch", "torchvision")
    rest = pip.calls[2][1]
    assert rest.isdisjoint({"torch", "torchvision"})
    assert "numpy" in rest
    assert ("triton" in rest, "nvidia-cublas" in rest, "cuda-toolkit" in rest) == (cuda, cuda, cuda)
    said = capsys.readouterr().out
    assert said == (
        "torch comes by version, without its hash, since pip has sources beside PyPI (extra-index-url, find-links).\n"
    )


def test_a_python_that_was_not_tested_installs_by_version_and_says_so(pip, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert install.main() == 0
    assert all(arguments[:2] == ("--constraint", install.PINS) for arguments, _ in pip.calls)
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "Python 3.99 was not tried (tested: 3.11, 3.12, 3.13, 3.14): packages come by version, without hashes."
    ]


def test_a_file_of_another_hash_is_not_installed_and_one_line_says_what_helps(tmp_path, monkeypatch, capfd):
    pytest.importorskip("pip")
    wheel = tmp_path / "wheels/wanted-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    about = "wanted-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("wanted.py", "")
        file.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: wanted\nVersion: 1.0\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{about}/RECORD", "")
    venv.create(tmp_path / "env", with_pip=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "env/bin/python"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    monkeypatch.setenv("PIP_USER", "1")  # which pip refuses in a virtual environment
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    assert install._locked(f"wanted==1.0 \\\n    --hash=sha256:{'0' * 64}\n") == 1
    said = capfd.readouterr().err
    assert "DO NOT MATCH THE HASHES" in said
    assert said.splitlines()[-1].startswith("requirements.lock: pip fetched a file whose hash is not in the lock")
    assert "git checkout requirements.lock" in said
    assert not list(tmp_path.glob("env/lib/*/site-packages/wanted*"))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert install._locked(f"wanted==1.0 \\\n    --hash=sha256:{digest}\n") == 0
    assert list(tmp_path.glob("env/lib/*/site-packages/wanted.py"))


def test_an_older_python_is_refused_in_one_line(tmp_path, make):
    older = tmp_path / "older"
    older.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c \"import sys; sys.version_info = (3, 10); $2\"\n")
    older.chmod(0o755)
    result = make(older)
    assert result.returncode == 2
    lines = [line for line in result.stderr.splitlines() if not line.startswith("make")]
    assert lines == [f"{older}: expected Python 3.11 or newer; name one: make PYTHON=python3.13"]
    assert not (tmp_path / ".venv").exists()


@pytest.fixture
def make(tmp_path):
    """Build .venv in a folder with our Makefile alone, up to where packages are installed."""
    for name in ("Makefile", "install.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("constraints.txt", "requirements.lock"):
        (tmp_path / name).touch()
    offline = os.environ | {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_NO_INDEX": "1"}

    def run(python=sys.executable):
        command = ["make", ".venv/installed", f"PYTHON={python}"]
        return subprocess.run(command, cwd=tmp_path, env=offline, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("theirs", ["environment", "file", "link"])
def test_make_leaves_a_virtual_environment_of_the_user_s_alone(tmp_path, make, theirs):
    place = tmp_path / ".venv"
    if theirs == "file":
        place.write_text("mine")
    else:
        folder = place if theirs == "environment" else tmp_path / "elsewhere"
        (folder / "bin").mkdir(parents=True)
        (folder / "bin/mine").touch()
        if theirs == "link":
            place.symlink_to("elsewhere")
    result = make()
    assert result.returncode == 2
    assert ".venv: was not made by make, so it is left alone; move it away (mv .venv my-venv)" in result.stderr
    assert place.read_text() == "mine" if theirs == "file" else (place / "bin/mine").exists()


def test_make_makes_its_own_anew(tmp_path, make):
    (tmp_path / ".venv").mkdir()
    for name in (".made-by-make", "half"):
        (tmp_path / ".venv" / name).touch()
    make()  # installs nothing: the lock is empty
    assert (tmp_path / ".venv/bin/python").exists()
    assert not (tmp_path / ".venv/half").exists()


def test_an_installation_of_an_earlier_makefile_that_breaks_off_is_made_s_own(tmp_path, make):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/installed").touch()
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    os.utime(tmp_path / ".venv/installed", (0, 0))
    make()
    assert (tmp_path / ".venv/.made-by-make").exists()


@pytest.fixture
def make_git(tmp_path, monkeypatch):
    """`make git` in a folder with our Makefile, whose Python notes what it is to run; git knows no settings."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints.txt", "requirements.lock", "install.py", ".venv/bin/python"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".venv/installed").touch()
    python = tmp_path / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\ntest "$1" = -c && exec \'{sys.executable}\' "$@"\necho "$@" >> ran\n')
    python.chmod(0o755)
    (tmp_path / ".dvc").mkdir()
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    def run():
        command = ["make", "git", f"PYTHON={sys.executable}"]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        ran = tmp_path / "ran"
        return result.returncode, result.stderr, ran.read_text() if ran.exists() else ""

    return run


def test_a_folder_without_git_works_without(make_git, tmp_path):
    assert make_git() == (0, "", "-m dvc config --local core.no_scm true\n")
    (tmp_path / ".dvc/config.local").write_text("[core]\n    no_scm = true\n")
    assert make_git()[2].count("\n") == 1  # it is not set again


def test_a_repository_of_somebody_else_is_not_taken_for_none(make_git, tmp_path, monkeypatch):
    """As a container's mount is: git's own cure is printed, and nothing stays behind."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    assert make_git() == (0, "", "")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    code, said, ran = make_git()
    assert (code, ran) == (2, "")
    assert said.splitlines()[0] == (
        f".git: git refuses this repository: fatal: detected dubious ownership in repository at '{tmp_path}'; "
        f"try again after: git config --global --add safe.directory {tmp_path}"
    )
    assert not list((tmp_path / ".dvc").iterdir())


def test_a_repository_that_is_broken_is_not_taken_for_none(make_git, tmp_path):
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")  # a worktree without its repository
    code, said, ran = make_git()
    assert (code, ran) == (2, "")
    assert said.startswith(".git: git refuses this repository: fatal: not a git repository: ")


def test_a_repository_without_the_program_git_is_a_repository(make_git, tmp_path, monkeypatch):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "bin").mkdir()
    for name in ("make", "sh", "grep"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert make_git()[0::2] == (0, "")


def test_git_that_works_again_is_named(make_git, tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".dvc/config.local").write_text("[core]\n    no_scm = true\n")
    code, said, ran = make_git()
    assert (code, ran) == (0, "")
    assert "core.no_scm is set, but git works here" in said
    assert "dvc config --local --unset core.no_scm" in said


def test_make_starts_python_where_it_finds_the_stages(tmp_path, make):
    """Under PYTHONSAFEPATH it would not look into the current folder."""
    (tmp_path / "probe.mk").write_text("include Makefile\nprobe:\n\t@$(PYTHON) -c 'import probed'\n")
    (tmp_path / "probed.py").touch()
    command = ["make", "-f", "probe.mk", "probe", f"PYTHON={sys.executable}"]
    subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHONSAFEPATH": "1"}, check=True)


def test_a_clone_has_the_committed_bytes_whatever_git_is_told_of_line_ends(tmp_path):
    source = tmp_path / "source"
    (source / "reports").mkdir(parents=True)
    shutil.copy(ROOT / ".gitattributes", source)
    names = ("reports/metrics.json", "params.yaml", "dvc.lock", "fdan/errors.py", "reports/figures/fig5_savee.png")
    for name in (name for name in names if (ROOT / name).exists()):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "-m", "a"]):
        subprocess.run(["git", "-C", source, *command], check=True)
    subprocess.run(["git", "-c", "core.autocrlf=true", "clone", "--quiet", source, tmp_path / "clone"], check=True)
    copied = [path.relative_to(source) for path in source.rglob("*.*") if path.is_file() and ".git/" not in str(path)]
    assert len(copied) >= 5
    for path in copied:
        assert (tmp_path / "clone" / path).read_bytes() == (source / path).read_bytes(), path
