"""Version: SemVer and PEP 440, their spelling as tags, and the channels of branches."""
