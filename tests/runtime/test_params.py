from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest
from annotated_types import Ge

from fdan.runtime.params import ParamsError, changed_sections, check_sections, load_params, load_part


@dataclass(frozen=True)
class Section:
    epochs: Annotated[int, Ge(1)]
    rate: Annotated[float, Ge(0)]
    detector: Literal["haar", "sfd"]
    seeds: tuple[int, ...]
    weights: str | None


GOOD = "train:\n  epochs: 3\n  rate: 1.0e-3\n  detector: haar\n  seeds:\n  - 0\n  - 1\n  weights: null\n"


@pytest.fixture
def file(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "params.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def test_a_section_becomes_its_dataclass(file):
    assert load_params("train", Section, file(GOOD)) == Section(3, 0.001, "haar", (0, 1), None)


@pytest.mark.parametrize(
    ("written", "number"),
    # 1e-05 is what `dvc exp run -S alpha=1e-5` writes, and a string to YAML 1.1
    [("1e-05", 1e-05), ("1e-5", 1e-5), ("1.0e-3", 1e-3), ("0", 0.0), ("1", 1.0), ("0.5", 0.5)],
)
def test_numbers_are_numbers(file, written, number):
    value = load_params("alpha", Annotated[float, Ge(0)], file(f"alpha: {written}\n"))
    assert value == number
    assert type(value) is float


@pytest.mark.parametrize("written", ["abc", "'1e-5'", "true", "null", "[1]", "-1", ".nan", ".inf"])
def test_what_is_no_number_at_least_0_is_refused(file, written):
    with pytest.raises(ParamsError, match=r"params\.yaml: alpha: "):
        load_params("alpha", Annotated[float, Ge(0)], file(f"alpha: {written}\n"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("epochs: 3", "epochs: 0", "train.epochs: 0: input should be greater than or equal to 1"),
        ("epochs: 3", "epochs: 2.5", "train.epochs: 2.5: input should be a valid integer"),
        ("epochs: 3", "epochs: '3'", "train.epochs: '3': input should be a valid integer"),
        ("epochs: 3", "epochs: true", "train.epochs: True: input should be a valid integer"),
        ("detector: haar", "detector: har", "train.detector: 'har': input should be 'haar' or 'sfd'"),
        ("- 1", "- one", "train.seeds.1: 'one': input should be a valid integer"),
        ("  weights: null\n", "", "train.weights: field required"),
        ("weights: null", "weights: null\n  momentun: 0.9", "train.momentun: 0.9: unexpected"),
        ("train:", "training:", "train: missing"),
    ],
)
def test_a_mistake_is_one_line_with_file_key_value_and_expectation(file, old, new, message):
    path = file(GOOD.replace(old, new))
    with pytest.raises(ParamsError) as error:
        load_params("train", Section, path)
    assert message in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_dotted_section(file):
    path = file("raw:\n  savee: /data/SAVEE\n")
    assert load_params("raw.savee", str, path) == "/data/SAVEE"
    with pytest.raises(ParamsError, match=r"raw\.meld: missing"):
        load_params("raw.meld", str, path)


@pytest.mark.parametrize(
    "text", ["a: [", "a: 1\na: 2\n", "- 1\n", "a: !!python/object:os.system x\n", b"a: \xff", "a: \x07"]
)
def test_broken_yaml_is_one_line(file, tmp_path, text):
    path = tmp_path / "params.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ParamsError, match=r"params\.yaml") as error:
        load_params("a", int, path)
    assert "\n" not in str(error.value)


def test_no_file(tmp_path):
    with pytest.raises(ParamsError, match="no such file"):
        load_params("a", int, tmp_path / "params.yaml")


def test_a_section_that_nothing_reads_is_refused(file):
    path = file("alpha: 1\nalhpa: 2\n")
    with pytest.raises(ParamsError, match="alhpa: unknown section"):
        check_sections({"alpha"}, path)
    check_sections({"alpha", "alhpa"}, path)


@dataclass(frozen=True)
class Half:
    """Two keys of a section that has more."""

    size: Annotated[int, Ge(1)]
    name: str


def test_a_part_of_a_section_needs_its_own_keys_and_minds_no_other(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("whole: {size: 2, name: a, other: 1}\n")
    assert load_part("whole", Half, path) == Half(2, "a")
    path.write_text("whole: {size: 2, name: a, other: 3333}\n")
    assert changed_sections() == []
    path.write_text("whole: {size: 44444, name: a, other: 1}\n")
    assert changed_sections() == ["whole.size"]
    for text, message in (
        ("{size: 0, name: a}", "whole.size: 0: "),
        ("{name: a}", "whole.size: field required"),
        ("3", "3: "),
    ):
        path.write_text(f"whole: {text}   # another\n")
        with pytest.raises(ParamsError, match=message):
            load_part("whole", Half, path)
