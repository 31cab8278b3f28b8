"""Plans of one release, as most tests need them."""

from typing import Any, NamedTuple

from tagboat.core.plan.plan import Plan, PlannedRelease, RemoteSnapshot
from tagboat.core.plan.tag_message import Contract
from tagboat.use_cases.images.release_images import PublishedImages
from tagboat.use_cases.steps.pending import PendingPlan, PendingRelease
from tagboat.use_cases.steps.remote_state import RemoteState

_OF_RELEASE = frozenset(PlannedRelease.__struct_fields__)


def plan_of_one(**fields: Any) -> Plan:  # noqa: ANN401 - of whichever field
    """A plan of one release: each field is that of the plan, or of its release."""
    release = {
        "package": "",
        "version": "1.2.3",
        "tag": "v1.2.3",
        "previous": "v1.2.2",
        "channel": "stable",
        "bump": "patch",
        "reason": "",
        "notes": "",
        "edits": (),
        **{name: value for name, value in fields.items() if name in _OF_RELEASE},
    }
    source = fields.get("source", "a" * 40)
    plan = {
        "tool": "tagboat",
        "source": source,
        "branch": "main",
        "remote": "origin",
        "time": 0,
        "message": "release",
        "configuration": "",
        "seen": RemoteSnapshot(tip=source, tags={}),
        **{name: value for name, value in fields.items() if name not in _OF_RELEASE},
    }
    return Plan(releases=(PlannedRelease(**release),), **plan)


def contract_of_one(plan: Plan) -> Contract:
    """What the tag of the only release of a plan says."""
    (release,) = plan.releases
    return plan.contract(release)


class Announced(NamedTuple):
    """Where a release is announced, as far as a plan has to know."""

    published_images: PublishedImages | None = None
    is_quiet: bool = True


def pending_release(
    plan: Plan, remote_state: RemoteState, announced: Announced | None = None
) -> PendingRelease:
    """The only release of a plan that is on its way."""
    (release,) = plan.releases
    return PendingPlan(plan, remote_state, {release.package: announced or Announced()}).releases[0]
