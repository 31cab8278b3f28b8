"""Configuration: the file's shape, what is wrong with it, and what it means.

Imported only where a configuration file exists: msgspec alone costs a fifth of a preview.
"""

from tagboat.core.config.check import Problem, problems
from tagboat.core.config.meaning import ConfiguredSettings
from tagboat.core.config.shape import Config, config_of

__all__ = ["Config", "ConfiguredSettings", "Problem", "config_of", "problems"]
