"""What a release decides of its images: when they are whole, what is mended, what is refused."""

from contextlib import suppress

import pytest

from tagboat.core.errors import ConflictError, OutsideError, TagboatError
from tagboat.core.images.image import Image, Origin, staging_tag
from tagboat.core.images.oci import OCI_MANIFEST, Descriptor, ImageGraph
from tagboat.core.images.registry import SignatureStatus, TagStatus, repository, signature_tag
from tagboat.core.next_version.package import Package
from tagboat.core.record.drift import Check, Verdict
from tagboat.core.step import Finding
from tagboat.use_cases.inspect.status import status
from tagboat.use_cases.inspect.verify import verify
from tagboat.use_cases.release.from_tag import release_tag
from tagboat.use_cases.steps.pending import StagedImages
from tests.plans import pending_release
from tests.release_fakes import APP, FIRST, SECOND, Project
from tests.unit.test_steps_images import graph_of

IMAGES = Package(tag="v{version}", images=(APP,))
LOST = "linux/arm64: the manifest sha256:1 is missing"


@pytest.fixture
def project() -> Project:
    """A project with an image in two registries, and one commit that is not released."""
    found = Project(IMAGES)
    found.commit("feat: a")
    return found


def digest_in(project: Project) -> str:
    """The digest of 0.1.0 in the first registry."""
    return project.registry.held[FIRST]["0.1.0"]


def drifted(checks: tuple[Check, ...]) -> list[tuple[str, str]]:
    """The checks that found something else than they should."""
    bad = (one for one in checks if one.verdict not in (Verdict.OK, Verdict.NOTE))
    return [(one.name, one.detail) for one in bad]


def status_of(project: Project) -> list[tuple[str, str]]:
    """What status finds wrong with the release."""
    [found] = status(project.context())
    return drifted(found.checks)


def verified(project: Project) -> list[tuple[str, str]]:
    """What verify finds wrong with it."""
    return drifted(verify(project.context(), "0.1.0").checks)


# What whole means


def test_builder_of_several_nodes_makes_what_verify_takes_for_whole(project: Project) -> None:
    project.builder.is_split = True
    project.release()
    assert verified(project) == []
    assert project.registry.graphs[digest_in(project)].annotations


def test_index_gets_its_annotations_without_another_build(project: Project) -> None:
    project.builder.is_split = True
    project.release()
    [(reference, sources, annotations)] = project.builder.joined
    assert (len(project.builder.built), len(sources)) == (1, 1)
    assert reference.startswith("a.example/app:tagboat-")
    assert annotations["org.opencontainers.image.version"] == "0.1.0"


def test_staged_index_that_lacks_its_annotations_alone_is_not_built_again(
    project: Project,
) -> None:
    image, origin = planned(project)
    digest = f"sha256:{'7' * 64}"
    project.registry.push(FIRST, staging_tag(image, origin), digest)
    project.registry.graphs[digest] = graph_of(image, origin, digest)._replace(annotations={})
    project.release()
    assert (verified(project), project.builder.built, len(project.builder.joined)) == ([], [], 1)


def test_staged_index_that_lacks_more_is_built_again_with_the_reason(project: Project) -> None:
    image, origin = planned(project)
    digest = f"sha256:{'7' * 64}"
    project.registry.push(FIRST, staging_tag(image, origin), digest)
    project.registry.graphs[digest] = graph_of(image, origin, digest)._replace(attestations=())
    part = staging_tag(image, origin, "linux/amd64")
    project.registry.push(FIRST, part, f"sha256:{'6' * 64}")
    project.release()
    assert begun(project).is_notable
    assert begun(project).detail == (
        "app is staged and not whole, there is no attestation: it is built again"
    )
    assert len(project.builder.built) == 1


def test_index_that_does_not_keep_its_annotations_is_not_released(project: Project) -> None:
    project.builder.is_split = True
    project.builder.keeps = False
    with pytest.raises(OutsideError, match="the annotations of the index say"):
        project.release()
    assert project.tags == []


# Damage


@pytest.mark.parametrize("place", [FIRST, SECOND])
def test_manifest_that_a_registry_lost_is_seen_by_status(project: Project, place: object) -> None:
    project.release()
    project.registry.gaps[place, digest_in(project)] = LOST  # type: ignore[index]
    [(name, detail)] = status_of(project)
    assert (name, LOST in detail) == ("version-tags", True)


