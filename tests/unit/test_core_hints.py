"""What helps where a rule of core refuses something: the words for each case, which do help."""

import json
from collections.abc import Callable
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from tagboat.core.changelog.insert import MARKER, NewNotes, inserted
from tagboat.core.config.declared import required_by
from tagboat.core.config.shape import config_of
from tagboat.core.errors import TagboatError
from tagboat.core.images.oci import OCI_INDEX, Descriptor, ImageGraph
from tagboat.core.images.registry import (
    Inspection,
    TagStatus,
    kept_damaged,
    nowhere_whole,
    repository,
)
from tagboat.core.images.tags import image_tag_set, tag_rules
from tagboat.core.next_version.package import Package
from tagboat.core.plan.plan import plan_json, read_plan, refuse_long
from tagboat.core.record.record import note_text, read_note
from tagboat.core.record.rollback import plan_reinstatement, plan_rollback
from tagboat.core.version.pep440 import spelled
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import (
    Target,
    edited,
    edits,
    parse_entry,
    version_at,
    version_locations,
)
from tests.file_fakes import MemoryFolder
from tests.plans import plan_of_one
from tests.unit.test_withdrawal import MAINTAINED, after

PLAN = plan_of_one()
OLD, NEW = Version(1, 2, 3), Version(1, 3, 0)
COMMIT = "c" * 40
WORKSPACE = '[workspace]\nmembers = ["a"]\n'
CRATE = '[package]\nname = "a"\n'
PROJECT = '[project]\nname = "a"\nversion = "1.2.3"\n'


class Entry(NamedTuple):
    """An entry of `files` that is refused beside some files, and both as the hint has them."""

    entry: str
    files: dict[str, str]
    hint: str
    after: tuple[str, dict[str, str]]


A_VERSION = "write a version such as 1.2.3 there"

