"""Which release of tagboat this is."""

__version__ = "0.1.0"
