"""Run several stages one after the other in one process, such as ``python -m stages "demo savee" results``.

DVC starts each stage in a process of its own; ``fdan taste`` and ``fdan real`` save the seconds that this takes.
"""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import sys
from importlib import import_module

from fdan.errors import FdanError
from fdan.runtime.process import run


def main() -> None:
    """Call ``main`` of each stage with its arguments, as if it had been started by itself.

    Raises:
        FdanError: a stage failed; the message begins with its name.
    """
    for stage in sys.argv[1:]:
        name, *arguments = stage.split()
        sys.argv = [f"stages.{name}", *arguments]
        try:
            import_module(f"stages.{name}").main()
        except (FdanError, OSError) as error:
            raise FdanError(f"{stage}: {error}") from None


if __name__ == "__main__":
    run()