ENTRIES = {
    "an empty file": Entry(
        "VERSION", {"VERSION": "\n"}, "write the version into it", ("VERSION", {"VERSION": "1.2.3"})
    ),
    "a file of several lines": Entry(
        "a.py",
        {"a.py": "v = '1.2.3'\n\nx = 1"},
        "say where in it the version stands: PATH:KEY",
        ("a.py:v", {"a.py": "v = '1.2.3'\n\nx = 1"}),
    ),
    "a marker that stands nowhere": Entry(
        "a.py:x-release-please-version",
        {"a.py": "v = '1.2.3'"},
        "write that into a comment on its line",
        ("a.py:x-release-please-version", {"a.py": "v = '1.2.3'  # x-release-please-version"}),
    ),
    "a variable with two versions": Entry(
        "a.py:v",
        {"a.py": "v = '1.2.3'  # ours\nv = '2.0.0'"},
        "say which is meant with the text around it: PATH:some text {version}",
        ("a.py:v = '{version}'  # ours", {"a.py": "v = '1.2.3'  # ours\nv = '2.0.0'"}),
    ),
    "a variable that is none": Entry(
        "a.py:v",
        {"a.py": "say('1.2.3')"},
        "show the text around the version: PATH:some text {version}",
        ("a.py:say('{version}')", {"a.py": "say('1.2.3')"}),
    ),
    "a variable that is no version": Entry(
        "a.py:v", {"a.py": "v = 'soon'"}, A_VERSION, ("a.py:v", {"a.py": "v = '1.2.3'"})
    ),
    "a value that is no version": Entry(
        "a.toml:v", {"a.toml": "v = 'soon'"}, A_VERSION, ("a.toml:v", {"a.toml": "v = '1.2.3'"})
    ),
    "a key that ends in nothing": Entry(
        "a.toml:a.",
        {"a.toml": '[a]\n"" = "1.2.3"'},
        "put parts that hold a dot, a bracket or nothing in quotes",
        ('a.toml:a.""', {"a.toml": '[a]\n"" = "1.2.3"'}),
    ),
    "a value that is no text": Entry(
        "a.toml:v",
        {"a.toml": "v = 1.2"},
        "write the version as a text in quotes",
        ("a.toml:v", {"a.toml": 'v = "1.2.3"'}),
    ),
    "a block of text": Entry(
        "a.yaml:v",
        {"a.yaml": "v: |\n  1.2.3\n"},
        "write the version on the line of its key",
        ("a.yaml:v", {"a.yaml": "v: 1.2.3\n"}),
    ),
    "an alias": Entry(
        "a.yaml:v",
        {"a.yaml": "a: &x 1.2.3\nv: *x\n"},
        "write the version out in its own place",
        ("a.yaml:v", {"a.yaml": "a: &x 1.2.3\nv: 1.2.3\n"}),
    ),
    "a file that is not there": Entry(
        "a.toml:v",
        {"b.toml": "v = '1.2.3'"},
        "correct the path in `files`, or commit the file",
        ("b.toml:v", {"b.toml": "v = '1.2.3'"}),
    ),
    "a version that a build backend makes": Entry(
        "pep621",
        {"pyproject.toml": '[project]\nname = "a"\ndynamic = ["version"]\n'},
        "name the file it comes from, such as src/app/__init__.py:__version__",
        ("src/app/__init__.py:__version__", {"src/app/__init__.py": "__version__ = '1.2.3'"}),
    ),
    "a preset outside the repository": Entry(
        "npm:../web",
        {"web/package.json": '{"version": "1.2.3"}'},
        "write npm:FOLDER with a folder of this repository",
        ("npm:web", {"web/package.json": '{"version": "1.2.3"}'}),
    ),
    "a workspace without a version": Entry(
        "cargo",
        {"Cargo.toml": WORKSPACE, "a/Cargo.toml": f'{CRATE}version = "1.2.3"\n'},
        "name the packages one by one: `cargo:FOLDER`",
        ("cargo:a", {"Cargo.toml": WORKSPACE, "a/Cargo.toml": f'{CRATE}version = "1.2.3"\n'}),
    ),
    "a crate whose workspace has no version": Entry(
        "cargo:a",
        {"Cargo.toml": WORKSPACE, "a/Cargo.toml": f"{CRATE}version.workspace = true\n"},
        "give the workspace a version: workspace.package.version, in a folder above",
        (
            "cargo:a",
            {
                "Cargo.toml": f'{WORKSPACE}[workspace.package]\nversion = "1.2.3"\n',
                "a/Cargo.toml": f"{CRATE}version.workspace = true\n",
            },
        ),
    ),
    "a lock file of uv without the project": Entry(
        "uv",
        {"pyproject.toml": PROJECT, "uv.lock": '[[package]]\nname = "b"\nversion = "2"\n'},
        "run `uv lock`",
        (
            "uv",
            {
                "pyproject.toml": PROJECT,
                "uv.lock": '[[package]]\nname = "a"\nversion = "1.2.3"\n'
                'source = { editable = "." }\n',
            },
        ),
    ),
    "a lock file of cargo without the crate": Entry(
        "cargo",
        {"Cargo.toml": f'{CRATE}version = "1.2.3"\n', "Cargo.lock": "version = 4\n"},
        "run `cargo update --workspace`",
        (
            "cargo",
            {
                "Cargo.toml": f'{CRATE}version = "1.2.3"\n',
                "Cargo.lock": '[[package]]\nname = "a"\nversion = "1.2.3"\n',
            },
        ),
    ),
}


def versions(entry: str, files: dict[str, str]) -> set[str]:
    """The versions that an entry leads to."""
    found = version_locations(parse_entry(entry), MemoryFolder(files))
    return {str(version_at(one).version) for one in found}


@pytest.mark.parametrize("case", ENTRIES)
def test_an_entry_that_is_refused_is_mended_as_it_says(case: str) -> None:
    one = ENTRIES[case]
    with pytest.raises(TagboatError) as caught:
        versions(one.entry, one.files)
    assert caught.value.hint == one.hint
    assert versions(*one.after) == {"1.2.3"}


# Everything else: what is refused, and the same with what the hint says


class Refused(NamedTuple):
    """What is refused, the hint, and what goes where the hint was followed."""

    run: Callable[[], object]
    hint: str
    helped: Callable[[], object]


def change(files: dict[str, str], *entries: str, expected: tuple[Version, ...] = ()) -> object:
    """The edits that entries lead to."""
    folder = MemoryFolder(files)
    found = [one for entry in entries for one in version_locations(parse_entry(entry), folder)]
    return edits(found, Target(NEW, "semver", expected))


