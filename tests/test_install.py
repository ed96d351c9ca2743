"""What `make` installs."""

import hashlib
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
