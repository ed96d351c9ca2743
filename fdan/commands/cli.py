"""FDAN from the command line: corpora, published numbers, and what stands around the pipeline (dvc repro).

With --quiet a command shows no progress; in a log it never does.

Exit codes:
  0  fine
  1  there is a finding, or it failed
  2  wrong arguments, or what they name cannot be used at all
  3  a mistake of ours; a log has its trace
  130  ended by Ctrl-C; 143 by SIGTERM

Example:
  fdan check savee /data/SAVEE
"""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
import ast
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from fdan.errors import FdanError, UnusableError
from fdan.runtime import renamed
from fdan.runtime.caches import use_writable_caches
from fdan.runtime.crash_log import log_unforeseen

COMMANDS = {
    "bundle": ("fdan.commands.bundle", "your results as one zip to send: tables and predictions, no names"),
    "cache": ("fdan.commands.cache", "what is remembered of earlier runs, and removing it"),
    "check": ("fdan.commands.check", "a corpus, before anything is computed from it"),
    "download": ("fdan.commands.download", "get a corpus or the weights"),
    "export": ("fdan.commands.export", "a trained network as a folder that needs nothing else"),
    "grim": ("fdan.commands.grim", "check whether published numbers are possible at all"),
    "paper": ("fdan.commands.paper", "params.yaml as in the paper, for the real corpora"),
    "power": ("fdan.commands.power", "simulate how often the paper's effects would be called replicated"),
    "predict": ("fdan.commands.predict", "the emotion in the voice of your own recordings"),
    "preflight": ("fdan.commands.preflight", "all of params.yaml, before the first stage"),
    "provenance": ("fdan.commands.provenance", "what a result was made with, as JSON"),
    "real": ("fdan.commands.real", "the study on real people, on corpora of yours"),
    "taste": ("fdan.commands.taste", "a first table and figures in minutes, on one made-up corpus"),
    "verify": ("fdan.commands.verify", "whether reports/ is what is committed, or what another has"),
    "yardstick": ("fdan.commands.yardstick", "how far MELD's words alone go, from its csv files"),
}
"""Name -> module and one line. A module's docstring is its ``--help``; it is imported only when it is chosen, and has

    add_arguments(parser: argparse.ArgumentParser) -> None
    run(options: argparse.Namespace) -> int     # the exit code
"""

QUIET = "--quiet"

_NO_OPTION = "\0"
"""What argparse sees before each word that follows ``--``: of itself it takes ``-3nN.wav`` for an option there too."""

_WARNINGS = 5
"""So many of libraries' warnings are shown."""

UNFORESEEN, BROKEN_OFF = 3, 130
"""Exit codes of a mistake of ours, and after Ctrl-C, as a shell has it."""


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        _say(self.prog, message.replace(_NO_OPTION, "").replace(repr(_NO_OPTION)[1:-1], ""))
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; whatever ends it is one line on stderr, Ctrl-C none.

    Args:
        arguments: the command's name and what follows it; None for the process' own.

    Returns:
        The exit code.
    """
    _open_what_is_closed()
    if arguments is None:
        _prepare_process()
    given = sys.argv[1:] if arguments is None else list(arguments)
    prog = " ".join(["fdan", *(name for name in given[:1] if name in COMMANDS)])
    if given and given[0] not in COMMANDS and given[0] in renamed.COMMANDS:
        _say("fdan", f"{given[0]}: {renamed.COMMANDS[given[0]]} ({renamed.PAGE})")
        return 2
    try:
        command, options = parse(given)
        code = int(command.run(options))
        sys.stdout.flush()
    except BrokenPipeError:  # into `head`: end like any other tool, and let nothing be written at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except UnusableError as error:
        _say(prog, str(error))
        return 2
    except (FdanError, OSError) as error:
        _say(prog, str(error))
        return 1
    except KeyboardInterrupt:
        return BROKEN_OFF
    except Exception as error:
        _say(prog, log_unforeseen(prog.replace(" ", "-"), error))
        return UNFORESEEN
    return code


def _prepare_process() -> None:
    """Give the standard streams a way to write any name; warnings of libraries are one line each."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    told: set[str] = set()

    def tell(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        line = " ".join(f"{category.__name__}: {message}".split())[:200]
        if line not in told and len(told) < _WARNINGS:
            told.add(line)
            print(f"  {line}", file=sys.stderr)

    warnings.showwarning = tell


def help_of(module: Any) -> str:
    """The docstring of a module, from its file where Python runs without docstrings (``PYTHONOPTIMIZE=2``)."""
    if module.__doc__ is None and (file := getattr(module, "__file__", None)):
        return ast.get_docstring(ast.parse(Path(file).read_text(encoding="utf-8")), clean=False) or ""
    return module.__doc__ or ""


def _split(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words before ``--``, and those behind it, which are no options whatever they begin with."""
    place = given.index("--") if "--" in given else len(given)
    return list(given[:place]), list(given[place + 1 :])


def _hidden(word: str) -> str:
    """A word that follows ``--`` as argparse takes it for no option."""
    return f"{_NO_OPTION}{word}" if word.startswith("-") else word


def _plain(value: Any) -> Any:
    """An argument without `_NO_OPTION`."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, str | Path) and str(value).startswith(_NO_OPTION):
        return type(value)(str(value).removeprefix(_NO_OPTION))
    return value


def add_options(command: Any, parser: argparse.ArgumentParser) -> None:
    """A command's own options, and those that every command has."""
    command.add_arguments(parser)
    parser.add_argument(QUIET, action="store_true", help="no progress on stderr; errors and results stay")


def parse(given: Sequence[str]) -> tuple[Any, argparse.Namespace]:
    """The module of the command that is named, and its options; what is no command ends in one line.

    Raises:
        SystemExit: 2 after wrong arguments, 0 after ``--help``.
    """
    listed = "\n".join(f"  {name:<12}{line}" for name, (_, line) in COMMANDS.items())
    parser = _Parser(prog="fdan", description=f"{help_of(sys.modules[__name__])}\nCommands:\n{listed}")
    choices = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, help="fdan COMMAND --help")
    for name, (module, _) in COMMANDS.items():
        if given[:1] != [name]:
            choices.add_parser(name)
            continue
        use_writable_caches()
        words, files = _split(given[1:])
        if QUIET in words:
            os.environ["TQDM_DISABLE"] = "1"  # tqdm asks when it is imported
        command = import_module(module)
        chosen = choices.add_parser(name, description=help_of(command))
        add_options(command, chosen)
        # Intermixed: a folder may come after an option too, `fdan download weights --speech DIR`.
        options, unknown = chosen.parse_known_intermixed_args([*words, *(_hidden(file) for file in files)])
        if unknown:
            chosen.error(f"unrecognized arguments: {' '.join(unknown)}")
        return command, argparse.Namespace(**{name: _plain(value) for name, value in vars(options).items()})
    parser.parse_args(given)  # --help, or it says what is wrong
    raise AssertionError("unreachable: a command is required")


def _open_what_is_closed() -> None:
    """Lead standard streams that the shell closed (``>&-``) nowhere; each takes the lowest number, which is its own."""
    for name, mode in {"stdin": "r", "stdout": "w", "stderr": "w"}.items():
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _say(prog: str, message: str) -> None:
    print(f"{prog}: error: {' '.join(message.split())}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
