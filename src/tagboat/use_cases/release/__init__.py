"""Release: preflight, resume, plan, the steps in order, converge, retry."""
