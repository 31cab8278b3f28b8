"""A first configuration: what the repository shows and tagboat would not infer by itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from tagboat.core.config.migrate import TOOLS, OldTool
from tagboat.core.errors import UsageError
from tagboat.core.forge.links import Links
from tagboat.core.packages import MANIFESTS
from tagboat.core.version.channel import channel_of
from tagboat.core.version.tag import Ref, pep440, semver
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import parse_entry, version_at, version_locations
from tagboat.core.version_files.formats.key import KeyPath
from tagboat.core.version_files.locate import Folder, VersionLocation
from tagboat.core.version_files.presets import Manifest
from tagboat.core.version_files.workspace import Workspace
from tagboat.use_cases.adopt.migrate import SearchedFolder, migration, toml_text

HEAD = "Made by `tagboat init`. What is not here is inferred: `tagboat schema` has every key."
_TAG = re.compile(r"(?P<name>.*?)(?P<mark>(?:^|[-@/_])[vV]?)(?P<version>\d+\.\d+\.\d+.*)")
_SEVERAL = 2
_PLACEHOLDER = Version(0, 0, 0)
_NAMED = "-v"
_MANIFESTS = ("pyproject.toml", "package.json", "Cargo.toml", "composer.json")
_PLAIN = ("VERSION", "version.txt", "VERSION.txt", ".version")
_SOURCES = ("__init__", "__version__", "_version", "version", "about", "__about__")
_KEYED = (
    *("setup.cfg:version", "setup.py:version", "pubspec.yaml:version", "gradle.properties:version"),
    *("deno.json:version", "jsr.json:version", "galaxy.yml:version", "manifest.json:version"),
    *("build.gradle:version", "build.gradle.kts:version", "mix.exs:version", "meson.build:version"),
    *("CMakeLists.txt:VERSION", "version.go:Version", "internal/version/version.go:Version"),
    *("version.php:$version", "includes/version.php:$version"),
)
_OF_PATTERNS = {
    "*.gemspec": ("spec.version", "s.version"),
    "lib/*/version.rb": ("VERSION",),
    "lib/*/*/version.rb": ("VERSION",),
    "Directory.Build.props": ("<Version>{version}</Version>",),
    "*.csproj": ("<Version>{version}</Version>",),
    "*/*.csproj": ("<Version>{version}</Version>",),
    "*/*/*.csproj": ("<Version>{version}</Version>",),
}
"""What files whose names are patterns call their version."""
# https://maven.apache.org/ref/current/maven-model/maven.html
_PARENT = re.compile(r"(?s)<parent>.*?</parent>")
_BESIDE_PROJECT = re.compile(r"<(?:dependenc|build>|profiles>|dependencyManagement>)")
_OF_PROJECT = re.compile(r"<version>\s*(?P<version>[^<\s]+)\s*</version>")
_OF_CHARTS = ("Chart.yaml:appVersion", "Chart.yaml:version")
_CHANGELOGS = (
    *("HISTORY.md", "CHANGES.md", "NEWS.md", "docs/CHANGELOG.md", "docs/changelog.md"),
    *("CHANGELOG.rst", "CHANGES.rst", "HISTORY.rst", "docs/changelog.rst"),
)
_FORGES = {".gitlab-ci.yml": "gitlab", ".gitea/workflows": "gitea", ".forgejo/workflows": "forgejo"}


class Surroundings(NamedTuple):
    """What a first configuration is made from: the work tree, tags, branches and the remote.

    ``branch`` is the one that is checked out.
    """

    folder: SearchedFolder
    tags: Sequence[Ref]
    branch: str
    branches: Sequence[str]
    remote: str


class Proposal(NamedTuple):
    """A first configuration.

    ``origins`` tells where each value was found, ``notes`` what a person should know of it, and
    ``declared`` the highest version that a file holds, with the file.
    """

    data: Mapping[str, object]
    origins: Mapping[KeyPath, str]
    notes: tuple[str, ...]
    declared: tuple[Version, str] | None = None

    def text(self) -> str:
        """The text of the file."""
        return toml_text(self.data, self.origins, HEAD)


class _Tag(NamedTuple):
    """A tag that ends in a version: the name before it, what stands between, and the version."""

    tag: str
    name: str
    mark: str
    version: Version


def propose(around: Surroundings) -> Proposal:
    """Look at a repository, and tell what its configuration has to say."""
    making = _Making(around)
    making.scheme()
    if not making.packages():
        making.files()
    making.channel()
    making.changelog()
    making.forge()
    making.images()
    making.other_tools()
    return Proposal(making.data, making.origins, tuple(making.notes), making.declared)


class _Making:
    """A proposal while it is made."""

    def __init__(self, around: Surroundings) -> None:
        self._folder, self._tags, self._branch, self._branches, self._remote = around
        self.data: dict[str, object] = {}
        self.origins: dict[KeyPath, str] = {}
        self.notes: list[str] = []
        self.declared: tuple[Version, str] | None = None
        self._found = list(_version_tags(self._tags))

    def scheme(self) -> None:
        """Tags that only Python spells so."""
        spelled = [
            ref.name
            for ref in self._tags
            if (match := _TAG.fullmatch(ref.name))
            and semver(match["version"]) is None
            and pep440(match["version"]) is not None
        ]
        if spelled:
            self._set(("scheme",), "pep440", f"the tag {spelled[-1]}")

    def packages(self) -> bool:
        """Tags of several packages, of which the folders have the names; whether there are any."""
        groups: dict[str, list[_Tag]] = {}
        for tag in self._found:
            groups.setdefault(tag.name, []).append(tag)
        named = {name: tags for name, tags in groups.items() if name}
        places = self._places() if len(named) > 1 else {}
        tables = [self._package(name, tags, places) for name, tags in sorted(named.items())]
        packages = [(table, origin) for table, origin in filter(None, tables)]
        if not self._found:
            packages = list(self._members())
        if len(packages) < _SEVERAL:
            return False
        self.data["packages"] = [table for table, _ in packages]
        self.origins |= {("packages", index): origin for index, (_, origin) in enumerate(packages)}
        self._needs([table for table, _ in packages])
        return True

    def _members(self) -> Iterator[tuple[dict[str, object], str]]:
        """The members of a workspace that have versions of their own; none where all have one."""
        found: list[tuple[dict[str, object], str, Version]] = []
        for place in dict.fromkeys(Workspace(self._folder, {}).members()):
            entries = self._held(_manifest_entries(self._folder, place))
            entry, spots = next(entries, ("", ()))
            name = re.sub(r"^@[\w-]+/", "", self._manifest_name(place) or place.rpartition("/")[2])
            version = version_at(spots[0]).version if spots else _PLACEHOLDER
            if version > _PLACEHOLDER and all(table["name"] != name for table, *_ in found):
                table: dict[str, object] = {"name": name, "paths": [place], "files": [entry]}
                found.append((table, f"{spots[0].path}:{spots[0].line} holds {version}", version))
        if len({version for *_, version in found}) > 1:
            yield from ((table, origin) for table, origin, _ in found)
        elif len(found) > 1:
            names = ", ".join(str(table["name"]) for table, *_ in found)
            self.notes.append(f"{names} have one version: [[packages]] would release each alone")

    def _needs(self, tables: Sequence[dict[str, Any]]) -> None:
        """What packages need, where manifests say that some need others."""
        paths = {str(table["name"]): tuple(map(str, table["paths"])) for table in tables}
        with suppress(UsageError):
            workspace = Workspace(self._folder, paths)
            needing = [name for name in paths if workspace.needs(name)]
            for index, table in enumerate(tables):
                if table["name"] in needing:
                    table["needs"] = MANIFESTS
                    self.origins["packages", index, "needs"] = "what its manifest requires"

    def _package(
        self, name: str, tags: Sequence[_Tag], places: Mapping[str, str]
    ) -> tuple[dict[str, object], str] | None:
        """The table of a package, with where it was found; None where no folder has its name."""
        newest = max(tags, key=lambda tag: tag.version)
        place = places.get(name, places.get(name.rpartition("/")[2]))
        if place is None:
            self.notes.append(
                f"the tag {newest.tag} is of a package that no folder has the name of"
            )
            return None
        table: dict[str, object] = {"name": name, "paths": [place]}
        if newest.mark != _NAMED:
            table["tag"] = f"{{name}}{newest.mark}{{version}}"
        entry = next(
            (entry for entry, spots in self._held(_manifest_entries(self._folder, place))), ""
        )
        if entry:
            table["files"] = [entry]
        return table, f"the tag {newest.tag}"

    def _places(self) -> dict[str, str]:
        """The folders of packages by their own names, and by those that their manifests have."""
        places: dict[str, str] = {}
        for pattern in ("*", "*/*", "*/*/*"):
            for place in self._folder.folders(pattern):
                name = self._manifest_name(place)
                if name is not None:
                    places.setdefault(name or place.rpartition("/")[2], place)
                    places.setdefault(place.rpartition("/")[2], place)
        return places

    def _manifest_name(self, place: str) -> str | None:
        """What the manifest of a folder calls its package; None where there is none."""
        found = None
        for name in (*_MANIFESTS, "go.mod", "Chart.yaml"):
            path = f"{place}/{name}"
            if self._text(path) is not None:
                found = found or ""
                with suppress(UsageError):
                    manifest = Manifest(path, self._text(path) or "")
                    for key in (("project", "name"), ("package", "name"), ("name",)):
                        found = found or str(manifest.get(*key) or "")
        return found

    def files(self) -> None:
        """The files that hold the version; those that hold another one are left out."""
        held = list(self._held(_entries(self._folder)))
        versions = {entry: version_at(spots[0]).version for entry, spots in held}
        real = {
            entry: version
            for entry, version in versions.items()
            if version > _PLACEHOLDER and not entry.endswith(_OF_CHARTS)
        } or {entry: versions[entry] for entry in _OF_CHARTS if entry in versions}
        tagged = max((tag.version for tag in self._found if not tag.name), default=None)
        highest = max((*real.values(), *filter(None, [tagged])), default=None)
        files: list[str] = []
        for entry, spots in held:
            spot = spots[0]
            version, where = versions[entry], f"{spot.path}:{spot.line}"
            if version in (highest, tagged):
                self.origins["files", len(files)] = f"{where} holds {version}"
                files.append(entry)
            elif highest is not None:
                self.notes.append(f"{where} holds {version}, not {highest}: it is left out")
            if version == highest and self.declared is None:
                self.declared = version, where
        if files:
            self.data["files"] = files
        self._maven(highest or _PLACEHOLDER)

    def _maven(self, highest: Version) -> None:
        """What Maven is to release next, which no entry of `files` leads to."""
        head = _BESIDE_PROJECT.split(_PARENT.sub("", self._text("pom.xml") or ""), maxsplit=1)[0]
        match = _OF_PROJECT.search(head)
        version = semver(match["version"]) if match else None
        if version is not None and version.core > highest:
            self.declared = version.core, "pom.xml"
            self.notes.append(f"pom.xml holds {version}: Maven writes it itself, as a command can")
            if not self._found:
                self._set(("initial",), str(version.core), f"pom.xml holds {version}")

    def _held(self, entries: Iterator[str]) -> Iterator[tuple[str, tuple[VersionLocation, ...]]]:
        """The entries that lead to versions, with where; each place counts once."""
        seen = set[tuple[str, int]]()
        for entry in entries:
            with suppress(UsageError):
                spots = version_locations(parse_entry(entry), self._folder)
                list(map(version_at, spots))
                places = {(spot.path, spot.line) for spot in spots}
                if places and not places & seen:
                    seen |= places
                    yield entry, spots

    def channel(self) -> None:
        """A branch that is none of the usual channels, where no branch is one of them."""
        if self._branch and all(
            channel_of(name).assumed for name in (self._branch, *self._branches)
        ):
            self.data["channels"] = [{"branch": self._branch}]
            self.origins["channels", 0] = "the branch that is checked out"

    def changelog(self) -> None:
        """A changelog under another name than the usual one."""
        names = () if self._text("CHANGELOG.md") is not None else _CHANGELOGS
        for name in names:
            if self._text(name) is not None:
                self._set(("changelog", "file"), name, name)
                return

    def forge(self) -> None:
        """A forge whose host does not give it away."""
        links = Links.from_remote(self._remote)
        if not self._remote or links.kind:
            return
        for path, kind in _FORGES.items():
            is_there = bool(self._folder.folders(path)) or self._text(path) is not None
            if is_there and Links.from_remote(self._remote, "gitlab").kind:
                self._set(("forge", "kind"), kind, path)
                return

    def images(self) -> None:
        """The images that workflows build; a Dockerfile that none builds is named alone."""
        found: dict[str, object] = {}
        origins: dict[KeyPath, str] = {}
        with suppress(UsageError):
            report = migration(
                self._folder, "workflows", repository=Links.from_remote(self._remote).path
            ).report
            found, origins = report.data, report.origins
        if found.get("images"):
            self.data["images"] = found["images"]
            self.origins |= {path: text for path, text in origins.items() if path[0] == "images"}
        elif self._text("Dockerfile") is not None:
            self.notes.append("Dockerfile: no workflow publishes it; [[images]] would")

    def other_tools(self) -> None:
        """Configurations that `migrate` reads."""
        for tool in TOOLS:
            paths = (path for name in tool.files for path in self._folder.matching(name))
            path = next((path for path in paths if self._tells(tool, path)), "")
            if path and not tool.stays:
                told = f"{path} tells {tool.name} what to do"
                self.notes.append(f"{told}: `tagboat migrate` reads it")

    def _tells(self, tool: OldTool, path: str) -> bool:
        """Whether a file is a tool's own, or tells it something, too."""
        text = self._text(path)
        with suppress(UsageError):
            return text is not None and (tool.owns(path) or tool.read(path, text) is not None)
        return False

    def _set(self, path: tuple[str, ...], value: object, origin: str) -> None:
        table: dict[str, object] = self.data
        for part in path[:-1]:
            inner: dict[str, object] = {}
            table[part] = inner
            table = inner
        table[path[-1]] = value
        self.origins[path] = origin

    def _text(self, path: str) -> str | None:
        """A file's text; None where there is none that may be read."""
        with suppress(UsageError):
            return self._folder.text(path)
        return None


