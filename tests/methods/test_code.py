"""What a cached result of a method depends on is what its code imports, and nothing that a process happens to have."""

import subprocess
import sys
from pathlib import Path

from fdan.methods.quoted import Job
from fdan.methods.registry import METHODS, load
from fdan.methods.sounds import Reader
from fdan.runtime.cache import Cache
from fdan.runtime.params import load_params
from fdan.runtime.project import Project

ROOT = Path(__file__).parents[2]


def job_of(name: str) -> Job:
    params = load_params(f"methods.{name}", load(name).Params, ROOT / "params.yaml")
    return Job(Project(), "savee", name, params, 0, ("the split", "the inputs"))


def test_an_answer_depends_on_its_method_and_a_reading_on_the_file_that_reads():
    """So an edit of TRIN retrains no CADF, and what both read of a sound is read once."""
    for name in METHODS:
        used = {Path(file) for file in job_of(name).code}
        assert {path.stem for path in used if path.parent.name == "methods"} & {*METHODS} == {name}
        assert Path("fdan/methods/running.py") in used
    cadf, trin, gm_tcnet = (Reader(load(name).read, None).code for name in ("cadf", "trin", "gm_tcnet"))
    assert cadf == trin
    assert {"fdan/methods/sounds.py", "fdan/media/wav.py"} <= {*cadf}
    assert {"fdan/methods/gm_tcnet.py", *cadf} <= {*gm_tcnet}


def key_of(name: str) -> str:
    job = job_of(name)
    return job.key(Cache(job.kind, (), job.code, job.libraries))


ALONE = """
import fdan.numerics.pins
import sys
sys.path.insert(0, "tests/methods")
from test_code import key_of
print(key_of("ngrams"))
"""


def test_a_key_does_not_depend_on_what_else_was_imported():
    """In a fresh process, which has loaded this method alone before its key is made, and here, where all are loaded."""
    program = ALONE.replace("from test_code", "import fdan.methods.ngrams\nfrom test_code")
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert all(f"fdan.methods.{name}" in sys.modules for name in METHODS)
    assert said.strip() == key_of("ngrams")
