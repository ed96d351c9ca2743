"""YAML 1.2 with its core schema, read and written by PyYAML, which alone knows 1.1."""

import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MOST_VALUES = 1_000_000
"""Values of one document, each alias counted as all that it stands for. The largest dvc.lock has some 20,000."""

DEEPEST = 100
"""Collections within collections."""

_CORE = {  # YAML 1.2.2, section 10.3.2, with the characters a match begins with
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
}

_DOUBTFUL = re.compile(
    r"""[-+]?0b[01_]+ | [-+]0[ox][0-9a-fA-F_]+ | 0[ox][0-9a-fA-F_]*_[0-9a-fA-F_]*  # numbers to DVC alone
    | (?=.*_)[-+.0-9][0-9._]*(?:[eE][-+]?[0-9]+)?                                  # 1_000, likewise
    | [-+]?\.[0-9]+[eE][0-9]+                                                      # .5e3, a number to YAML 1.2 alone
    | [0-9]{4}-[0-9]{2}-[0-9]{2}                                                   # a date to DVC alone
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:.*
    | =""",
    re.VERBOSE | re.DOTALL,
)
"""What stands without quotes and is one thing to DVC's reader (ruamel.yaml), another to the core schema."""

_TAG = "tag:yaml.org,2002:"

_NATIVE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(text: str) -> Any:
    """Return what a YAML 1.2 document says, as plain data.

    Whatever this returns, DVC's reader returns too. What the two would read differently (``1_000``, dates) is refused.
    Refused are as well: a key twice, a key that is not text, merge keys, tags, directives, an alias of the collection
    that it stands in, and a document that is deeper than `DEEPEST` or larger than `MOST_VALUES`.

    Raises:
        yaml.YAMLError: what is wrong; a `MarkedYAMLError` has the line.
    """
    _check_events(text)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check(node, {})
        return loader.construct_document(node)
    finally:
        loader.dispose()


def dump(document: Any) -> str:
    """Return plain data as a YAML document that readers of 1.1 and of 1.2 read alike; keys are sorted."""
    text: str = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, default_flow_style=False, width=4096)
    return text


class _Loader(_NATIVE):  # type: ignore[misc]
    """PyYAML's safe loader with the core schema's scalars."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}
    yaml_constructors: ClassVar[dict[str | None, Any]] = {
        f"{_TAG}str": yaml.SafeLoader.construct_yaml_str,
        f"{_TAG}seq": yaml.SafeLoader.construct_yaml_seq,
        f"{_TAG}map": yaml.SafeLoader.construct_yaml_map,
        None: yaml.SafeLoader.construct_undefined,
    }


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """PyYAML's safe dumper, which quotes text that either version of YAML would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything in full."""
        return True


def _scalar(convert: Callable[[str], Any]) -> Any:
    def construct(_: Any, node: ScalarNode) -> Any:
        try:
            return convert(node.value)
        except ValueError:  # Python reads no more than 4300 digits
            raise _wrong(node, f"found a number of {len(node.value)} digits, expected fewer") from None

    return construct


_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "null": lambda text: None,
    "bool": lambda text: text.lower() == "true",
    "int": lambda text: int(text[2:], {"0o": 8, "0x": 16}[text[:2]]) if text[:2] in ("0o", "0x") else int(text),
    "float": lambda text: float(text.lower().replace(".inf", "inf").replace(".nan", "nan")),
}

for _kind, (_pattern, _first) in _CORE.items():
    _Loader.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(f"^(?:{_pattern})$"), _first)
    _Loader.add_constructor(f"{_TAG}{_kind}", _scalar(_FROM_TEXT[_kind]))
    _Dumper.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(f"^(?:{_pattern})$"), _first)
_Dumper.add_implicit_resolver(f"{_TAG}doubtful", re.compile(f"^(?:{_DOUBTFUL.pattern})$", re.VERBOSE), None)


def _check_events(text: str) -> None:
    """Refuse what must not reach the composer, which calls itself at every depth and forgets what was written."""
    depth = 0
    for event in yaml.parse(text, Loader=_NATIVE):
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            raise _wrong(event, "a directive (%); expected none: this is YAML 1.2")
        if getattr(event, "tag", None) is not None:
            raise _wrong(event, f"{event.tag}: found a tag, expected none; write the value as it is, or quote it")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _wrong(event, f"more than {DEEPEST} collections within each other")


def _check(node: Node, sizes: dict[int, int]) -> int:
    """Refuse what `parse` refuses; return how many values a node stands for, aliases in full."""
    if (known := sizes.get(id(node))) is not None:
        if known == 0:
            raise _wrong(node, "an alias of the collection that it stands in")
        return known
    sizes[id(node)] = 0
    if isinstance(node, ScalarNode):
        _check_scalar(node)
    if isinstance(node, MappingNode):
        _check_keys(node)
    size = 1 + sum(_check(child, sizes) for child in _children(node))
    if size > MOST_VALUES:
        raise _wrong(node, f"more than {MOST_VALUES} values, aliases in full")
    sizes[id(node)] = size
    return size


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, SequenceNode):
        yield from node.value


def _check_scalar(node: ScalarNode) -> None:
    if not node.style and node.value == "<<":
        raise _wrong(node, "<<: merge keys are not read; write the keys out")
    if not node.style and _DOUBTFUL.fullmatch(node.value):
        raise _wrong(node, f"{node.value}: readers of YAML differ in what this is; quote it, or write a plain number")


def _check_keys(node: MappingNode) -> None:
    seen: dict[str, Node] = {}
    for key, _ in node.value:
        if isinstance(key, ScalarNode):
            _check_scalar(key)
        if not isinstance(key, ScalarNode) or key.tag != f"{_TAG}str":
            what = f"{key.value or 'nothing'}: " if isinstance(key, ScalarNode) else ""
            kind = key.tag.removeprefix(_TAG)
            raise _wrong(key, f"{what}expected text as a key, found {kind}; quote it, if it is a name")
        if key.value in seen:
            first = seen[key.value].start_mark.line + 1
            raise _wrong(key, f"{key.value}: found a second time; the first is in line {first}")
        seen[key.value] = key


def _wrong(node: Node | yaml.Event, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
