"""Version files: the entries of `files`, read and written below the top of a repository."""

from tagboat.adapters.version_files.providers import CommitizenProviders
from tagboat.adapters.version_files.version_files import Providers, VersionFiles

__all__ = ["CommitizenProviders", "Providers", "VersionFiles"]
