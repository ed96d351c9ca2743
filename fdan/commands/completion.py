"""Completion of commands, options and files in a shell, as a script on stdout.

Examples:
  fdan completion bash > ~/.local/share/bash-completion/completions/fdan
  fdan completion zsh > ~/.zfunc/_fdan       # a folder of fpath
"""

import argparse
from importlib import import_module

import shtab

KINDS = {"DIR": shtab.DIRECTORY, "CSV": shtab.FILE, "FILE": shtab.FILE}
"""What is completed where an option or an argument is shown like this."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shell."""
    parser.add_argument("shell", choices=shtab.SUPPORTED_SHELLS)


def run(options: argparse.Namespace) -> int:
    """Print the script, which knows every command's options without starting Python."""
    from fdan.commands.cli import COMMANDS, add_options

    parser = argparse.ArgumentParser(prog="fdan")
    choices = parser.add_subparsers()
    for name, (module, line) in COMMANDS.items():
        chosen = choices.add_parser(name, help=line)
        add_options(import_module(module), chosen)
        for action in chosen._actions:
            if isinstance(action.metavar, str) and action.metavar in KINDS:
                action.complete = KINDS[action.metavar]  # type: ignore[attr-defined]
    print(shtab.complete(parser, options.shell))
    return 0
