"""How this process rounds, in words: what another process or an earlier run computed counts only where it is alike."""

from fdan.numerics.pins import device, require_pins, why_unpinned

import platform

from fdan.runtime.errors import FdanError


def arithmetic() -> str:
    """Why numbers made here are not the pinned ones, a GPU always named; empty if they are.

    Raises:
        FdanError: as `device`.
    """
    why = why_unpinned()
    gpu = "" if device() == "cpu" else f"FDAN_DEVICE={device()}"
    return why if gpu in why else f"{why} {gpu}"


def require_arithmetic(expected: str) -> None:
    """Refuse to work where numbers are not made as in the process that gives the work.

    Args:
        expected: `arithmetic` there.

    Raises:
        FdanError: it is another here.
    """
    require_pins(expected)
    if (here := arithmetic()) != expected:
        raise FdanError(
            f"worker on {platform.node()}: {here}, where the stage is {expected}; start it with the same FDAN_PINS "
            "and FDAN_DEVICE, on a processor of the same kind"
        )
