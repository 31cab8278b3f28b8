"""Runs a module and says how much time it took: ``python -m tests.measured pytest``."""

import resource
import subprocess
import sys
import time


def main() -> int:
    """Run ``python -m`` with the arguments; its exit code."""
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-m", *sys.argv[1:]], check=False)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.monotonic() - begun
    processor = used.ru_utime + used.ru_stime
    sys.stdout.write(f"=== {processor:.0f} s of processor time in {seconds:.0f} s\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
