"""One thin script per DVC stage: parse paths, load params, call the library, write."""

import sys

from fdan.runtime.unforeseen import tell

sys.excepthook = tell  # what `python -m stages.<name>` runs first: from here on nothing ends in a trace
