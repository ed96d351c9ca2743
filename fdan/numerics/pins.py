"""The pins: what makes every x86-64 processor with AVX2 round alike. Import this before any library that computes.

    import fdan.numerics.pins   # the first line of every stage, of the command and of the tests

Libraries choose their instructions when they are loaded, by the processor they find and the variables set here; a
child inherits them. ``FDAN_PINS=off`` frees the libraries; ``FDAN_DEVICE=cuda`` is a GPU's arithmetic. What is made
then says so (`note_unpinned`). ``python -m fdan.numerics.pins COMMAND`` runs any command pinned, a dask worker
for example.
"""

import os
import platform
import sys
from pathlib import Path

from fdan.errors import FdanError
from fdan.numerics.semaphores import look_for_semaphores

PINS = {
    # torch's own loops and its random numbers
    "ATEN_CPU_CAPABILITY": "avx2",
    # MKL, torch's smaller matrix products: AVX2 here means one thing on Intel's processors and another on AMD's
    "MKL_CBWR": "COMPATIBLE",
    # oneDNN, torch's convolutions
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    # NumPy's loops
    "NPY_DISABLE_CPU_FEATURES": "X86_V4,AVX512_ICL,AVX512_SPR",
    # NumPy's and SciPy's matrix products, with them the large ones of fdan.numerics.products
    "OPENBLAS_CORETYPE": "Haswell",
}
"""Variable -> value: which instructions the libraries may use."""

ONE_THREAD = {
    name: "1"
    for name in (
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    )
}
"""The order of a sum depends on how many threads share it; many cores are many processes. Set with and without pins."""

UNPINNED = "UNPINNED.txt"
"""A file of this name in a folder of results says that they were made without the pins, and why."""

CPUINFO = Path("/proc/cpuinfo")

_TOLD = "FDAN_PINS_TOLD"  # said once, not by every process of a run


def device() -> str:
    """Where networks compute: ``cpu``, or ``cuda`` with ``FDAN_DEVICE=cuda``.

    Raises:
        FdanError: the variable is neither.
    """
    chosen = os.environ.get("FDAN_DEVICE", "cpu")
    if chosen not in {"cpu", "cuda"}:
        raise FdanError(f"FDAN_DEVICE={chosen}: expected cpu or cuda")
    return chosen


def why_unpinned() -> str:
    """Why this process' numbers are not the pinned ones, for the end of a sentence; empty if they are."""
    if _wanted() == "off":
        return "FDAN_PINS=off"
    if device() == "cuda":
        return "FDAN_DEVICE=cuda"
    if any(os.environ.get(name) != value for name, value in (PINS | ONE_THREAD).items()):
        return "libraries were loaded before fdan.numerics.pins"
    return _unable()


def unpinned() -> dict[str, str]:
    """For the metadata of a result: that it was made without the pins, and how to remake it; empty with them."""
    again = "FDAN_PINS=on FDAN_DEVICE=cpu dvc repro --force"
    return {"unpinned": f"made without the pins ({why}); remake: {again}"} if (why := why_unpinned()) else {}


def note_unpinned(folder: Path) -> None:
    """Say in a folder of results that they were made without the pins; pinned results need no such file."""
    for note in unpinned().values():
        (folder / UNPINNED).write_text(f"{note}\n", encoding="utf-8")


def arithmetic() -> str:
    """How this process rounds: why its numbers are not the pinned ones, a GPU always named; empty if they are.

    Raises:
        FdanError: as `device`.
    """
    why = why_unpinned()
    gpu = "" if device() == "cpu" else f"FDAN_DEVICE={device()}"
    return why if gpu in why else f"{why} {gpu}"


def require_arithmetic(expected: str) -> None:
    """Refuse to work where numbers are not made as in the process that gives the work: on a dask worker, perhaps.

    Args:
        expected: `arithmetic` there.

    Raises:
        FdanError: it is another here.
    """
    here = arithmetic()
    if here == expected:
        return
    if here and expected:
        cure = "start it with the same FDAN_PINS and FDAN_DEVICE, on a processor of the same kind"
    else:
        cure = "start it with `python -m fdan.numerics.pins dask worker ADDRESS`"
    where = f"worker on {platform.node()}"
    raise FdanError(f"{where}: {here or 'pinned'}, where the stage is {expected or 'pinned'}; {cure}")


def _wanted() -> str:
    wanted = os.environ.get("FDAN_PINS", "on")
    if wanted not in {"on", "off"}:
        raise FdanError(f"FDAN_PINS={wanted}: expected on or off")
    return wanted


def _unable() -> str:
    """Why the pins cannot hold on this machine; empty if they can."""
    if platform.machine() not in {"x86_64", "AMD64"}:
        return f"a processor of another architecture, {platform.machine()}"
    if CPUINFO.is_file() and " avx2" not in CPUINFO.read_text(encoding="utf-8", errors="replace"):
        return "a processor without AVX2"
    return ""


def pin() -> None:
    """Set the variables in this process and its children to come; one line where they cannot hold."""
    if not {"numpy", "torch"} & set(sys.modules):
        os.environ.update(ONE_THREAD if _wanted() == "off" else ONE_THREAD | PINS)
    if _wanted() == "on" and (why := _unable()) and _TOLD not in os.environ:
        os.environ[_TOLD] = "1"
        print(f"  {why}: the last digits may differ from the committed results", file=sys.stderr)


look_for_semaphores()
try:
    pin()
except FdanError as error:  # on import, where nobody else could say it in one line
    sys.exit(f"error: {error}")

if __name__ == "__main__":
    try:
        os.execvp(sys.argv[1], sys.argv[1:])
    except (IndexError, OSError) as error:
        reason = f"{sys.argv[1]}: {error.strerror}" if isinstance(error, OSError) else "no command"
        sys.exit(f"fdan.numerics.pins: error: {reason}; expected python -m fdan.numerics.pins COMMAND [ARGUMENT ...]")
