"""Plan: a release as data, the commands it runs, and what its tag promises."""
