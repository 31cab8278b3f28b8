"""How many histories each test looks at: ``HYPOTHESIS_PROFILE=thorough`` for thousands."""

from hypothesis import HealthCheck, settings

from tests.environment import CALLER

_FACTORS = {"default": 1, "thorough": 16}
_PROFILE = CALLER.get("HYPOTHESIS_PROFILE", "default")


def examples(number: int) -> settings:
    """Settings for a test that looks at so many histories by default."""
    return settings(
        max_examples=number * _FACTORS[_PROFILE],
        # A repository in a fixture's folder is made anew for each history.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
