"""Stage demo: one synthetic corpus, in the real one's folders, names and codecs."""

from fdan.numerics.pins import note_unpinned

import argparse
from operator import call
from pathlib import Path

from fdan.demo.corpus import DemoParams, make_meld, make_savee
from fdan.runtime.params import load_params
from fdan.runtime.process import output, pool, run

MAKERS = {"savee": make_savee, "meld": make_meld}


def main() -> None:
    """Make ``data/demo/<corpus>``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", choices=MAKERS)
    corpus = parser.parse_args().corpus
    params = load_params("demo", DemoParams)
    with output(Path("data/demo") / corpus) as folder:
        count = MAKERS[corpus](folder, params, lambda tasks: list(pool(call, tasks, f"demo {corpus}")))
        note_unpinned(folder)
    print(f"demo {corpus}: {count} synthetic utterances")


if __name__ == "__main__":
    run()
