"""The eight methods that the paper quotes, as the registry of methods describes them."""

from fdan.methods.registry import METHODS as ALL
from fdan.methods.registry import Method

METHODS: dict[str, Method] = {name: method for name, method in ALL.items() if method.kind}
"""`PublishedRow.run` -> what is run under that name."""
