"""The one kind of exception that is a message to the user."""


class FdanError(ValueError):
    """A mistake in params, corpora, files or arguments; its text is one line that names the place and the cure."""
