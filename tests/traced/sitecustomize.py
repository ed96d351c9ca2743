"""Put before a stage by test_end_to_end.py: log every file that a process opens, every folder that it lists."""

import os
import sys

ROOT, LOG = os.environ["FDAN_TRACE_ROOT"], os.environ["FDAN_TRACE_LOG"]
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def hook(event: str, args: tuple[object, ...]) -> None:
    """Log ``<r or w> <stage module> <path>``; the stage is known by the command line of the process."""
    if event not in {"open", "os.scandir", "os.listdir"} or not isinstance(args[0], str | bytes):
        return
    path = os.path.abspath(os.fsdecode(args[0]))
    if path.startswith(ROOT + os.sep) and path != LOG:
        kind = "w" if event == "open" and isinstance(args[2], int) and args[2] & WRITES else "r"
        line = f"{kind} {os.environ['FDAN_TRACE_STAGE']} {os.path.relpath(path, ROOT)}\n"
        descriptor = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, line.encode())
        os.close(descriptor)


command = sys.orig_argv
if "FDAN_TRACE_STAGE" not in os.environ and "-m" in command and command[command.index("-m") + 1].startswith("stages."):
    # Workers inherit it, so that what they open is their stage's.
    os.environ["FDAN_TRACE_STAGE"] = " ".join(command[command.index("-m") + 1 :])
if "FDAN_TRACE_STAGE" in os.environ:
    sys.addaudithook(hook)
