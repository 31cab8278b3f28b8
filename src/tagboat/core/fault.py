"""Fault: one thing wrong with a commit message."""

from enum import Enum
from typing import NamedTuple


class Severity(Enum):
    """An error changes what the message means; a warning is about style."""

    ERROR = "error"
    WARNING = "warning"


class Fault(NamedTuple):
    """One fault and its place: ``line`` and ``column`` count from 1, the latter in characters.

    ``rule`` is a stable name, ``suggestion`` the whole corrected line where one can be derived.
    """

    rule: str
    severity: Severity
    message: str
    line: int = 1
    column: int = 1
    length: int = 1
    suggestion: str = ""
