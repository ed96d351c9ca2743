"""One thin script per DVC stage: parse paths, load params, call the library, write."""

import sys

from fdan.runtime.caches import use_writable_caches
from fdan.runtime.unforeseen import tell

# What `python -m stages.<name>` runs first: from here on nothing ends in a trace, and no library looks for its cache
# in a home that is none.
sys.excepthook = tell
use_writable_caches()
