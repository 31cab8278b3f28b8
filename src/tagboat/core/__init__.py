"""Values and functions only: no files, processes, network, clock or environment.

In the order in which data flows:

commits        what git stores, and the graph of it
changes        what a commit's message declares
bump           which commits count, and how far they move the version
version        SemVer and PEP 440, tags, the channels of branches
next_version   the release that is due, and why
packages       which files belong to which package, and which are released together
plan           that release as data, with what its tag will promise
step           one thing to make true
record         what was made, and how it differs from what is there

What serves them: changelog, images, version_files, forge, lint, config, errors.
"""
