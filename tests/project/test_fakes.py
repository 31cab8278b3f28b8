"""Every port has one fake, which does all that the port asks for."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import tagboat.ports

TESTS = Path(__file__).parents[1]


class Fake(NamedTuple):
    """A class of the tests that names a port among its bases, and the module that has it."""

    port: str
    module: str
    name: str


def ports() -> dict[str, type]:
    """The protocols of `tagboat.ports`, by name."""
    names = [module.name for module in pkgutil.iter_modules(tagboat.ports.__path__)]
    modules = [tagboat.ports, *(importlib.import_module(f"tagboat.ports.{one}") for one in names)]
    return {
        name: one
        for module in modules
        for name, one in vars(module).items()
        if getattr(one, "_is_protocol", False) and one.__module__ == module.__name__
    }


PORTS = ports()


def fakes() -> Iterator[Fake]:
    """All fakes, as their sources tell."""
    names = re.compile(rf"^ *class \w+\([^)]*\b({'|'.join(PORTS)})\b", re.MULTILINE)
    for path in sorted(TESTS.rglob("*.py")):
        module, text = (
            ".".join(path.relative_to(TESTS.parent).with_suffix("").parts),
            path.read_text(),
        )
        if not names.search(text):  # to parse them all takes seconds, in every worker
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                yield from (Fake(port, module, node.name) for port in sorted(bases & PORTS.keys()))


FAKES = tuple(fakes())


def asked_for(port: type) -> set[str]:
    """The members of a protocol."""
    named = {*vars(port), *getattr(port, "__annotations__", {})}
    return {name for name in named if not name.startswith("_")}


def test_every_port_has_one_fake() -> None:
    assert sorted(fake.port for fake in FAKES) == sorted(PORTS)


@pytest.mark.parametrize("fake", FAKES, ids=lambda fake: fake.port)
def test_fake_lacks_nothing_of_its_port(fake: Fake) -> None:
    made = getattr(importlib.import_module(fake.module), fake.name)
    # What is inherited of a port has no body: it would give None for an answer.
    own = {name for one in made.__mro__ if one not in PORTS.values() for name in vars(one)}
    assert asked_for(PORTS[fake.port]) - own == set()


@pytest.mark.parametrize("module", sorted({fake.module for fake in FAKES}))
def test_fakes_hide_nothing_from_the_type_checker(module: str) -> None:
    text = Path(TESTS.parent, *module.split(".")).with_suffix(".py").read_text()
    assert [line for line in text.splitlines() if "type: ignore" in line or "cast(" in line] == []
