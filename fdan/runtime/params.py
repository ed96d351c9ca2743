"""The one reader of ``params.yaml``: YAML 1.2, strict types, one clear line for every mistake."""

import json
from collections.abc import Collection
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar, overload

from annotated_types import Ge, MinLen
from pydantic import AfterValidator, TypeAdapter, ValidationError
from yaml import MarkedYAMLError, YAMLError

from fdan.errors import FdanError, UnusableError
from fdan.runtime import yaml12
from fdan.runtime.renamed import PAGE, old_keys

T = TypeVar("T")

PARAMS_FILE = Path("params.yaml")

LARGEST = 2**20
"""Bytes of a file that is read."""


class ParamsError(FdanError):
    """``params.yaml`` has a wrong key, type or value."""


@overload
def load_params(section: str, type_: type[T], path: Path = PARAMS_FILE) -> T: ...
@overload
def load_params(section: str, type_: Any, path: Path = PARAMS_FILE) -> Any: ...
def load_params(section: str, type_: Any, path: Path = PARAMS_FILE) -> Any:
    """Read one section of ``params.yaml`` as `type_`.

    Args:
        section: a top-level key, for example ``train`` or ``alpha``, or a dotted one, ``raw.savee``.
        type_: what it must be: a frozen dataclass (every key required, none more), or a plain or
            annotated type. Numbers are never read from strings; ``0`` and ``1`` are floats too.
        path: the file.

    Raises:
        ParamsError: with file, key, value and what was expected, in one line.
    """
    value = _find(section, type_, path)
    found = _validated(value, section, type_, path)
    _loaded[path, section] = json.dumps(value)
    return found


def load_part(section: str, type_: type[T], path: Path = PARAMS_FILE) -> T:
    """Read those keys of a section that a frozen dataclass has, as `load_params` does; the rest is another stage's.

    Raises:
        ParamsError: as `load_params`.
    """
    value = _find(section, type_, path)
    if isinstance(value, dict):
        value = {name: value[name] for name in (f.name for f in fields(type_)) if name in value}  # type: ignore[arg-type]
        _loaded.update({(path, f"{section}.{name}"): json.dumps(part) for name, part in value.items()})
    found: T = _validated(value, section, type_, path)
    return found


def _find(section: str, type_: Any, path: Path) -> Any:
    value: Any = read_document(path)
    for key in section.split("."):
        if not isinstance(value, dict) or key not in value:
            raise ParamsError(f"{path}: {section}: missing; expected a value of type {_name(type_)}")
        value = value[key]
    return value


def _validated(value: Any, section: str, type_: Any, path: Path) -> Any:
    try:
        # JSON is pydantic's strict mode for plain data: a mapping may become a dataclass, but a
        # string never becomes a number and a float never an integer.
        text = json.dumps(value, allow_nan=False)
        return TypeAdapter(type_).validate_json(text, strict=True, extra="forbid")
    except ValidationError as error:
        raise ParamsError("; ".join(_line(path, section, e) for e in error.errors())) from None
    except (TypeError, ValueError) as error:
        raise ParamsError(f"{path}: {section}: {value!r}: {error}") from None


_loaded: dict[tuple[Path, str], str] = {}


def changed_sections() -> list[str]:
    """What this process has loaded and would now read another value of."""
    changed = []
    for (path, section), text in _loaded.items():
        value: Any = read_document(path)
        for key in section.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if json.dumps(value) != text:
            changed.append(section)
    return changed


def read_document(path: Path = PARAMS_FILE) -> dict[str, Any]:
    """The whole file as plain data, read once until it changes; raises `ParamsError`."""
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0)


def check_sections(known: Collection[str], path: Path = PARAMS_FILE) -> None:
    """Refuse top-level keys that nothing reads; raises `ParamsError`."""
    if unknown := [str(key) for key in read_document(path) if key not in known]:
        what = "unknown section" if len(unknown) == 1 else "unknown sections"
        raise ParamsError(f"{path}: {', '.join(unknown)}: {what}; expected {', '.join(sorted(known))}")


def refuse_old_keys(path: Path = PARAMS_FILE) -> None:
    """Name every key of a former version at once, with what to write instead; raises `UnusableError`."""
    if old := old_keys(read_document(path)):
        raise UnusableError(f"{path}: {'; '.join(old)} ({PAGE})")


def _line(path: Path, section: str, error: Any) -> str:
    # Tagged unions and constraint wrappers add no key of their own; mapping keys and list places do.
    key = ".".join([section, *(str(part) for part in error["loc"])])
    value = "" if error["type"] in {"missing", "missing_argument"} else f" {error['input']!r}:"
    text = error["msg"].removeprefix("Value error, ")
    return f"{path}: {key}:{value} {text[:1].lower()}{text[1:]}"


def _name(type_: Any) -> str:
    return getattr(type_, "__name__", str(type_))


@cache
def _read(path: Path, _modified: int) -> dict[str, Any]:
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise ParamsError(f"{path}: found {size} bytes, expected at most {LARGEST}")
        document = yaml12.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParamsError(f"{path}: no such file; run from the repository's root") from None
    except OSError as error:  # a folder, for one
        raise ParamsError(f"{path}: cannot be read ({error.strerror}); expected a file") from None
    except UnicodeDecodeError as error:
        raise ParamsError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise ParamsError(f"{path}{where}: {error.problem}") from None
    except YAMLError as error:  # a control character, for one
        raise ParamsError(f"{path}: {str(error).splitlines()[0]}") from None
    if not isinstance(document, dict):
        raise ParamsError(f"{path}: expected a mapping of sections, found {type(document).__name__}")
    return document


Alpha = Annotated[float, Ge(0)]
"""The trade-off of Eq. 9."""


def once_each(what: str) -> AfterValidator:
    """A list names nothing twice; `what` says in the error of what it is one."""

    def check(values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(values)) < len(values):
            raise ValueError(f"expected each {what} once")
        return values

    return AfterValidator(check)


Seeds = Annotated[tuple[Annotated[int, Ge(0)], ...], MinLen(1), once_each("seed")]
"""One run each."""
