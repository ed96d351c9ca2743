import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGE = """
from pathlib import Path
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.input_guard import note_input

def main():
    load_params("alpha", float)
    note_input(Path("raw"))
    Path("data/in.csv").read_text()
    with output(Path("out")) as path:
        path.write_text("made")
        exec(Path("meanwhile.txt").read_text())

if __name__ == "__main__":
    run()
"""


@pytest.fixture
def stage(tmp_path):
    """Run a stage of its own in a small project, with a line of code that is executed while it runs."""
    for folder in ("stages", "data", "raw"):
        (tmp_path / folder).mkdir()
    (tmp_path / "fdan").symlink_to(ROOT / "fdan")
    (tmp_path / "stages/one.py").write_text(STAGE)
    (tmp_path / "stages/other.py").write_text("")
    (tmp_path / "data/in.csv").write_text("a")
    (tmp_path / "raw/clip.wav").write_text("a")
    (tmp_path / "params.yaml").write_text("alpha: 1.0\nbeta: 1.0\n")

    def start(meanwhile):
        (tmp_path / "meanwhile.txt").write_text(meanwhile)
        command = [sys.executable, "-m", "stages.one"]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return result, (tmp_path / "out").exists()

    return start


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("data/in.csv", "other", "data/in.csv"),
        ("raw/clip.wav", "other", "raw/clip.wav"),
        ("stages/one.py", "x = 1", "stages/one.py"),
        ("params.yaml", "alpha: 2.0\nbeta: 1.0\n", "params.yaml: alpha"),
    ],
)
def test_a_stage_whose_input_code_or_param_changed_leaves_no_output(stage, file, text, named):
    result, made = stage(f"Path({file!r}).write_text({text!r})")
    assert (result.returncode, made) == (1, False)
    assert result.stderr.splitlines() == [
        f"stages.one: error: {named}: changed while the stage ran; no output is kept, run it again"
    ]


@pytest.mark.parametrize(
    ("file", "text"), [("params.yaml", "alpha: 1.0\nbeta: 2.0\n"), ("stages/other.py", "x = 1"), ("data/else.csv", "b")]
)
def test_what_it_does_not_use_may_change(stage, file, text):
    result, made = stage(f"Path({file!r}).write_text({text!r})")
    assert (result.returncode, result.stderr, made) == (0, "", True)


def test_an_output_of_an_earlier_run_is_no_input(stage, tmp_path):
    """A stage started by hand puts its folder in the place of the old one, which it opens to remove it."""
    twice = STAGE.replace("path.write_text", "path.mkdir()\n        (path / 'a').write_text")
    (tmp_path / "stages/one.py").write_text(twice.replace("with output", "for _ in range(2):\n      with output"))
    assert stage("")[0].stderr == ""
    assert stage("")[0].stderr == ""
    assert (tmp_path / "out/a").read_text() == "made"
