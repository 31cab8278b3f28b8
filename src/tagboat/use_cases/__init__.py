"""What tagboat does, each a list of named steps over the ports; no I/O of their own.

next_version   which version is next, and why
changelog      the sections of versions, written down
plan           what a release would do, as data, and whether that still holds
steps          what a release makes true, one class each
release        the steps in order, applied until all of them are true
rollback       moving tags back, and forward again
images         building, staging and finding container images
inspect        check, status, verify, differences and tags: looking alone
"""
