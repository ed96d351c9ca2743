"""A copy of the pipeline in a folder of its own, run stage by stage by DVC, each stage measured."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fdan.errors import FdanError
from fdan.rehearsal.measure import Measured, kept, measure
from fdan.runtime.workspace import environment, link, prepare

COPIED = ("dvc.yaml", "params.paper.yaml", ".dvcignore")


@dataclass(frozen=True)
class Project:
    """The pipeline in a folder beside the project.

    Attributes:
        folder: its own, absolute.
        records: where what each stage took is kept.
        variables: of its stages, beside this process' own.
    """

    folder: Path
    records: Path
    variables: Mapping[str, str]

    def prepare(self, document: Mapping[str, Any]) -> None:
        """Copy the code as it is now, write the params, make a DVC repository of it; outputs that are there stay."""
        # A cache of its own: what one project knows costs another nothing.
        prepare(self.folder, document, self.folder.with_name(f"{self.folder.name}.cache"))
        link(self.folder / "encoders", Path("encoders").absolute())
        for name in ("fdan", "stages"):
            shutil.copytree(name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        for name in COPIED:
            shutil.copy2(name, self.folder / name)
        self.records.mkdir(parents=True, exist_ok=True)
        if not (self.folder / ".dvc").is_dir():
            self._dvc("init", "--no-scm", "-q")

    def stages(self, kinds: Collection[str]) -> list[str]:
        """The names of all stages of some kinds and of those that they need, in an order in which they can run."""
        before = edges(self._dvc("dag", "--dot"))
        return list(in_order(before, [name for name in before if name.partition("@")[0] in kinds]))

    def changed(self) -> set[str]:
        """The names of the stages that DVC would run."""
        text = self._dvc("status", "--json")
        return set(json.loads(text[text.index("{") :]))

    def run(self, names: Sequence[str]) -> None:
        """Run those of some stages that have changed or were never measured, one by one.

        Raises:
            FdanError: a stage failed; it has said why.
        """
        changed, known = self.changed(), kept(self.records)
        for name in names:
            if name in changed or name not in known:
                self._measure(name, self._command("repro", "-s", name))

    def _measure(self, name: str, command: Sequence[str]) -> None:
        code, measured = measure(name, command, self.folder, self._environment(), self.records)
        if code:
            raise FdanError(f"{name} in {self.folder}: failed, see above; what is done is kept, so start again")
        print(f"{name}: {_told(measured)}", flush=True)

    def run_alone(self, commands: Sequence[str]) -> None:
        """Run stages without DVC, as ``baselines meld vgg16``; one that was measured is not run again.

        Raises:
            FdanError: a stage failed; it has said why.
        """
        for command in commands:
            script, *arguments = command.split()
            name = f"{script}@{'-'.join(arguments)}"
            if name not in kept(self.records):
                self._measure(name, [sys.executable, "-m", f"stages.{script}", *arguments])

    def take(self, names: Sequence[str], row: str = "") -> None:
        """Let DVC take outputs that lie there for what those of some stages that have changed have made.

        Args:
            names: of the stages.
            row: the name under which is kept what DVC took for it; without one nothing is.
        """
        changed = self.changed()
        command = ("commit", "-q", "-f", *(name for name in names if name in changed))
        if changed.isdisjoint(names):
            return
        if row:
            self._measure(row, self._command(*command))
        else:
            self._dvc(*command)

    def _dvc(self, *arguments: str) -> str:
        result = subprocess.run(
            self._command(*arguments),
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            lines = result.stderr.strip().splitlines() or ["failed"]
            raise FdanError(f"dvc {arguments[0]} in {self.folder}: {lines[0]}")
        return result.stdout

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "dvc", *arguments]

    def _environment(self) -> dict[str, str]:
        # Stages start as `python -m stages.<name>`: this Python's, with the copied code, not the project's.
        found = environment(**self.variables)
        found.pop("PYTHONPATH")
        return found | {"PATH": f"{Path(sys.executable).parent}:{found.get('PATH', '')}"}


def _told(measured: Measured) -> str:
    return f"{measured.seconds:.0f} s, {measured.memory / 1e9:.2f} GB in the largest process"


def edges(dot: str) -> dict[str, set[str]]:
    """The nodes of a graph in Graphviz' language, each with those that point to it."""
    before: dict[str, set[str]] = {}
    for line in dot.splitlines():
        names = re.findall(r'"([^"]+)"', line)
        for name in names:
            before.setdefault(name, set())
        if len(names) == 2:
            before[names[1]].add(names[0])
    return before


def in_order(before: Mapping[str, set[str]], wanted: Collection[str]) -> Iterator[str]:
    """Some nodes and all that lead to them, each after those that point to it; of equals by name."""
    needed = set(wanted)
    while more := {name for one in needed for name in before[one]} - needed:
        needed |= more
    done: set[str] = set()
    while ready := sorted(name for name in needed - done if before[name] <= done):
        done.update(ready)
        yield from ready