def test_release_mends_what_a_registry_lost_by_a_copy(project: Project) -> None:
    project.release()
    project.registry.gaps[SECOND, digest_in(project)] = LOST
    project.release()
    assert status_of(project) == []
    assert len(project.builder.built) == 1


def test_staging_registry_gets_back_what_it_lost(project: Project) -> None:
    project.release()
    project.registry.gaps[FIRST, digest_in(project)] = LOST
    release_tag(project.context(), "v0.1.0", project.request(), force=False)
    assert (status_of(project), len(project.builder.built)) == ([], 1)


def test_digest_that_is_gone_from_a_registry_is_copied_back(project: Project) -> None:
    project.release()
    digest = digest_in(project)
    project.registry.digests[SECOND].clear()
    project.registry.held[SECOND].clear()
    project.release()
    assert project.registry.held[SECOND]["0.1.0"] == digest


def test_index_that_is_gone_is_seen_and_copied_back_though_its_tag_is_there(
    project: Project,
) -> None:
    project.release()
    project.registry.digests[SECOND].clear()
    [(name, detail)] = status_of(project)
    assert (name, f"b.example/app@{digest_in(project)} absent" in detail) == ("version-tags", True)
    project.release()
    assert (status_of(project), verified(project), len(project.builder.built)) == ([], [], 1)


def test_what_every_registry_lost_is_said_with_what_helps(project: Project) -> None:
    project.release()
    for place in (FIRST, SECOND):
        project.registry.gaps[place, digest_in(project)] = LOST
    with pytest.raises(OutsideError, match="no repository of the image has all of it") as caught:
        project.release()
    assert "push it again by its digest" in caught.value.hint
    assert "not yet" not in caught.value.message


def test_registries_that_lost_different_parts_mend_each_other(project: Project) -> None:
    project.release()
    project.registry.gaps[FIRST, digest_in(project)] = LOST
    project.registry.gaps[SECOND, digest_in(project)] = f"{LOST}, too"
    details = [detail for name, detail in verified(project) if name == "image"]
    helps = "`tagboat release --tag v0.1.0` puts it together from what they have, each its part"
    assert [one.rpartition("; ")[2] for one in details] == [helps] * 2
    project.release()
    assert (status_of(project), len(project.builder.built)) == ([], 1)


def test_registry_that_keeps_what_is_damaged_is_named_with_what_helps(project: Project) -> None:
    project.release()
    project.registry.gaps[SECOND, digest_in(project)] = LOST
    project.registry.keeps_damage.add(SECOND)
    with pytest.raises(OutsideError, match="though all of it was sent there again") as caught:
        project.release()
    assert "delete sha256:1 from its storage" in caught.value.hint
    assert "b.example/app" in caught.value.message


@pytest.mark.parametrize("is_alone", [False, True])
def test_source_that_has_less_than_it_says_is_not_the_only_one_to_be_asked(
    *, is_alone: bool
) -> None:
    staged = APP._replace(staging="c.example/staging")
    project = Project(Package(tag="v{version}", images=(staged,)))
    project.commit("feat: a")
    project.release()
    project.registry.gaps[SECOND, digest_in(project)] = LOST
    project.registry.boasts |= {FIRST, repository("c.example/staging")} if is_alone else {FIRST}
    if is_alone:
        with pytest.raises(OutsideError, match="no repository of the image has all of it"):
            project.release()
        return
    project.release()
    assert (status_of(project), len(project.builder.built)) == ([], 1)


def test_repository_of_staging_tags_mends_what_the_others_lost() -> None:
    staged = APP._replace(staging="c.example/staging")
    project = Project(Package(tag="v{version}", images=(staged,)))
    project.commit("feat: a")
    project.release()
    for place in (FIRST, SECOND):
        project.registry.gaps[place, digest_in(project)] = LOST
    details = [detail for name, detail in verified(project) if name == "image"]
    copies = f"{LOST}; `tagboat release --tag v0.1.0` copies it from c.example/staging"
    assert details == [copies] * 2
    project.release()
    assert (status_of(project), verified(project), len(project.builder.built)) == ([], [], 1)


