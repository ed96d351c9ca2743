"""What the stages inputs and methods do with every method of the registry: read a corpus, then train and test."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from tqdm import tqdm

from fdan.data.splits import read_split
from fdan.methods.corpus import Corpus
from fdan.methods.inputs import Inputs, read_inputs
from fdan.methods.registry import METHODS, load
from fdan.methods.running import Predict, entry_of, recognise
from fdan.methods.sounds import Reader, read_sounds
from fdan.runtime.cache import Cache, CacheEntry, code_of, digest
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.project import Project


def read_all(corpus: Corpus, params: Any, parallel: ParallelParams) -> Iterator[tuple[str, Inputs]]:
    """Read what every method reads of a corpus; yield each method's name and inputs.

    Args:
        corpus: what earlier stages have written.
        params: section ``methods`` of params.yaml.
        parallel: where sounds are read.

    Raises:
        CorpusError: a file of an earlier stage is missing or broken.
        ChildProcessError: a sound could not be read. What was read before is in the cache.
        FdanError: the encoder of texts cannot be loaded.
    """
    of = {name: getattr(params, name).inputs for name in METHODS}
    files = {name: load(name) for name in METHODS}
    readers = {n: Reader(file.read, of[n]) for n, file in files.items() if hasattr(file, "read")}
    for name, heard in read_sounds(corpus.project.sounds(corpus.name), readers, f"inputs {corpus.name}", parallel):
        yield name, files[name].inputs(corpus, heard, of[name])
    for name in (name for name in METHODS if name not in readers):
        yield name, files[name].inputs(corpus, None, of[name])


@dataclass(frozen=True)
class Job:
    """One seed of a method on one corpus: a `fdan.runtime.cached_job.CachedJob`.

    Attributes:
        project: where the files lie.
        corpus: with a split, and with what the method reads.
        method: its name.
        params: its section of params.yaml.
        seed: of all that is random.
        digests: of the split and of what the method reads.
    """

    project: Project
    corpus: str
    method: str
    params: Any
    seed: int
    digests: tuple[str, str]

    kind: ClassVar = "methods"
    libraries: ClassVar = ("numpy", "scikit-learn", "scipy", "torch")

    @property
    def code(self) -> tuple[str, ...]:
        """The method's own file, and all that it imports."""
        return code_of(load(self.method).__name__)

    @property
    def name(self) -> str:
        """The method and its seed."""
        return f"{self.method} seed {self.seed}"

    def key(self, cache: Cache) -> str:
        """Return the name of the result in the cache; other seeds of the section do not count."""
        return cache.key(self.method, repr((replace(self.params, seeds=(0,)), self.seed)), *self.digests)

    def run(self) -> CacheEntry:
        """Train and test, and return `entry_of`.

        Raises:
            CorpusError: a file is missing or broken, or an utterance of the split has no inputs.
        """
        split = read_split(self.project.split(self.corpus))
        inputs = read_inputs(self.project.inputs(self.corpus, self.method))
        bar = partial(tqdm, desc=self.name, position=1, leave=False, disable=None)
        predict: Predict = load(self.method).predict
        return entry_of(partial(recognise, predict, inputs, split, self.params, self.seed, bar))


def jobs_of(project: Project, corpus: str, method: str, params: Any) -> list[Job]:
    """Return a job for each seed of a method.

    Raises:
        FdanError: there are no inputs, or no split.
    """
    digests = digest(project.split(corpus)), digest(project.inputs(corpus, method))
    return [Job(project, corpus, method, params, seed, digests) for seed in params.seeds]
