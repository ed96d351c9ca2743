"""Get a corpus or the weights.

    python -m fdan.download ravdess          # RAVDESS' speech, about 13 GB, to data/raw/ravdess
    python -m fdan.download cremad DIR       # CREMA-D, to a folder of yours
    python -m fdan.download meld             # MELD, about 11 GB
    python -m fdan.download weights          # ImageNet and face detector weights, to where torch looks for them
    python -m fdan.download savee            # says where to register

A download that was broken off goes on where it was when the command is given again.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from fdan.download.fetch import DownloadError
from fdan.download.sources import LICENCES, SOURCES, URLS, default_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Download what the command names; return the exit code."""
    parser = argparse.ArgumentParser(
        "python -m fdan.download", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=[*SOURCES, "savee"])
    parser.add_argument("folder", nargs="?", type=Path, help="default: data/raw/<name>; weights: torch's hub folder")
    options = parser.parse_args(arguments)
    if options.name == "savee":
        print(
            f"SAVEE is given to registered users only: register at {URLS['savee']}, unpack what you get into a folder, "
            "and name it under raw.savee in params.yaml. Check it with: python -m fdan.check savee DIR"
        )
        return 0
    folder = options.folder or default_folder(options.name)
    try:
        SOURCES[options.name](folder)
    except DownloadError as error:
        print(f"python -m fdan.download: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("python -m fdan.download: broken off; the same command goes on from here", file=sys.stderr)
        return 130
    print(f"{options.name}: {folder} (licence: {LICENCES[options.name]})")
    if options.name != "weights":
        print(f"Next: python -m fdan.check {options.name} {folder}, then raw.{options.name}: {folder} in params.yaml")
    return 0


if __name__ == "__main__":
    sys.exit(main())
