"""Fixtures of the tests on a real engine; where a part of it is missing, they fail."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagboat.adapters.clock import Budget, Timeouts
from tagboat.adapters.registry import HttpRegistry, RegistryOptions
from tagboat.core.images.registry import Repository
from tests.e2e.gate import Gate
from tests.e2e.image_release import ImageRelease, ReleasePlaces, release_places_in
from tests.e2e.images import Pushing
from tests.e2e.keys import make_keys
from tests.engine import Engine, Registry, running
from tests.patience import patience
from tests.servers.front import Front, serving


@pytest.fixture(scope="session")
def engine(home: Path) -> Iterator[Engine]:  # noqa: ARG001 - it replaces the environment first
    """One engine with two registries for all tests, which find it in their environment."""
    with running() as engine, pytest.MonkeyPatch.context() as patch:
        for name, value in engine.variables().items():
            patch.setenv(name, value)
        yield engine


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Registry]:
    """A registry that a test may break."""
    registry = Registry(tmp_path / "registry", 0)
    registry.start()
    yield registry
    registry.stop()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A path that no other test uses in the shared registries."""
    return "-".join(re.findall(r"[a-z0-9]+", request.node.name.lower()))


def impatient() -> Budget:
    """Two seconds of pauses, and patience for each answer."""
    return Budget(2, 3, Timeouts(patience(40), patience(40)), first_pause=0.01)


@pytest.fixture
def client() -> Iterator[HttpRegistry]:
    """All registries, as Docker's configuration opens them."""
    with HttpRegistry(RegistryOptions(budget=impatient)) as made:
        yield made


@pytest.fixture
def there(engine: Engine, name: str) -> Repository:
    """The test's own repository in the open registry."""
    return Repository(engine.open.host, name)


@pytest.fixture
def mirror(engine: Engine, name: str) -> Repository:
    """The same in the registry that wants a password."""
    return Repository(engine.closed.host, name)


@pytest.fixture
def broken(own: Registry, name: str) -> Repository:
    """The same in the registry that a test may break."""
    return Repository(own.host, name)


@pytest.fixture
def gate(engine: Engine) -> Iterator[Front]:
    """A gate before the open registry, for faults."""
    with serving(Gate(engine.open)) as front:
        yield front


@pytest.fixture
def behind(gate: Front, name: str) -> Repository:
    """The test's own repository in the open registry, through the gate."""
    return Repository(f"127.0.0.1:{gate.port}", name)


@pytest.fixture
def pushing(engine: Engine, name: str) -> Pushing:
    """Puts images into the test's own repository of the open registry."""
    return Pushing(engine.open, name)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two pairs of keys."""
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder, "cosign", "other")
    return folder


@pytest.fixture
def image_release(engine: Engine, name: str, tmp_path: Path) -> ImageRelease:
    """A remote whose releases publish an image in both registries."""
    places = (f"{one.host}/{name}" for one in (engine.open, engine.closed))
    return ImageRelease(tmp_path / "image_release", *places)


@pytest.fixture
def release_places(engine: Engine, tmp_path: Path) -> Iterator[ReleasePlaces]:  # noqa: ARG001 - docker asks it
    """A remote whose releases publish an image in two registries that a test may break."""
    with release_places_in(tmp_path) as release_places:
        yield release_places
