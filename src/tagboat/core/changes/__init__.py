"""Changes: what a commit message declares, by Conventional Commits 1.0.0."""
