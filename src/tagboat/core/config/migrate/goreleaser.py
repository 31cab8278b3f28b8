"""goreleaser: its images; binaries, archives and packages stay with it."""

import re
from collections.abc import Sequence
from typing import Any

from tagboat.core.config.migrate.key_rules import OldKey
from tagboat.core.config.migrate.old_file import OldFile
from tagboat.core.config.migrate.translation import Translation, value_fault
from tagboat.core.config.migrate.workflows import add_image

NAME = "goreleaser"
_HOLE = re.compile(r"\{\{-?\s*\.(?P<name>\w+)\s*-?\}\}")
_PARTS = {"Version": "{version}", "RawVersion": "{version}", "Tag": "v{version}"}
_PARTS |= {"Major": "{major}", "Minor": "{minor}", "Patch": "{patch}"}
_PARTS |= {"FullCommit": "{commit}", "Commit": "{commit}"}
_PARTS |= {"CommitDate": "{date}", "Date": "{date}"}
_ARCH = re.compile(
    r"[-_](?:amd64|arm64(?:v8)?|armv?[67](?:hf)?|arm|386|ppc64le|s390x|riscv64)(?=[-_]|$)"
)
_FLAG = re.compile(r"--(?P<name>[a-z-]+)(?:=(?P<value>.*))?", re.DOTALL)
_TAGS = ("images", 0, "tags")
_RELEASE = {"release": "[forge]", "changelog": "[changelog]", "milestones": "[forge]"}
_BINARIES = "the Dockerfile has to build what it copies: goreleaser's binaries are in no context"
_USUAL = {"use", "goos", "skip_push", "platforms", "id"}
_READ = {"images", "tags", "image_templates", "dockerfile", "goarch", "goarm", "goamd64", "labels"}
_READ |= {"build_args", "annotations", "build_flag_templates", "flags", "sbom", *_USUAL}


def from_goreleaser(whole: Translation, files: Sequence[OldFile]) -> None:
    """Translate what is about images in all files."""
    for file in files:
        key = OldKey(whole, NAME, file, (), file.data)
        name = key.get("project_name").text
        for one in key.items():
            part = str(one.path[-1])
            if one.value in (None, [], {}):
                one.keep("it says nothing")
            elif part in ("dockers", "dockers_v2"):
                _GrImages(one, key.get("docker_manifests"), name).translate()
            elif part == "docker_manifests":
                one.adapt("an image is one index of all its platforms")
            elif part == "docker_signs":
                _gr_signs(one)
            elif part in _RELEASE:
                one.leave(f"the release and its notes are made here: {_RELEASE[part]}")
            else:
                one.adapt("it stays with goreleaser")


