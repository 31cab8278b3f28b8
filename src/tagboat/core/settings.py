"""Settings: what holds for a repository, whether somebody configured it or not.

What a configuration file says is read by `config.meaning`, which is imported where there is one.
A section that the preview never asks for is imported by who asks for it.
"""

from typing import TYPE_CHECKING

from tagboat.core.next_version.package import Package

if TYPE_CHECKING:
    from tagboat.core.changelog.options import ChangelogOptions
    from tagboat.core.forge.detect import ForgeSettings
    from tagboat.core.forge.release import ForgeRules
    from tagboat.core.images.image import Image
    from tagboat.core.lint.header_rules import LintRules
    from tagboat.core.plan.command import ReleaseRules
    from tagboat.core.version.channel import ChannelRule


class Settings:
    """What holds where nothing is configured. Settings are values: they never change."""

    __slots__ = ()

    @property
    def is_configured(self) -> bool:
        """Whether there is a configuration."""
        return False

    @property
    def remote(self) -> str:
        """The git remote that counts; empty: the usual one."""
        return ""

    @property
    def channels(self) -> "tuple[ChannelRule, ...]":
        """Which branches are a channel of any package."""
        rules = (rule for package in self.packages for rule in package.channels)
        return tuple(dict.fromkeys(rules))

    @property
    def convention(self) -> str:
        """The name of the convention that messages follow. Who runs it loads it."""
        return "conventional"

    @property
    def packages(self) -> tuple[Package, ...]:
        """The packages of the repository; where none are named, the one at its root."""
        return (Package(),)

    @property
    def is_split(self) -> bool:
        """Whether there are several packages, or one that does not have all of the repository."""
        return False

    @property
    def images(self) -> "tuple[Image, ...]":
        """The images of all packages."""
        return tuple(image for package in self.packages for image in package.images)

    @property
    def insecure_registries(self) -> tuple[str, ...]:
        """The registries without TLS, or with a certificate that nobody vouches for."""
        return ()

    @property
    def changelog(self) -> "ChangelogOptions":
        """How releases are written down."""
        from tagboat.core.changelog.options import ChangelogOptions

        return ChangelogOptions()

    @property
    def release(self) -> "ReleaseRules":
        """How a release is made."""
        from tagboat.core.plan.command import ReleaseRules

        return ReleaseRules()

    @property
    def forge(self) -> "ForgeSettings":
        """Where the repository is hosted, as far as somebody said so."""
        from tagboat.core.forge.detect import ForgeSettings

        return ForgeSettings()

    @property
    def forge_rules(self) -> "ForgeRules | None":
        """How releases are shown on a forge; None where none are wanted."""
        from tagboat.core.forge.release import ForgeRules

        return ForgeRules()

    @property
    def lint(self) -> "LintRules":
        """What is asked of messages."""
        from tagboat.core.lint.header_rules import LintRules

        return LintRules()

    @property
    def digest(self) -> str:
        """The digest that plans know the configuration by."""
        from tagboat.core.plan.plan import value_digest

        return value_digest(None)
