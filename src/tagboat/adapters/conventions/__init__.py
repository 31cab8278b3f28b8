"""Foreign commit conventions by name: ``commitizen:NAME``, ``psr:NAME``, ``psr:module:Class``.

Neither commitizen nor python-semantic-release is imported before one of their conventions is named.
"""

from tagboat.core.bump.assess import Convention
from tagboat.core.errors import UsageError


def load_convention(name: str, root: str, *, allow_repository_code: bool) -> Convention:
    """Load a foreign convention for the repository whose top directory is ``root``.

    Settings that the repository gives a convention are data and always read from ``root``. Code of
    the repository is refused unless ``allow_repository_code``. Raises UsageError for a name that
    nothing answers to, and for a convention that can't be loaded.
    """
    from tagboat.adapters.conventions import commitizen_plugin as commitizen
    from tagboat.adapters.conventions import psr_parser as psr

    found: Convention | None = None
    short_name = name.partition(":")[2]
    if name.startswith(commitizen.PREFIX):
        found = commitizen.load(short_name, root, allow_repository_code=allow_repository_code)
    elif name.startswith(psr.PREFIX):
        found = psr.load(short_name, root, allow_repository_code=allow_repository_code)
    if found is None:
        raise _unknown(name)
    return found


def _unknown(name: str) -> UsageError:
    """The error for a name that nothing answers to: what there is, and what is nearest."""
    from difflib import get_close_matches

    from tagboat.adapters.conventions import commitizen_plugin as commitizen
    from tagboat.adapters.conventions import psr_parser as psr

    plugins = [commitizen.PREFIX + each for each in commitizen.plugin_names()]
    parsers = [psr.PREFIX + each for each in psr.parser_names()]
    known = ["conventional", *plugins, *parsers]
    short_names = {each.rpartition(":")[2]: each for each in reversed(known)}
    near = get_close_matches(name, known, n=1) or [
        short_names[each] for each in get_close_matches(name, short_names, n=1)
    ]
    available = ", ".join([*known, "psr:module:Class", "psr:path/to/file.py:Class"])
    return UsageError(
        f"there is no convention {name!r}; available: {available}",
        f"did you mean {near[0]!r}?" if near else "",
    )
