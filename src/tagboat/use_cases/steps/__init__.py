"""The steps of a release: what each makes true, how it looks for that, and how it does it."""
