"""Pure values and functions: no files, processes, network, clock or environment.

In reading order, one idea a file: commit, change, version, bump, channel, tag, package, changelog.
"""
