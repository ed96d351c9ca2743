"""README and docs: every link leads somewhere, every command that stands in a block is one."""

import itertools
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from dvc.repo import Repo

from fdan import cli
from fdan.runtime.params import load_params

ROOT = Path(__file__).parent.parent
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))


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


def commands():
    """Every line of a block that is a command of ours, with its page."""
    for page in PAGES:
        for block in re.findall(r"^```\n(.*?)^```", text(page), flags=re.S | re.M):
            for line in block.splitlines():
                if found := re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*((?:make|dvc|fdan) .*)", line):
                    words = shlex.split(found[1], comments=True)
                    yield pytest.param(words, id=f"{page}: {' '.join(words)}"[:80])


@cache
def stages():
    return {stage.addressing for stage in Repo(str(ROOT)).index.stages}


def parameter(key):
    load_params(key, Any, ROOT / "params.yaml")


@pytest.mark.parametrize("words", list(commands()))
def test_every_command_is_one(words):
    program, *rest = words
    if program == "make":
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)
        assert [word for word in rest if "=" not in word] == [word for word in rest if word in targets]
    elif program == "fdan":
        cli.parse(rest)
    else:
        verbs = rest[:2] if rest[0] in {"exp", "metrics", "params", "plots", "queue", "remote"} else rest[:1]
        settings = [value for option, value in itertools.pairwise(rest) if option in {"-S", "--set-param"}]
        for setting in settings:
            parameter(setting.partition("=")[0])
        if verbs in (["repro"], ["exp", "run"]):
            targets = [word for word in rest[len(verbs) :] if not word.startswith("-") and word not in settings]
            assert set(targets) <= stages()


@pytest.mark.slow
def test_the_site_is_made_of_the_pages_without_a_warning(tmp_path):
    pytest.importorskip("furo")
    options = ["-q", "-W", "--keep-going", "-t", "pages", "-c", "docs"]
    command = [sys.executable, "-m", "sphinx", *options, "-d", tmp_path / "trees"]
    made = subprocess.run([*command, ".", tmp_path / "site"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    for page in ("index.html", "README.html", *(f"{page.removesuffix('.md')}.html" for page in PAGES if "/" in page)):
        assert (tmp_path / "site" / page).is_file(), page
