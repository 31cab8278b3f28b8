"""Repositories with several packages and a generated history, whose bases are spread over its end.

Commits change the packages in turn. Each package has a changelog, a version file and two releases;
nine in ten need the package that begins their ten, as their manifests say too, for lerna.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from benchmarks.histories import git, imported, kept, key_of
from benchmarks.messages import Messages
from benchmarks.stream import Writer

PACKAGES: Final = "packages"


@dataclass(frozen=True, slots=True)
class PackagesSpec:
    """How many packages and commits there are, and over how many of the last the bases spread."""

    count: int
    commits: int
    spread: int

    @property
    def names(self) -> list[str]:
        """The names of the packages, each that of its folder."""
        return [f"p{number:03}" for number in range(self.count)]


@dataclass(frozen=True, slots=True)
class PackagesRepository:
    """A generated repository; ``oldest`` is the tag of the oldest base."""

    spec: PackagesSpec
    path: Path
    oldest: str


def build_packages(spec: PackagesSpec, cache: Path) -> PackagesRepository:
    """Return the repository of `spec`, made under `cache` unless it is there already.

    Raises `subprocess.CalledProcessError` where git fails.
    """
    name = f"{PACKAGES}-{spec.count}-{spec.commits}-{spec.spread}"
    key = key_of(repr(spec), "package_histories.py")
    path = kept(cache, name, key, lambda home: _make(spec, home))
    return PackagesRepository(spec, path, f"{spec.names[0]}-v1.1.0")


def _make(spec: PackagesSpec, home: Path) -> None:
    imported(home, lambda out: _write(spec, out))
    git(home, "reset", "--quiet", "--hard")


def _write(spec: PackagesSpec, out: IO[bytes]) -> None:
    folders = [f"{PACKAGES}/{name}/" for name in spec.names]
    writer, texts = Writer(out, spec.commits, folders), Messages(f"{PACKAGES} {spec.count}")
    releases = _releases(spec)
    tip: tuple[int, ...] = ()
    for number in range(spec.commits):
        text = texts.conventional().text
        files = {} if number else _files(spec)
        tip = (writer.commit("refs/heads/main", text, *tip, more=files),)
        for name, version in releases.get(number, ()):
            writer.tag(version, *tip, prefix=f"{name}-v")
    out.write(b"done\n")


def _releases(spec: PackagesSpec) -> dict[int, list[tuple[str, tuple[int, int, int]]]]:
    """What is released at which commits: the last releases spread, the first ones at half of it."""
    found: dict[int, list[tuple[str, tuple[int, int, int]]]] = {}
    for number, name in enumerate(spec.names):
        last = spec.commits - spec.spread + number * spec.spread // spec.count
        found.setdefault(last // 2, []).append((name, (1, 0, 0)))
        found.setdefault(last, []).append((name, (1, 1, 0)))
    return found


def _files(spec: PackagesSpec) -> dict[str, str]:
    """The configurations of tagboat and lerna, and what each package is begun with."""
    tables = [_table(spec, number) for number in range(spec.count)]
    files = {
        "tagboat.toml": "\n".join(["[forge]\nrelease = false\n", *tables]),
        "lerna.json": _json({"version": "independent", "tagVersionSeparator": "-v"}),
        "package.json": _json({"private": True, "workspaces": [f"{PACKAGES}/*"]}),
    }
    for number, name in enumerate(spec.names):
        needed = dict.fromkeys(_needs(spec, number), "^1.0.0")
        manifest = {"name": name, "version": "1.1.0", "dependencies": needed}
        files[f"{PACKAGES}/{name}/package.json"] = _json(manifest)
        files[f"{PACKAGES}/{name}/CHANGELOG.md"] = "# Changelog\n"
    return files


def _json(value: object) -> str:
    return f"{json.dumps(value, indent=2)}\n"


def _needs(spec: PackagesSpec, number: int) -> list[str]:
    """The packages that one needs."""
    return [spec.names[number // 10 * 10]] if number % 10 else []


def _table(spec: PackagesSpec, number: int) -> str:
    """The table of one package."""
    name, needed = spec.names[number], _needs(spec, number)
    folder = f"{PACKAGES}/{name}"
    needs = f"needs = {json.dumps(needed)}\n" if needed else ""
    files = f'files = ["{folder}/package.json:version"]\n'
    return f'[[packages]]\nname = "{name}"\npaths = ["{folder}"]\n{needs}{files}'
