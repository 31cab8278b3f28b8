"""The one process runner: every program tagboat starts goes through here.

Programs get the C locale and an environment without the variables that would make git look at
another repository than the one asked for; they never prompt and never start a pager. What they say
is kept free of credentials.
"""

from tagboat.adapters.process.running import (
    BatchProcess,
    CommandOutput,
    Process,
    end_group,
    has_ended,
    listen,
    run,
    start_group,
    stream,
    wait_for_end,
)
from tagboat.adapters.process.starting import (
    ProgramError,
    catch_interrupts,
    end_interrupts,
    environment,
    fork,
    interrupts_held,
    leaked,
    let_through,
    opens_remote,
    redacted,
    spellings,
    summary,
    was_interrupted,
    without,
    without_login,
)

__all__ = [
    "BatchProcess",
    "CommandOutput",
    "Process",
    "ProgramError",
    "catch_interrupts",
    "end_group",
    "end_interrupts",
    "environment",
    "fork",
    "has_ended",
    "interrupts_held",
    "leaked",
    "let_through",
    "listen",
    "opens_remote",
    "redacted",
    "run",
    "spellings",
    "start_group",
    "stream",
    "summary",
    "wait_for_end",
    "was_interrupted",
    "without",
    "without_login",
]
