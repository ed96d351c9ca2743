"""What a caption says of the parameters in which a run is not the paper's."""

import ast
import copy
from pathlib import Path

from fdan.results import deviations as room
from fdan.results.deviations import FDAN_SECTIONS, deviations, deviations_page, differing
from fdan.runtime.params import read_document

ROOT = Path(__file__).parents[2]
PAPER = read_document(ROOT / room.PAPER_FILE)


def as_in_the_paper(**changes):
    """The paper's values, alpha among them; each change is of a dotted key, with __ for its dots."""
    params = copy.deepcopy(PAPER) | {"alpha": 0.001}
    for key, value in changes.items():
        *path, last = key.split("__")
        place = params
        for name in path:
            place = place[name]
        place[last] = value
    return params


def said(params, sections=None):
    return differing(deviations(params, PAPER), sections)


def test_alpha_is_always_told_since_the_paper_does_not_say_which_it_took():
    line = "Settings that differ from the paper: alpha 0.001 (the paper does not say which of 0.001, 0.0001, 1e-05)."
    assert said(as_in_the_paper()) == line


def test_few_differences_are_named_with_both_values():
    line = said(as_in_the_paper(train__epochs=30, variants__fdan1__attention=True, cnn__seeds=[0]))
    assert "train.epochs 30 (paper 300)" in line
    assert "variants.fdan1.attention true (paper false)" in line
    assert "cnn.seeds 0 (paper 0, 1, 2)" in line


def test_many_are_counted_and_stand_in_the_list():
    params = as_in_the_paper(cnn__size=64, cnn__epochs=1, cnn__weights="random", cnn__batch_size=8)
    assert "4 cnn settings; all of them are in reports/tables/params.md." in said(params)
    page = deviations_page(deviations(params, PAPER))
    assert "| `cnn.size` | 64 | 224 |" in page
    assert len([line for line in page.splitlines() if line.startswith("| `")]) == 5


def test_a_caption_leaves_out_what_does_not_touch_its_rows():
    params = as_in_the_paper(cnn__size=64, methods__sdt__width=8, features__weights="random")
    line = said(params, FDAN_SECTIONS)
    assert "cnn" not in line
    assert "methods" not in line
    assert "features.weights random (paper imagenet)" in line


def test_a_corpus_that_is_not_at_hand_is_no_difference_but_other_faces_are():
    params = as_in_the_paper(sources={"savee": "ravdess", "ravdess": "ravdess"}, multi={})
    assert [one.key for one in deviations(params, PAPER)] == ["alpha", "sources.savee"]


def test_a_variant_that_is_not_run_is_a_difference():
    params = as_in_the_paper()
    del params["variants"]["fdan1"]
    assert "variants.fdan1 absent (paper " in said(params)


def test_every_section_of_the_papers_numbers_is_compared():
    calls = [n for n in ast.walk(ast.parse(Path(room.__file__).read_text())) if isinstance(n, ast.Call)]
    read = {c.args[0].value for c in calls if getattr(c.func, "id", "") == "load_params"}
    assert read == {"alpha", *PAPER} - {*room.OURS}


def test_what_the_paper_does_not_name_is_no_difference():
    params = as_in_the_paper(faces__detector="haar", faces__weights=None, faces__align=False)
    params.pop("finetune")
    assert said(params) == said(as_in_the_paper())
