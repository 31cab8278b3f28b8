"""Starts and stops an engine with two registries: `python -m tests.engine start FOLDER`."""

import argparse
import shlex
import sys
from pathlib import Path

from tests.engine.engine import PORTS, Engine
from tests.engine.needs import EngineError


def main() -> int:
    """Do what the command line asks; 1 where something is missing or does not run."""
    parser = argparse.ArgumentParser(prog="python -m tests.engine", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--ports", type=int, nargs=2, default=PORTS, help="of the registries; 0 takes a free one"
    )
    asked = parser.parse_args()
    try:
        return _do(asked.action, Engine(asked.folder, asked.ports))
    except EngineError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command line
        return 1


def _do(action: str, engine: Engine) -> int:
    if action == "stop":
        engine.stop()
        return 0
    if action == "start":
        engine.start()
        engine.base()
    _say(engine)
    return 0 if engine.is_whole else 1


def _say(engine: Engine) -> None:
    """Lines that a shell can evaluate."""
    parts = {"engine": engine.is_running}
    parts |= {one.host: one.is_running for one in (engine.open, engine.closed)}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in engine.variables().items()]
    lines += [f"# {name}: {'running' if runs else 'stopped'}" for name, runs in parts.items()]
    print("\n".join(lines))  # noqa: T201 - the command line


if __name__ == "__main__":
    sys.exit(main())