class _GrImages:
    """The images of a list of builds; those that differ in platform alone are one."""

    def __init__(self, key: OldKey, manifests: OldKey, project: str) -> None:
        self._key = key
        self._manifests = [one.get("name_template").text for one in manifests.items()]
        self._project = project

    def translate(self) -> None:
        """Say each image, with what is right in itself, and what became of each build."""
        tables: dict[str, dict[str, Any]] = {}
        for one in self._key.items():
            table = self._table(one)
            shape = repr({**table, "platforms": 0})
            like = tables.get(shape)
            if not table["repositories"]:
                one.leave("the repositories of its images are not known: name them in [[images]]")
            elif like is None:
                tables[shape] = table
                add_image(one, table, _BINARIES)
                self._leave_unknown(one)
            else:
                like["platforms"] += [p for p in table["platforms"] if p not in like["platforms"]]
                one.change(("images",), [], "a platform of the image before")
            for part in one.items():
                if part.path[-1] not in _READ:
                    part.leave("[[images]] has nothing like it")

    def _leave_unknown(self, key: OldKey) -> None:
        """Say which templates of a build stand for nothing that is known."""
        for part in key.items():
            texts = [text for one in (part, *part.items()) for text in one.texts]
            filled = (_ARCH.sub("", self._filled(text)) for text in dict.fromkeys(texts))
            unknown = [text for text in filled if "{{" in text]
            if unknown and part.path[-1] in _READ - _USUAL:
                part.leave(f"not known here: {', '.join(unknown)}")

    def _table(self, key: OldKey) -> dict[str, Any]:
        flags = self._flags(key)
        names = [_ARCH.sub("", self._filled(text)) for text in key.get("image_templates").texts]
        pairs = [name.rpartition(":") for name in names if ":" in name]
        repositories = [name for name, _, _ in pairs]
        repositories += [self._filled(text) for text in key.get("images").texts]
        spelled = [self._filled(text) for text in key.get("tags").texts]
        ends = [re.sub(r"^.*\}", "", tag) for _, _, tag in pairs if re.search(r"\}-[\w-]+$", tag)]
        suffix = ends[0] if ends else ""
        spelled += [tag for _, _, tag in pairs]
        held = [self._filled(name).rpartition(":") for name in self._manifests]
        spelled += [tag for name, _, tag in held if name in repositories and tag.endswith(suffix)]
        tags = [tag for tag in dict.fromkeys(spelled) if not value_fault(_TAGS, ["{version}", tag])]
        if value_fault(_TAGS, tags):
            tags.insert(0, "{version}")
        right = [name for name in dict.fromkeys(repositories) if "{" not in name]
        return {
            "repositories": [
                n for n in right if not value_fault(("images", 0, "repositories"), [n])
            ],
            "platforms": self._platforms(key, flags),
            "tags": tags,
            "dockerfile": key.get("dockerfile").text,
            "target": next(iter(flags.get("target", ())), ""),
            "pull": "pull" in flags,
            "build_args": self._pairs(key.get("build_args"), flags.get("build-arg", [])),
            "labels": self._pairs(key.get("labels"), flags.get("label", [])),
            "annotations": self._pairs(key.get("annotations"), []),
        }

    def _flags(self, key: OldKey) -> dict[str, list[str]]:
        flags: dict[str, list[str]] = {}
        for text in (*key.get("build_flag_templates").texts, *key.get("flags").texts):
            match = _FLAG.fullmatch(text)
            if match is not None:
                flags.setdefault(match["name"], []).append(match["value"] or "")
        return flags

    def _platforms(self, key: OldKey, flags: dict[str, list[str]]) -> list[str]:
        told = key.get("platforms").texts or flags.get("platform", [])
        arch, arm = key.get("goarch").text or "amd64", key.get("goarm").text
        return list(told) or [f"linux/{arch}" + (f"/v{arm}" if arm and arch == "arm" else "")]

    def _pairs(self, table: OldKey, flags: Sequence[str]) -> dict[str, str]:
        told = [(str(one.path[-1]), one.text) for one in table.items()]
        told += [(name, value) for name, _, value in (flag.partition("=") for flag in flags)]
        filled = {name: self._filled(value) for name, value in told}
        usual = "org.opencontainers.image."
        return {k: v for k, v in filled.items() if "{{" not in v and not k.startswith(usual)}

    def _filled(self, text: str) -> str:
        """A text with version, tag and commit as placeholders of ours; other templates stay."""
        parts = _PARTS | ({"ProjectName": self._project} if self._project else {})
        return _HOLE.sub(lambda match: parts.get(match["name"], match[0]), text)


def _gr_signs(key: OldKey) -> None:
    """Signatures by cosign, of every image."""
    texts = [text for one in key.items() for text in one.get("args").texts]
    told = next((text.partition("=")[2] for text in texts if text.startswith("--key=")), "keyless")
    images = key.whole.data.get("images", [])
    for index in range(len(images)):
        key.whole.put(("images", index, "sign"), told, key.origin)
    if images:
        key.change(("images",), [], "cosign signs each image by its digest")
    else:
        key.leave("there is no image to sign")