def signed_project() -> tuple[Project, str]:
    """A project whose image is signed and released, and the tag of the signatures."""
    project = Project(Package(tag="v{version}", images=(APP._replace(sign="cosign.key"),)))
    project.commit("feat: a")
    project.release()
    tag = signature_tag(digest_in(project))
    for place in (FIRST, SECOND):
        project.registry.push(place, tag, f"sha256:{'5' * 64}")
    return project, tag


def test_signatures_that_a_registry_lost_are_seen_and_copied_back() -> None:
    project, tag = signed_project()
    assert status_of(project) == []
    project.signer.seals[SECOND.at(digest_in(project))] = SignatureStatus.UNSIGNED
    del project.registry.held[SECOND][tag]
    [(name, detail)] = status_of(project)
    assert (name, detail) == ("version-tags", f"absent: b.example/app:{tag} absent")
    told = "unsigned; `tagboat release --tag v0.1.0` copies it from a.example/app"
    assert ("image-signature", told) in verified(project)
    project.release()
    assert (status_of(project), project.registry.held[SECOND][tag]) == ([], f"sha256:{'5' * 64}")


def test_signatures_of_which_a_registry_lost_a_part_are_seen_and_copied_back() -> None:
    project, tag = signed_project()
    digest, lost = project.registry.held[SECOND][tag], "the layer sha256:1 is missing"
    project.registry.graphs[digest] = ImageGraph(Descriptor(OCI_MANIFEST, digest, 7), {}, ())
    project.registry.gaps[SECOND, digest] = lost
    project.signer.seals[SECOND.at(digest_in(project))] = SignatureStatus.UNTRUSTED
    [(name, detail)] = status_of(project)
    assert (name, detail) == ("version-tags", f"absent: b.example/app:{tag} incomplete: {lost}")
    told = f"{lost}; `tagboat release --tag v0.1.0` copies it from a.example/app"
    assert ("image-signature", told) in verified(project)
    project.release()
    assert (status_of(project), project.registry.gaps) == ([], {})


def test_signatures_that_no_registry_has_are_named_as_such() -> None:
    project, tag = signed_project()
    for place in (FIRST, SECOND):
        project.signer.seals[place.at(digest_in(project))] = SignatureStatus.UNSIGNED
        del project.registry.held[place][tag]
    told = (
        "unsigned, and no other repository has its signatures: sign its digest there again with "
        "cosign, and `tagboat release --tag v0.1.0` copies that to the others"
    )
    assert verified(project) == [("image-signature", told)] * 2


def test_registry_that_keeps_a_damaged_signature_is_named_with_what_helps() -> None:
    project, tag = signed_project()
    digest = project.registry.held[SECOND][tag]
    project.registry.graphs[digest] = ImageGraph(Descriptor(OCI_MANIFEST, digest, 7), {}, ())
    project.registry.gaps[SECOND, digest] = "it: the layer sha256:1 has 5 bytes"
    project.registry.keeps_damage.add(SECOND)
    with pytest.raises(OutsideError, match="though all of it was sent there again") as caught:
        project.release()
    assert "delete sha256:1 from its storage" in caught.value.hint


def test_registry_that_does_not_take_a_lost_signature_is_told() -> None:
    project, tag = signed_project()
    del project.registry.held[SECOND][tag]
    project.registry.refused.add(SECOND.at(tag))
    with pytest.raises(OutsideError, match=f"{tag} is refused by its registry"):
        project.release()


def test_registry_that_does_not_answer_stops_the_mending(project: Project) -> None:
    project.release()
    project.registry.conditions["b.example"] = TagStatus.UNREACHABLE
    with pytest.raises(OutsideError, match=r"b\.example/app.* can't be reached"):
        project.release()


def test_image_that_a_registry_fails_at_is_not_said_to_be_all_there(project: Project) -> None:
    project.release()
    project.registry.odd[SECOND.at(digest_in(project))] = TagStatus.FAILING
    assert [name for name, _ in status_of(project)] == ["version-tags"]
    with pytest.raises(OutsideError, match=r"b\.example/app@.* meets a failure of its registry"):
        project.release()


def test_verify_names_the_command_that_mends(project: Project) -> None:
    project.release()
    project.registry.gaps[SECOND, digest_in(project)] = LOST
    [_, (name, detail)] = verified(project)
    assert (name, detail) == (
        "image",
        f"{LOST}; `tagboat release --tag v0.1.0` copies it from a.example/app",
    )


