"""What file managers, systems and tools leave in a folder: copies, thumbnails and notes of theirs, no recordings."""

PREFIXES = (".", "~$", "@")
"""Of what is hidden (forks, caches, trash, repositories), of an office program's locks, of a network disk's own."""

NAMES = (
    *("__MACOSX", "Icon\r", "Network Trash Folder", "Temporary Items"),  # macOS
    *("$RECYCLE.BIN", "RECYCLED", "RECYCLER", "System Volume Information"),  # Windows
    *("Thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "Picasa.ini"),
    *("#recycle", "#snapshot", "lost+found", "__pycache__"),  # network disks, Linux, Python
)
"""The others, in any case; .dvcignore holds all of them as well."""

WHY = "of a file manager, a system or a tool"

ARCHIVES = (".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zip", ".zst")
"""Suffixes of files that may hold a whole corpus, which nobody can read there."""

ARCHIVE = "an archive, which is not looked into: unpack it"

_NAMES = frozenset(name.casefold() for name in NAMES)


def is_junk(name: str) -> bool:
    """Whether a file or folder of this name is not looked into."""
    return name.startswith(PREFIXES) or name.casefold() in _NAMES
