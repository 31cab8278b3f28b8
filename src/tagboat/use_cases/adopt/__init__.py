"""The way in: a first configuration, found in the repository or in what another tool was told."""