def changed_since(text: str) -> object:
    """The text of a file after edits that were planned for another one."""
    folder = MemoryFolder({"VERSION": "1.2.3"})
    planned = edits(version_locations(parse_entry("VERSION"), folder), Target(NEW))
    return edited(text, planned)


def document(**fields: object) -> str:
    """The document of a plan with other fields, as a hand would change it."""
    data = json.loads(plan_json(PLAN))
    data["plan"] |= fields
    return json.dumps(data)


def required(files: dict[str, str], **api: object) -> object:
    """What two packages require of each other, as their manifests say."""
    tables = [
        {"name": "core", "paths": ["core"], **({"group": api["group"]} if "group" in api else {})},
        {"name": "api", "paths": ["api"], "needs": "manifests", **api},
    ]
    return required_by(config_of({"packages": tables}), MemoryFolder(files), ["api"])


def withdrawn() -> object:
    """A rollback to what is withdrawn itself."""
    place = after(MAINTAINED, plan_rollback([MAINTAINED], OLD))
    return plan_rollback([place], Version(1, 2, 4))


NOTES = NewNotes("## 1.3.0\n\n- x\n", "1.3.0", "")
HEADINGS = "# Log\n\n## Monday\n\n## Sunday\n"
MAKE = "make it with `tagboat plan -o FILE`"
SHARED = {
    "Cargo.toml": '[workspace]\nmembers = ["core", "api"]\n'
    '[workspace.package]\nversion = "1.0.0"\n',
    "core/Cargo.toml": '[package]\nname = "core"\nversion.workspace = true\n',
    "api/Cargo.toml": '[package]\nname = "api"\nversion.workspace = true\n',
}

