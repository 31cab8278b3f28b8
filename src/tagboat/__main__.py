"""Run the command line with ``python -m tagboat``."""

import os
import sys


def _forget_current_folder() -> None:
    """Take the current folder off the module path, where ``python -m`` puts it.

    It may be a stranger's repository, whose ``click.py`` or ``re.py`` must never be imported. The
    package itself, and what it was found beside, stay as they are.
    """
    try:
        current = os.getcwd()  # noqa: PTH109 - nothing else may be imported yet
    except FileNotFoundError:
        return  # a folder that was removed holds no modules
    if not sys.flags.safe_path and sys.path[:1] == [current]:
        del sys.path[0]


if __name__ == "__main__":
    _forget_current_folder()
    from tagboat.cli import main

    main()
