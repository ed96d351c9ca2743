"""One thin script per DVC stage: parse paths, load params, call the library, write."""

import sys

from fdan.runtime.caches import share_cache, use_writable_caches
from fdan.runtime.crash_log import tell
from fdan.runtime.renamed import OldStages

# What `python -m stages.<name>` runs first: from here on nothing ends in a trace, and no library looks for its cache
# in a home that is none; a queued experiment, which DVC runs in a copy of the project, finds the project's cache.
# A name of a former version ends in one line.
sys.excepthook = tell
share_cache()
use_writable_caches()
sys.meta_path.append(OldStages())