REFUSED = {
    "two entries for the same characters": Refused(
        lambda: change({"a.txt": "-1.2.3.4"}, "a.txt:1.{version}", "a.txt:-{version}.4"),
        "leave one of them out; each package has files and a changelog of its own",
        lambda: change({"a.txt": "-1.2.3.4"}, "a.txt:-{version}.4"),
    ),
    "a file that is out of step": Refused(
        lambda: change({"VERSION": "1.0.0"}, "VERSION", expected=(OLD,)),
        "write the version of the last release there, commit that and run again",
        lambda: change({"VERSION": "1.2.3"}, "VERSION", expected=(OLD,)),
    ),
    "a file that changed since": Refused(
        lambda: changed_since("1.2.4"), "plan it again", lambda: changed_since("1.2.3")
    ),
    "a version that Python can't spell": Refused(
        lambda: spelled(Version.parse("1.0.0-x.y"), "pep440"),
        'choose another version, or scheme = "semver"',
        lambda: spelled(Version.parse("1.0.0-x.y"), "semver"),
    ),
    "a repository that is none": Refused(
        lambda: repository("ghcr.io/Acme/app:1"),
        "write it as HOST/PATH, in lower case and without a tag: ghcr.io/acme/app",
        lambda: repository("ghcr.io/acme/app"),
    ),
    "a version without a tag of its own": Refused(
        lambda: image_tag_set(tag_rules(["latest"]), NEW),
        "add '{version}' to the image's tags",
        lambda: image_tag_set(tag_rules(["latest", "{version}"]), NEW),
    ),
    "a tag that is too long": Refused(
        lambda: image_tag_set(tag_rules(["{version}"]), Version.parse(f"1.0.0-{'x' * 130}")),
        "shorten the version's prerelease or build metadata, or the image's tags",
        lambda: image_tag_set(tag_rules(["{version}"]), Version.parse(f"1.0.0-{'x' * 100}")),
    ),
    "a changelog that is no text": Refused(
        lambda: inserted("#\0", NOTES),
        "save it in UTF-8; it may be in UTF-16",
        lambda: inserted("#", NOTES),
    ),
    "a changelog without a place": Refused(
        lambda: inserted(HEADINGS, NOTES),
        f"write the line {MARKER} where the newest release belongs, or a heading `## Unreleased`",
        lambda: (
            inserted(HEADINGS.replace("## Monday", f"{MARKER}\n\n## Monday"), NOTES),
            inserted(HEADINGS.replace("## Monday", "## Unreleased\n\n## Monday"), NOTES),
        ),
    ),
    "a package without a manifest": Refused(
        lambda: required({"core/package.json": "{}"}),
        "add package.json, pyproject.toml or Cargo.toml, or name its `needs` one by one",
        lambda: (
            required({"core/package.json": "{}", "api/package.json": "{}"}),
            required({"core/package.json": "{}"}, needs=["core"]),
        ),
    ),
    "packages of one version": Refused(
        lambda: required(SHARED),
        "put them into one `group`",
        lambda: required(SHARED, group="all"),
    ),
    "a tag that is ignored": Refused(
        lambda: Package(ignored_tags=("v1*",)).refuse_ignored("v1.3.0"),
        "change that pattern, or ask for another version with --as",
        lambda: (
            Package(ignored_tags=("v1*",)).refuse_ignored("v2.0.0"),
            Package(ignored_tags=("v1.2*",)).refuse_ignored("v1.3.0"),
        ),
    ),
    "a tag that git can't keep": Refused(
        lambda: refuse_long("v" * 300),
        "make `tag` in the configuration, or the version, shorter",
        lambda: refuse_long("v" * 200),
    ),
    "a plan that can't be read": Refused(
        lambda: read_plan("{}"), MAKE, lambda: read_plan(plan_json(PLAN))
    ),
    "a plan for no commit": Refused(
        lambda: read_plan(plan_json(replace(PLAN, source="HEAD"))),
        MAKE,
        lambda: read_plan(plan_json(PLAN)),
    ),
    "a plan without releases": Refused(
        lambda: read_plan(plan_json(replace(PLAN, releases=()))),
        MAKE,
        lambda: read_plan(plan_json(PLAN)),
    ),
    "a plan that was changed": Refused(
        lambda: read_plan(document(branch="other")),
        "make it again with `tagboat plan -o FILE`",
        lambda: read_plan(plan_json(PLAN)),
    ),
    "a plan of another format": Refused(
        lambda: read_plan(document(format=99)),
        "apply it with the version that made it",
        lambda: read_plan(plan_json(PLAN)),
    ),
    "a record of another format": Refused(
        lambda: read_note(json.dumps(json.loads(note_text({})) | {"format": 9}), COMMIT),
        "use a newer tagboat",
        lambda: read_note(note_text({}), COMMIT),
    ),
    "a rollback to what is withdrawn": Refused(
        withdrawn,
        "end that first: `tagboat reinstate 1.2.4`",
        lambda: plan_reinstatement(
            [after(MAINTAINED, plan_rollback([MAINTAINED], OLD))], Version(1, 2, 4)
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_goes_once_its_hint_is_followed(case: str) -> None:
    one = REFUSED[case]
    with pytest.raises(TagboatError) as caught:
        one.run()
    assert caught.value.hint == one.hint
    one.helped()


def test_damage_that_a_registry_keeps_says_who_can_mend_it() -> None:
    seen = Inspection(f"a.example/app@sha256:{'0' * 64}", TagStatus.INCOMPLETE, "", "lost")
    assert kept_damaged(seen).message.endswith(
        "is incomplete: lost, though all of it was sent there again"
    )
    assert kept_damaged(seen).hint == (
        "what a registry has, even damaged, some never write again: let whoever runs it delete "
        "that digest from its storage, then run the same command again"
    )


def test_damage_that_a_registry_keeps_names_what_to_delete_there() -> None:
    layer = f"sha256:{'1' * 64}"
    gaps = tuple(f"{one}: the layer {layer} has 5 bytes" for one in ("linux/amd64", "linux/arm64"))
    root = Descriptor(OCI_INDEX, f"sha256:{'0' * 64}", 9)
    name = f"a.example/app@{root.digest}"
    graph = ImageGraph(root, {}, (), gaps=gaps)
    seen = Inspection(name, TagStatus.INCOMPLETE, root.digest, gaps[0], graph)
    assert f"delete {layer} from its storage" in kept_damaged(seen).hint


def test_an_image_that_is_whole_nowhere_says_what_is_left() -> None:
    error = nowhere_whole(Inspection(f"a.example/app@sha256:{'0' * 64}", TagStatus.ABSENT))
    assert error.hint == (
        "push it again by its digest from where it still is, or withdraw the version: release "
        "another one, and `tagboat rollback` to the one before until then"
    )
