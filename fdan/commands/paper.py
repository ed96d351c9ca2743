"""Write the paper's own numbers (params.paper.yaml) and the real corpora into params.yaml; print what it will take.

Examples:
  fdan paper --savee /data/SAVEE --meld /data/MELD
  fdan paper --savee /data/SAVEE                      (nothing of MELD is touched then)

First it estimates what the run will take: the hours of each stage, disk and memory. Comments and all other lines of
params.yaml stay. Then: fdan preflight && dvc repro report
A corpus that lies outside of the project is named by a link below data/raw: there no stage runs again for what a
file manager leaves.
The former params.yaml is kept in build/former; a line says under which name. To go back, copy it over params.yaml.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node

from fdan.commands.forecast import forecast, sizes
from fdan.errors import FdanError, UnusableError
from fdan.results.deviations import BY_CORPUS, PAPER_FILE
from fdan.runtime.outputs import free_place, replaced_file
from fdan.runtime.params import PARAMS_FILE, ParamsError, read_document, refuse_old_keys
from fdan.runtime.workspace import link


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder of each corpus."""
    parser.add_argument("--savee", metavar="DIR", help="SAVEE's folder")
    parser.add_argument("--meld", metavar="DIR", help="MELD's folder")
    parser.add_argument("--no-forecast", action="store_true", help="do not estimate what the run will take")


def run(options: argparse.Namespace) -> int:
    """Print an estimate of what the run takes; then rewrite params.yaml, and print its unified diff.

    Raises:
        UnusableError: no corpus is given, or no such folder; params.yaml is a former version's.
        ParamsError: either file is missing or broken.
    """
    given = {name: getattr(options, name) for name in ("savee", "meld") if getattr(options, name)}
    if not given:
        raise UnusableError("expected --savee DIR, --meld DIR or both")
    for name, folder in given.items():
        if not Path(folder).is_dir():
            raise UnusableError(f"--{name} {folder}: no such folder")
    refuse_old_keys()
    free_place(PARAMS_FILE, overwrite=True, cure="make it a file that can be written")
    places = {name: _place(name, Path(folder)) for name, folder in given.items()}
    overlay = for_corpora(read_document(PAPER_FILE), {name: str(place) for name, place in places.items()})
    old = PARAMS_FILE.read_text(encoding="utf-8")
    new = merge(old, read_document(PARAMS_FILE), overlay)
    if not options.no_forecast:
        _forecast(YAML(typ="safe", pure=True).load(new) | {"raw": given})
    with replaced_file(PARAMS_FILE) as file:
        file.write_text(new, encoding="utf-8")
        for name, place in places.items():
            if str(place) != given[name]:
                _link(place, Path(given[name]))
    lines = unified_diff(old.splitlines(True), new.splitlines(True), f"a/{PARAMS_FILE}", f"b/{PARAMS_FILE}")
    print("".join(lines) or f"{PARAMS_FILE}: as in the paper already\n", end="", flush=True)
    return 0


def _place(corpus: str, folder: Path) -> Path:
    """Where .dvcignore holds, by a link if need be; the folder itself if another one stands in the link's place."""
    place, elsewhere = Path("data/raw") / corpus, Path(os.path.abspath(folder))
    if elsewhere.is_relative_to(Path.cwd()) or (place.exists() and not place.is_symlink()):
        return folder
    return place


def _link(place: Path, folder: Path) -> None:
    elsewhere = os.path.abspath(folder)
    former = os.readlink(place) if place.is_symlink() else elsewhere
    place.unlink(missing_ok=True)  # it is a link, perhaps to where the corpus was
    link(place, Path(elsewhere))
    print(f"{place}: a link to {folder}{f' (before: to {former})' if former != elsewhere else ''}", flush=True)


def _forecast(document: Mapping[str, Any]) -> None:
    try:
        print(forecast(document, sizes(document)), flush=True)
    except FdanError as error:  # `fdan preflight`, which comes next, says what to do
        print(f"no forecast: {error}", file=sys.stderr)


def for_corpora(paper: Mapping[str, Any], folders: Mapping[str, str]) -> dict[str, Any]:
    """The paper's numbers with the corpora that are there, and without a word of the others.

    Args:
        paper: params.paper.yaml.
        folders: each corpus' folder, by name.
    """
    shares = {corpus: share for corpus, share in paper["figures"]["tsne_share"].items() if corpus in folders}
    return {
        **paper,
        "raw": dict(folders),
        "sources": {corpus: faces for corpus, faces in paper["sources"].items() if {corpus, faces} <= set(folders)},
        "multi": {corpus: sources for corpus, sources in paper["multi"].items() if {corpus, *sources} <= set(folders)},
        "figures": {**paper["figures"], "tsne_share": shares},
    }


def merge(text: str, values: Mapping[str, Any], overlay: Mapping[str, Any]) -> str:
    """YAML with the values of `overlay` in place of its own; every other character stays, comments too.

    Args:
        text: of params.yaml.
        values: what it says.
        overlay: sections and values; every key must be there already.

    Raises:
        ParamsError: a key that `text` does not have.
    """
    root = YAML(typ="safe", pure=True).compose(text)
    for start, end, replacement in sorted(_changes(root, values, overlay, ""), reverse=True):
        rest = text[end:]
        if "\n" not in replacement and rest.lstrip(" ").startswith("#"):  # a comment keeps its column
            gap = len(rest) - len(rest.lstrip(" ")) - (len(replacement) - (end - start))
            rest = " " * max(gap, 2) + rest.lstrip(" ")
        text = text[:start] + replacement + rest
    return text


def _changes(
    mapping: MappingNode, values: Mapping[str, Any], overlay: Mapping[str, Any], path: str
) -> Iterator[tuple[int, int, str]]:
    """Where the values stand that are to be others, from character to character, and the text to put there."""
    nodes = {key.value: (key, node) for key, node in mapping.value}
    for name, value in overlay.items():
        where = f"{path}{name}"
        if name not in values:
            raise ParamsError(f"{PAPER_FILE}: {where}: not in {PARAMS_FILE}")
        key, node = nodes[name]
        if isinstance(value, Mapping) and where not in BY_CORPUS:  # they are replaced whole: no other corpus stays
            yield from _changes(node, values[name], value, f"{where}.")
        elif values[name] != value:
            yield _change(key, node, value)


def _change(key: Node, node: Node, value: Any) -> tuple[int, int, str]:
    inline = not isinstance(node, CollectionNode) or node.flow_style
    if inline and not (isinstance(value, Mapping | list) and value):
        return node.start_mark.index, _end(node), _block(value)
    # A block begins on the line after its key; what stands behind the key stays.
    indent = key.start_mark.column + (0 if isinstance(value, list) and value else 2)
    block = "".join(f"\n{' ' * indent}{line}" for line in _block(value).splitlines())
    start = key.end_mark.index + len(":") if inline else node.start_mark.index - node.start_mark.column - len("\n")
    return start, _end(node), block


def _end(node: Node) -> int:
    """Where a node's last character is; what a block ends with counts, no comment behind it."""
    if not isinstance(node, CollectionNode) or node.flow_style:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(node, MappingNode) else last)


def _block(value: Any) -> str:
    """Block style, which ``dvc exp run -S`` writes as well."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width = False, 4096
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # declared as None
    stream = StringIO()
    yaml.dump(value, stream)
    return stream.getvalue().removesuffix("...\n").rstrip("\n")
