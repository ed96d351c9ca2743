import math
import re

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError as RuamelError

from fdan.runtime import yaml12


def with_ruamel(text: str, *, pure: bool):
    return YAML(typ="safe", pure=pure).load(text)


NUMBERLIKE = st.text("0123456789+-._eExXoObBaAfFnNiI:~ T=<", max_size=12)
WORDS = st.one_of(
    st.sampled_from(
        ["no", "No", "yes", "on", "off", "y", "true", "TRUE", "tRue", "False", "null", "NULL", "nUll", "~"]
    ),
    st.sampled_from(["010", "089", "0o10", "0O10", "0o8", "0x1F", "0X1f", "0b11", "-0x1f", "+0o7", "0_x1", "-0", "+1"]),
    st.sampled_from(["1_000", "1_", "_1", "1:30", "1:30:15.5", "2020-01-01", "2020-1-1", "2001-12-14t21:59:43-05:00"]),
    st.sampled_from(
        ["1e5", "1E5", "1e-05", "1.e5", ".5", ".5e3", ".5e+3", "+.5", ".", "._", "._1", "1._", "1.", "1e999"]
    ),
    st.sampled_from([".inf", "-.INF", "+.Inf", ".nan", ".NaN", "+.nan", "nan", "inf", "-", "+", "=", "<<"]),
)


@given(NUMBERLIKE | WORDS | st.text(max_size=12), st.sampled_from(["k: {}\n", "k: [{}]\n", "- {}\n", "{}\n"]))
def test_dvc_reads_every_scalar_that_we_read_alike(scalar, form):
    text = form.replace("{}", scalar)
    try:
        ours = yaml12.parse(text)
    except yaml.YAMLError:
        return  # refused; what must not be is in the tests below
    for pure in (True, False):
        try:
            theirs = with_ruamel(text, pure=pure)
        except (RuamelError, ValueError):
            # Its scanner knows fewer texts than libyaml; then DVC says so itself, and nobody reads anything else.
            continue
        assert repr(ours) == repr(theirs), text  # nan, -0.0 and the types too


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"), ("on", "on"), ("Y", "Y"), ("1:30", "1:30"), ("0o10", 8), ("0x1F", 31), ("010", 10), ("089", 89),
        ("1e-05", 1e-05), ("1e3", 1000.0), ("-1.5E+2", -150.0), (".5", 0.5), ("1.", 1.0), ("-.INF", -math.inf),
        ("true", True), ("TRUE", True), ("False", False), ("tRue", "tRue"), ("", None), ("~", None), ("Null", None),
        ("'no'", "no"), ("'010'", "010"), ('"1e5"', "1e5"), ("'1_000'", "1_000"), ("'2020-01-01'", "2020-01-01"),
        ("0o8", "0o8"), ("-5", -5), ("savee", "savee"), ("1.2.3", "1.2.3"), ("data/demo", "data/demo"), ("a_1", "a_1"),
    ],
)  # fmt: skip
def test_the_core_schema_of_yaml_1_2(written, value):
    found = yaml12.parse(f"key: {written}\n")["key"]
    assert repr(found) == repr(value)
    assert repr(with_ruamel(f"key: {written}\n", pure=True)["key"]) == repr(value)


@pytest.mark.parametrize("written", ["1_000", "0b11", "-0x1F", "0x1_F", "2020-01-01", ".5e3", "=", "1_0.5", "[_, 1_]"])
def test_what_readers_take_for_different_things_is_refused(written):
    with pytest.raises(yaml.MarkedYAMLError, match="quote it, or write a plain number") as caught:
        yaml12.parse(f"a: 1\nb: {written}\n")
    assert caught.value.problem_mark.line == 1


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a: found a second time; the first is in line 1"),
        ("a:\n  x: 1\n  'x': 2\n", 3, "x: found a second time"),
        ("a: 1\n010: 2\n", 2, "010: expected text as a key, found int"),
        ("true: 2\n", 1, "true: expected text as a key, found bool"),
        ("a: {null: 2}\n", 1, "null: expected text as a key, found null"),
        ("1e3: 2\n", 1, "1e3: expected text as a key, found float"),
        ("? [a]\n: 1\n", 1, "expected text as a key, found seq"),
        ("a: &a {x: 1}\nb:\n  <<: *a\n", 3, "merge keys are not read; write the keys out"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "found a tag, expected none"),
        ("a: !!int '3'\n", 1, "found a tag, expected none"),
        ("# about\n%YAML 1.1\n---\na: no\n", 2, "a directive"),
        ("a: &a [*a]\n", 1, "an alias of the collection that it stands in"),
        ("a: " + "[" * 200_000, 1, "more than 100 collections within each other"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        (f"a: {'9' * 5000}\n", 1, "found a number of 5000 digits"),
    ],
)
def test_what_is_refused_says_its_line(text, line, message):
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        yaml12.parse(text)
    assert message in caught.value.problem
    assert "\n" not in caught.value.problem
    assert caught.value.problem_mark.line + 1 == line


def test_aliases_are_read_and_a_million_laughs_are_not():
    assert yaml12.parse("a: &a [1, x]\nb: *a\n") == {"a": [1, "x"], "b": [1, "x"]}
    laughs = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30))
    with pytest.raises(yaml.MarkedYAMLError, match="more than 1000000 values"):
        yaml12.parse(f"a0: &a0 [{', '.join('x' * 10)}]\n{laughs}")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | NUMBERLIKE
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=50)
@given(PLAIN)
def test_every_reader_reads_what_we_write(document):
    text = yaml12.dump(document)
    assert yaml12.parse(text) == document
    assert with_ruamel(text, pure=True) == document
    assert yaml.safe_load(text) == document  # YAML 1.1


@settings(max_examples=50)
@given(PLAIN)
def test_we_read_what_dvc_writes(document):
    """As `dvc exp run -S` does, into params.yaml."""
    from dvc.utils.serialize import dumps_yaml

    written = dumps_yaml({"key": document})
    # Of texts such as .5e3 DVC leaves the quotes away, though they are numbers of YAML 1.2: these are refused.
    assume(not re.search(r"(^|[\s{\[,])[-+]?\.[0-9]+[eE][0-9]", written))
    assert yaml12.parse(written) == {"key": document}


def test_the_python_loader_of_a_machine_without_libyaml_reads_the_same(monkeypatch):
    import importlib

    import fdan.runtime.yaml12 as module

    with open("params.yaml", encoding="utf-8") as file:
        text = file.read()
    expected = yaml12.parse(text)
    monkeypatch.delattr(yaml, "CSafeLoader")
    try:
        importlib.reload(module)
        assert module.parse(text) == expected
        with pytest.raises(yaml.MarkedYAMLError, match="found a second time"):
            module.parse("a: 1\na: 2\n")
    finally:
        monkeypatch.undo()
        importlib.reload(module)
