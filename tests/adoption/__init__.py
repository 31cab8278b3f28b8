"""The ways in: hooks, the action, the component, whole workflows, and indexes of packages."""
