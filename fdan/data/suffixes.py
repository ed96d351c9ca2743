"""The suffixes of recordings and photographs: one list for the readers of corpora, `fdan check` and `fdan predict`."""

SOUNDS = (
    *(".aac", ".aif", ".aiff", ".amr", ".flac", ".m4a", ".m4b", ".mka", ".mp3"),
    *(".oga", ".ogg", ".opus", ".wav", ".wma"),
)
"""Of files that hold sound alone."""

CLIPS = (
    *(".3g2", ".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg"),
    *(".mpg", ".mts", ".ogv", ".webm", ".wmv"),
)
"""Of files that may hold pictures beside their sound."""

RECORDINGS = tuple(sorted((*SOUNDS, *CLIPS)))

PHOTOGRAPHS = (
    *(".jpg", ".jpeg", ".png", ".avif", ".bmp", ".gif", ".jfif", ".tif", ".tiff", ".webp"),
    *(".heic", ".heif"),  # not read: each is refused later, with the cure
)
