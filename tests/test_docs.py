"""README and docs: every link leads somewhere, every command is one, every block is run or says why it is not.

The line above a block is a comment with what keeps the block from being run here, the tests that run it, or both:

    <!-- needs: corpora, hours; run by: tests/test_x.py::test_y -->
"""

import csv
import itertools
import re
import shlex
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from dvc.cli.parser import get_main_parser
from dvc.repo import Repo

from fdan.commands import cli
from fdan.corpora.registry import find_corpus
from fdan.data.emotions import Emotion
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params
from tests.test_rooms import ROOMS

ROOT = Path(__file__).parent.parent
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))

NEEDS = {"a built project", "corpora", "docker", "hours", "network"}


def text(page):
    return (ROOT / page).read_text(encoding="utf-8")


def anchors(page):
    """What GitHub makes of the page's headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text(page), flags=re.S), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        there = (ROOT / page).parent / path if path else ROOT / page
        assert there.resolve().is_relative_to(ROOT), target
        assert there.exists(), target
        assert not anchor or anchor in anchors(there.resolve().relative_to(ROOT).as_posix()), target


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_reached_from_the_readme(page):
    linked = set(re.findall(r"\]\(([^)#\s]+)", text("README.md")))
    assert page in linked or not page.startswith("docs/"), "README.md does not lead here"


class Block(NamedTuple):
    page: str
    marks: dict[str, list[str]]
    language: str
    text: str

    @property
    def tests(self):
        return self.marks.get("run by", [])


def blocks():
    for page in PAGES:
        found = re.findall(r"(?:^<!-- ([^\n]*) -->\n)?^```(\w*)\n(.*?)^```$", text(page), flags=re.S | re.M)
        for mark, language, body in found:
            parts = (part.partition(": ") for part in mark.split("; ") if part)
            yield Block(page, {what: words.split(", ") for what, _, words in parts}, language, body)


BLOCKS = list(blocks())


def run_by(test):
    """The blocks that name a test of this file."""
    found = [block for block in BLOCKS if f"tests/test_docs.py::{test.__name__}" in block.tests]
    assert found
    return found


@pytest.mark.parametrize("block", BLOCKS, ids=[f"{b.page}: {b.text.partition('  ')[0]}"[:60] for b in BLOCKS])
def test_every_block_is_run_or_says_what_it_needs(block):
    assert block.marks, "no comment above it"
    assert block.marks.keys() <= {"needs", "run by"}
    assert set(block.marks.get("needs", ())) <= NEEDS
    for test in block.tests:
        file, _, name = test.partition("::")
        assert f"def {name}(" in text(file), test


def test_what_is_shown_is_what_is_printed(capsys):
    for block in run_by(test_what_is_shown_is_what_is_printed):
        for part in re.split(r"^\$ fdan ", block.text, flags=re.M)[1:]:
            command, _, shown = part.partition("\n")
            code = cli.main(shlex.split(command, comments=True))
            assert capsys.readouterr().out == shown
            assert code == int("impossible" in shown)


def test_the_answers_that_need_no_corpus_are_the_same_on_both_pages():
    """tests/audit/test_ledger.py computes their numbers."""
    answers = re.findall(r"^\* .*(?:\n  .*)*", text("docs/audit.md"), flags=re.M)
    assert len(answers) == 4
    assert all(answer in text("README.md") for answer in answers)


def patterns(path):
    """A path as a page writes it, with braces and names in angles, as patterns."""
    if not (found := re.search(r"\{([^}]*)\}", path)):
        return [re.sub(r"<\w+>", "*", path)]
    return [
        one for word in found[1].split(",") for one in patterns(f"{path[: found.start()]}{word}{path[found.end() :]}")
    ]


def test_every_file_that_comes_out_is_listed():
    lines = [line for block in run_by(test_every_file_that_comes_out_is_listed) for line in block.text.splitlines()]
    there = [path.relative_to(ROOT).as_posix() for path in (ROOT / "reports").rglob("*") if path.is_file()]
    there = [path for path in there if not path.startswith("reports/local/") and "/." not in path]
    listed = set()
    for line in lines:
        paths = (path.rstrip(",;:)") for path in re.findall(r"reports/\S+", line))
        new = {one for path in paths if not path.startswith("reports/local") for one in patterns(path)}
        listed |= {one for one in new if one[-1] != "/"}  # the README names a folder, docs/reproduce.md its files
        assert "if there are any" in line or all(any(fnmatch(p, f"{one}*") for p in there) for one in new), line
    assert [path for path in there if not any(fnmatch(path, one) for one in listed)] == []


def test_where_things_are_is_where_they_are():
    (block,) = run_by(test_where_things_are_is_where_they_are)
    rooms = []
    for line in block.text.splitlines():
        names = line.strip().partition("  ")[0].split()
        within = line.startswith("  ")
        assert all((ROOT / ("fdan" if within else "") / name).exists() for name in names), line
        rooms += [name.removesuffix("/").removesuffix(".py") for name in names if within]
    assert rooms == ROOMS


def test_the_table_of_a_corpus_of_yours_is_read(tmp_path):
    (block,) = run_by(test_the_table_of_a_corpus_of_yours_is_read)
    (tmp_path / "utterances.csv").write_text(block.text)
    for row in csv.DictReader(block.text.splitlines()):
        for name in (row["audio"], row["video"]):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
    listing = find_corpus("talks", tmp_path).read(tmp_path)
    said = [(u.id, u.speaker, u.emotion) for u in listing.utterances]
    assert said == [("talk_01", "Ann", Emotion.FEAR), ("talk_02", "", Emotion.ANGER)]
    assert listing.notes == ()


def test_both_ways_of_working_in_parallel_are_accepted(tmp_path):
    (block,) = run_by(test_both_ways_of_working_in_parallel_are_accepted)
    for number, line in enumerate(block.text.splitlines()):
        file = tmp_path / f"{number}.yaml"
        file.write_text(line)
        assert load_params("parallel", ParallelParams, file).backend == ("loky", "dask")[number]


PROGRAMS = ("dvc", "fdan", "git", "make", "pip", "python", "rm", "source")


def commands():
    """Every line of a block of commands, and every command within a text, which may lack what it needs."""
    for page in PAGES:
        if page == "CHANGELOG.md":  # what was
            continue
        for block in BLOCKS:
            if block.page == page and not block.language and not any("test_docs.py" in test for test in block.tests):
                for line in filter(None, block.text.splitlines()):
                    words = shlex.split(line, comments=True)
                    words = list(itertools.dropwhile(lambda word: re.match(r"[A-Z_]+=", word), words))
                    yield pytest.param(words, True, id=f"{page}: {' '.join(words)}"[:80])
        for span in re.findall(r"`([^`]+)`", re.sub(r"^```.*$", "", text(page), flags=re.M)):
            if span.split()[0] in PROGRAMS and len(span.split()) > 1:
                yield pytest.param(shlex.split(span), False, id=f"{page}, in a text: {' '.join(span.split())}"[:80])


@cache
def stages():
    return {stage.addressing for stage in Repo(str(ROOT)).index.stages}


def ours(words, whole, capsys):
    """A command of ours is parsed; help and arithmetic are run."""
    try:
        if words[-1] == "--help" or (words[0] == "grim" and words[1:]):
            assert cli.main(words) in {0, 1}
        else:
            cli.parse(words)
    except SystemExit as ended:
        if ended.code and (whole or "required" not in capsys.readouterr().err):
            raise


def dvcs(words, whole):
    """Verbs, options, parameters and stages of a command of DVC's."""
    for option, value in itertools.pairwise(words):
        if option in {"-S", "--set-param"}:
            load_params(value.partition("=")[0], Any, ROOT / "params.yaml")
    if whole:
        given = get_main_parser().parse_args(words)
        targets = given.targets if words[0] == "repro" or words[:2] == ["exp", "run"] else ()
        assert {target.partition("@")[0] for target in targets} <= {stage.partition("@")[0] for stage in stages()}
    else:
        verbs = itertools.takewhile(str.isalpha, words)
        with pytest.raises(SystemExit, match=r"^0$"):
            get_main_parser().parse_args([*verbs, "--help"])