def _version_tags(tags: Sequence[Ref]) -> Iterator[_Tag]:
    """The tags that end in a version."""
    for ref in tags:
        match = _TAG.fullmatch(ref.name)
        version = pep440(match["version"]) if match else None
        if match and version is not None:
            yield _Tag(ref.name, match["name"], match["mark"], version)


def _manifest_entries(folder: Folder, place: str = "") -> Iterator[str]:
    """The presets that may fit a folder, the most telling first."""
    above = f"{place}/" if place else ""
    suffix = f":{place}" if place else ""
    names = ["uv"] if folder.text(f"{above}uv.lock") is not None else []
    names += ["poetry"] if folder.text(f"{above}poetry.lock") is not None else []
    yield from (f"{name}{suffix}" for name in (*names, "pep621", "poetry", "cargo", "npm"))
    yield f"composer{suffix}"


def _entries(folder: SearchedFolder) -> Iterator[str]:
    """The entries of `files` that may lead to the version of a repository."""
    yield from _manifest_entries(folder)
    yield from (*_KEYED, *_PLAIN)
    for pattern, keys in _OF_PATTERNS.items():
        yield from (f"{path}:{key}" for path in folder.matching(pattern) for key in keys)
    for pattern in ("src/*", "*"):
        for place in folder.folders(pattern):
            if not place.startswith(("test", "doc", "example", ".")):
                yield from (f"{place}/{name}.py:__version__" for name in _SOURCES)
    charts = [place for pattern in ("charts/*", "*") for place in folder.folders(pattern)]
    for above in ("", *(f"{place}/" for place in charts)):
        yield from (f"{above}{entry}" for entry in _OF_CHARTS)
