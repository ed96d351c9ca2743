from fdan.methods.registry import QUOTED_METHODS
from fdan.results.published import PUBLISHED


def test_every_quoted_row_has_a_method_of_the_declared_kind() -> None:
    assert list(QUOTED_METHODS) == [row.run for row in PUBLISHED if row.kind == "quoted"]
    assert {run: method.kind for run, method in QUOTED_METHODS.items()} == {
        "inca": "partial",
        "gm_tcnet": "faithful",
        "tf_mix": "partial",
        "smin": "partial",
        "trin": "inspired",
        "sdt": "faithful",
        "cadf": "partial",
        "map": "inspired",
    }


def test_who_reads_text_is_who_is_said_to() -> None:
    texts = {row.run for row in PUBLISHED if row.kind == "quoted" and "text" in row.modalities}
    assert {run for run, method in QUOTED_METHODS.items() if method.reads_text} == texts


def test_each_sentence_ends() -> None:
    for method in QUOTED_METHODS.values():
        assert method.known.endswith(".")
        assert method.differs.endswith(".")
