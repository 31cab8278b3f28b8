"""The tables about container images: how one is built, what is written on it, where it goes."""

from typing import Annotated

from msgspec import Struct, field

from tagboat.core.config.values import (
    BuildArgument,
    BuildText,
    CacheOption,
    ContextPlace,
    DigestText,
    ImageName,
    ImageRepositoryName,
    ImageTagTemplates,
    LabelName,
    PackageName,
    Platform,
    RegistryHost,
    RepositoryPath,
    SecretName,
    SecretSource,
    SshAgent,
    TagSuffix,
    Text,
    Url,
    about,
    one_of,
)
from tagboat.core.images.image import NETWORKS, PROVENANCE, Image

_IMAGE = Image("image")


class ImageTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A container image to build and publish."""

    name: Annotated[
        ImageName | None,
        about(
            "What it is called here: `--image` takes it, and the archive under `dist/` has it. "
            "Without it the last part of the first repository with the suffix, else `image`.",
            "app",
        ),
    ] = None
    package: Annotated[
        PackageName | None,
        about(
            "The package whose version it has. Without it the one that covers everything, or the "
            "only one.",
            "api",
        ),
    ] = None
    repositories: Annotated[
        tuple[ImageRepositoryName, ...],
        about(
            "Where to publish it; the first is built into, the others get copies. Without any it "
            "is written to `dist/NAME-VERSION.oci.tar`.",
            ["ghcr.io/acme/app", "docker.io/acme/app"],
        ),
    ] = _IMAGE.repositories
    staging: Annotated[
        ImageRepositoryName | None,
        about(
            "Where it is kept until its release is public; without it the first repository.",
            "ghcr.io/acme/staging",
        ),
    ] = None
    platforms: Annotated[
        tuple[Platform, ...],
        about("The platforms to build for.", ["linux/amd64", "linux/arm64"]),
    ] = _IMAGE.platforms
    tags: Annotated[
        ImageTagTemplates,
        about(
            "The tags of an image, from `{version}`, `{major}`, `{minor}`, `{patch}` and "
            "`{channel}`. One with the whole version is written once; the others move to the "
            "highest version that they spell, forward only. Fixed texts such as `latest` follow "
            "stable versions; maintenance releases leave them alone. `{channel}` is the token of a "
            "prerelease: its tags, and fixed texts that are the token or the branch of a "
            "prerelease channel, follow prereleases alone, which move no other tag. `{major}` "
            "without `{minor}` is left out below 1.0.0. The `+` of build metadata becomes `_`.",
            ["{version}", "{major}", "latest"],
        ),
    ] = _IMAGE.tags
    suffix: Annotated[
        TagSuffix,
        about("What ends each of its tags, for variants of one image.", "-alpine"),
    ] = _IMAGE.suffix
    dockerfile: Annotated[
        RepositoryPath | None,
        about(
            "The file to build from, as seen from the top of the repository. Without it the "
            "`Dockerfile` of the context.",
            "docker/Dockerfile",
        ),
    ] = None
    context: Annotated[RepositoryPath, about("The folder to build in.", "services/api")] = (
        _IMAGE.context
    )
    target: Annotated[
        Text | None, about("The stage to build; without it the last one.", "runtime")
    ] = None
    contexts: Annotated[
        dict[Text, ContextPlace],
        about(
            "More contexts by the names that the Dockerfile has for them: a folder of the "
            "repository, `docker-image://NAME`, `target:IMAGE` for another image of this file, or "
            "an address.",
            {"shared": "libs/shared", "alpine": "docker-image://alpine:3.22"},
        ),
    ] = field(default_factory=dict)
    build_args: Annotated[
        dict[BuildArgument, BuildText],
        about(
            "Arguments of the build, from `{version}`, `{major}`, `{minor}`, `{patch}`, `{tag}`, "
            "`{commit}` and `{date}` (the commit's, RFC 3339). They can be read off the image: no "
            "secrets.",
            {"PYTHON": "3.13", "VERSION": "{version}"},
        ),
    ] = field(default_factory=dict)
    secrets: Annotated[
        dict[SecretName, SecretSource],
        about(
            "Secrets that build steps may mount, by id: `env:VARIABLE` or `file:PATH`, as seen "
            "from the folder that holds the repository's files. Their values are written nowhere.",
            {"npm": "env:NPM_TOKEN"},
        ),
    ] = field(default_factory=dict)
    ssh: Annotated[
        tuple[SshAgent, ...],
        about("Agents or keys that build steps may mount: `ID` or `ID=PATH`.", ["default"]),
    ] = _IMAGE.ssh
    cache_from: Annotated[
        tuple[CacheOption, ...],
        about(
            "Where build steps that were done before are found, as buildx spells it.",
            ["type=registry,ref=ghcr.io/acme/app:cache"],
        ),
    ] = _IMAGE.cache_from
    cache_to: Annotated[
        tuple[CacheOption, ...],
        about(
            "Where build steps are kept for the next time, as buildx spells it.",
            ["type=registry,ref=ghcr.io/acme/app:cache,mode=max"],
        ),
    ] = _IMAGE.cache_to
    pull: Annotated[
        bool, about("Whether to ask for a newer base image each time.", example=True)
    ] = _IMAGE.pull
    no_cache: Annotated[bool, about("Whether to do every build step anew.", example=True)] = (
        _IMAGE.no_cache
    )
    network: Annotated[
        str,
        one_of(NETWORKS),
        about("The network of build steps.", "none"),
    ] = _IMAGE.network
    builder: Annotated[
        Text | None,
        about("The buildx builder; without it the one in use.", "multi"),
    ] = None
    sbom: Annotated[bool, about("Whether to attest what the image holds (SPDX).", example=True)] = (
        _IMAGE.sbom
    )
    sbom_generator: Annotated[
        Text | None,
        about("The image that finds that out; without it BuildKit's own.", "ghcr.io/acme/scanner"),
    ] = None
    provenance: Annotated[
        str,
        one_of(PROVENANCE),
        about("How much to attest about the build (SLSA), or `off`.", "max"),
    ] = _IMAGE.provenance
    title: Annotated[BuildText | None, about("Its title; without it its name.", "App")] = None
    description: Annotated[
        BuildText | None, about("What it is, in a sentence.", "The harbour's web server")
    ] = None
    url: Annotated[
        Url | None,
        about("Its page; without it the repository's.", "https://acme.example/app"),
    ] = None
    source: Annotated[
        Url | None,
        about("Where its source is; without it the repository.", "https://git.acme.example/app"),
    ] = None
    documentation: Annotated[
        Url | None, about("Where its documentation is.", "https://docs.acme.example/app")
    ] = None
    licenses: Annotated[
        Text | None, about("Its licences, as an SPDX expression.", "MIT OR Apache-2.0")
    ] = None
    vendor: Annotated[Text | None, about("Who distributes it.", "ACME")] = None
    labels: Annotated[
        dict[LabelName, BuildText],
        about(
            "More labels, from the same placeholders as `build_args`.",
            {"team": "harbour"},
        ),
    ] = field(default_factory=dict)
    annotations: Annotated[
        dict[LabelName, BuildText],
        about(
            "More annotations of index and manifests, from the same placeholders as `build_args`.",
            {"team": "harbour"},
        ),
    ] = field(default_factory=dict)
    base_name: Annotated[
        Text | None,
        about(
            "The image it is based on; without it the one that the Dockerfile names.",
            "docker.io/library/alpine:3.22",
        ),
    ] = None
    base_digest: Annotated[
        DigestText | None,
        about(
            "The digest of that image; without it the one that the Dockerfile pins.",
            "sha256:" + "0123456789abcdef" * 4,
        ),
    ] = None
    sign: Annotated[
        Text | None,
        about(
            "How cosign signs it: the path or address of a key, or `keyless`. Without it nothing "
            "is signed.",
            "cosign.key",
        ),
    ] = None
    sign_public_key: Annotated[
        Text | None,
        about(
            "The key that its signatures are verified by; without it that of `sign`, which may "
            "take its password.",
            "cosign.pub",
        ),
    ] = None
    sign_identity: Annotated[
        Text | None,
        about(
            "Whose signature counts where `sign` is `keyless`, as cosign names them; without it "
            "anybody's does.",
            "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main",
        ),
    ] = None
    sign_issuer: Annotated[
        Text | None,
        about(
            "Who has to have vouched for that identity; without it anybody.",
            "https://token.actions.githubusercontent.com",
        ),
    ] = None


class RegistriesTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How registries are talked to."""

    insecure: Annotated[
        tuple[RegistryHost, ...],
        about(
            "Registries without TLS, or with a certificate that nobody vouches for. Those on this "
            "machine need not be named.",
            ["registry.acme.example:5000"],
        ),
    ] = ()