@pytest.mark.parametrize(("words", "whole"), list(commands()))
def test_every_command_is_one(words, whole, capsys):
    program, *rest = words
    if program == "make":
        targets = re.findall(r"^(\w+):", text("Makefile"), flags=re.M)
        assert [word for word in rest if "=" not in word] == [word for word in rest if word in targets]
    elif program == "fdan":
        ours(rest, whole, capsys)
    elif program == "dvc":
        dvcs(rest, whole)
    elif words[:2] == ["git", "clone"] or program == "cp":
        assert f"/{rest[-1].partition('/')[0]}/" in text(".gitignore").splitlines(), "into what git does not see"
    elif program == "git":
        assert rest[0] in {"checkout", "init", "log"}
        assert all((ROOT / path).exists() for path in rest[1:] if path[0] != "-")
    elif program == "pip":
        extras = tomllib.loads(text("pyproject.toml"))["project"]["optional-dependencies"]
        assert rest[:2] == ["install", "-e"]
        assert rest[2][2:-1] in extras
    elif program == "python":
        assert (ROOT / rest[0]).is_file()
    elif program == "rm":
        assert f"/{rest[-1]}/" in text(".gitignore").splitlines(), "something of the project's"
    else:
        assert words == ["source", ".venv/bin/activate"], "a command that no test knows"


@pytest.mark.slow
def test_the_site_is_made_of_the_pages_without_a_warning(tmp_path):
    pytest.importorskip("furo")
    options = ["-q", "-W", "--keep-going", "-t", "pages", "-c", "docs"]
    command = [sys.executable, "-m", "sphinx", *options, "-d", tmp_path / "trees"]
    made = subprocess.run([*command, ".", tmp_path / "site"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    for page in ("index.html", "README.html", *(f"{page.removesuffix('.md')}.html" for page in PAGES if "/" in page)):
        assert (tmp_path / "site" / page).is_file(), page