def test_verify_says_where_nothing_mends(project: Project) -> None:
    project.release()
    for place in (FIRST, SECOND):
        project.registry.gaps[place, digest_in(project)] = LOST
    details = [detail for name, detail in verified(project) if name == "image"]
    assert details == [f"{LOST}; no other repository has all of it"] * 2


# What was built on machines of their own platforms


def test_image_of_the_planned_commit_is_built_again_with_the_reason(project: Project) -> None:
    source = project.commit("feat: b", CHANGELOG_md="# Changelog\n")
    image, origin = planned(project)
    digest = f"sha256:{'7' * 64}"
    project.registry.push(FIRST, staging_tag(image, origin), digest)
    project.registry.graphs[digest] = graph_of(image, origin, digest)
    project.release()
    finding = begun(project)
    assert finding.is_notable
    assert f"app is staged of {source[:10]}, and its labels have to tell" in finding.detail
    assert len(project.builder.built) == 1


def test_parts_that_were_not_joined_are_built_again_with_the_reason(project: Project) -> None:
    image, origin = planned(project)
    part = staging_tag(image, origin, "linux/amd64")
    project.registry.push(FIRST, part, f"sha256:{'7' * 64}")
    project.release()
    assert begun(project).detail.startswith("app is staged for linux/amd64 alone, and not joined")


def test_build_of_what_nobody_staged_needs_no_reason(project: Project) -> None:
    project.release()
    assert not begun(project).is_notable


def planned(project: Project) -> tuple[Image, Origin]:
    """The image of what is due, and what it is built from on machines of its platforms."""
    plan = project.planned()
    with project.context().checked_out(plan.commit) as there:
        published = there.any.targets.published_images
        assert published is not None
        origin = pending_release(plan, project.context().remote_state).source_in(published)
        context = StagedImages(published, lambda: origin).context()
        assert context is not None
        return context.images[0], origin


def begun(project: Project) -> Finding:
    """What was found before the build began."""
    return next(one.finding for one in project.steps if one.step.name == "build" and one.is_begun)


# Registries that refuse


def test_build_that_fails_though_all_is_staged_is_taken(project: Project) -> None:
    project.builder.fails_after = "the staging tag is immutable"
    project.release()
    assert verified(project) == []


def test_build_that_fails_with_nothing_staged_stops_the_run(project: Project) -> None:
    project.builder.fails_after = "no space left"
    project.builder.is_lost = True
    with pytest.raises(OutsideError, match="no space left"):
        project.release()
    assert project.tags == []


def test_refused_version_tag_fails_and_the_next_run_goes_on(project: Project) -> None:
    project.registry.refused.add("b.example/app:0.1.0")
    with pytest.raises(OutsideError, match=r"b\.example/app:0\.1\.0 is refused") as caught:
        project.release()
    assert (caught.value.exit_code, project.tags) == (1, ["v0.1.0"])
    assert "a.example/app:0.1.0" in caught.value.message.partition("not yet:")[0]
    project.registry.refused.clear()
    project.release()
    assert status_of(project) == []
    assert len(project.builder.built) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        TagStatus.UNREACHABLE,
        TagStatus.UNAUTHORISED,
        TagStatus.DENIED,
        TagStatus.REFUSED,
        TagStatus.NO_REPOSITORY,
    ],
)
@pytest.mark.parametrize("effects", range(12))
def test_whatever_is_refused_whenever_nothing_is_public_or_the_next_run_ends_it(
    project: Project, refusal: TagStatus, effects: int
) -> None:
    project.registry.closes = effects, refusal
    with suppress(TagboatError):
        project.release()
    assert project.tags or not any(project.public().images.values())
    project.registry.closes = None
    project.release()
    assert (status_of(project), verified(project), len(project.builder.built)) == ([], [], 1)


def test_taken_version_tag_is_told_as_it_is(project: Project) -> None:
    project.registry.push(FIRST, "0.1.0", f"sha256:{'0' * 64}")
    with pytest.raises(ConflictError) as caught:
        project.release()
    assert caught.value.message.partition("\n")[0] == (
        "a.example/app:0.1.0, b.example/app:0.1.0, to be free: "
        f"a.example/app:0.1.0 holds sha256:{'0' * 64}"
    )
