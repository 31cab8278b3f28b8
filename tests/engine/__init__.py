"""A real container engine and two real registries on loopback, for `make e2e` and the demo.

`python -m tests.engine start FOLDER` leaves them running until `stop FOLDER`; `running()` has them
for the length of a ``with`` block. Everything of theirs stands below FOLDER, but for what the
kernel is told about foreign machine code. Several may run side by side, on ports of their own.
"""

from tests.engine.engine import BUSY, Engine, running
from tests.engine.registry import PASSWORD, USER, Registry

__all__ = ["BUSY", "PASSWORD", "USER", "Engine", "Registry", "running"]
