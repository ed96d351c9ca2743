"""The one kind of exception that is a message to the user."""


class FdanError(ValueError):
    """A mistake in params, corpora, files or arguments; its text is one line that names the place and the cure."""


class UnusableError(FdanError):
    """What a command was given makes no sense, or cannot be used at all: ``fdan`` ends with 2 instead of 1."""
