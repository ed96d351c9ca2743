"""Print what a result was made with, as JSON; nothing is written.

Example:
  fdan provenance > here.json; diff here.json there.json
"""

import argparse
import json

from fdan.runtime.provenance import provenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take none: everything is printed."""


def run(options: argparse.Namespace) -> int:
    """Print it; raises `ProvenanceError` outside of the repository's root."""
    print(json.dumps(provenance(), indent=2, sort_keys=True))
    return 0
