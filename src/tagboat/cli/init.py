"""``tagboat init``: a first configuration, from what the repository shows."""

from typing import TYPE_CHECKING

import click

from tagboat.adapters.git.history import GitHistory
from tagboat.adapters.git.remote import GitRemote
from tagboat.cli.common_options import CommonOptions, repository_options
from tagboat.cli.doctor import doctor_json, examined, show_findings
from tagboat.cli.output import answer, answer_document, answer_json, examples, note, warn
from tagboat.core.errors import TagboatError, UsageError
from tagboat.wiring.repository import Options, repository_adapters

if TYPE_CHECKING:
    from tagboat.core.next_version.next_version import NextVersion
    from tagboat.use_cases.adopt.init import Proposal, Surroundings

_OWN = "tagboat.toml"


@click.command(
    short_help="A first configuration, from what the repository shows.",
    epilog=examples(
        "tagboat init",
        "tagboat init --stdout      only print it",
        "tagboat init --ci github   and the job that releases",
    ),
)
@click.option("--stdout", is_flag=True, help="Print the configuration, and write nothing.")
@click.option(
    "--ci",
    type=click.Choice(("github", "gitlab")),
    help="Write the job that releases, too.",
)
@click.option("--hooks", is_flag=True, help="Write the hook that checks messages (pre-commit).")
@repository_options
def init_command(common: CommonOptions, *, stdout: bool, ci: str | None, hooks: bool) -> int:
    """Write tagboat.toml with what tagboat would not infer by itself; nothing is asked.

    Read are tags, version files, manifests, workspaces, the remote and workflows. A configuration
    that is there stays as it is (exit 2). Ends with the next version and with `doctor`.
    """
    from tagboat.cli.ci import COPY_NAMED, written_besides
    from tagboat.use_cases.adopt.init import propose

    around = _surroundings(common.options)
    proposal = propose(around)
    if ci is not None:
        proposal = proposal._replace(notes=(*proposal.notes, COPY_NAMED[ci]))
    files = {_OWN: proposal.text()} | written_besides(around.branch, ci or "", hooks=hooks)
    for text in proposal.notes:
        note(text)
    if stdout:
        answer_document(files.values())
        return 0
    _write_all(common, files)
    release = _version_then(common, proposal)
    findings = list(examined(common))
    if common.as_json:
        answer_json(
            {
                "written": list(files),
                "configuration": files[_OWN],
                "notes": list(proposal.notes),
                "version": str(release.version) if release and release.version else None,
                "tag": (release.tag or None) if release else None,
                "doctor": doctor_json(findings),
            }
        )
        return 0
    for path in files:
        answer(f"wrote {path}")
    answer("")
    answer_document((files[_OWN],))
    answer("")
    if release is not None and release.version is not None:
        what = "next" if release.due else "nothing is due since"
        answer(f"{what} version {release.version}, tag {release.tag}")
        answer("")
    show_findings(findings)
    note(f"a release goes by what is committed: commit {' and '.join(files)}, and push")
    return 0


def _write_all(common: CommonOptions, files: dict[str, str]) -> None:
    from tagboat.adapters.git.history import GitHistory
    from tagboat.adapters.repository_files import RepositoryFiles

    history = GitHistory(common.options.directory)
    history.facts()
    folder = RepositoryFiles(history.root or ".")
    taken = [path for path in files if path in folder.matching(path)]
    if taken:
        raise UsageError(f"{taken[0]} is there already", "move it away, or add the lines by hand")
    for path, text in files.items():
        if "/" in path:
            folder.make_folder(path.rpartition("/")[0])
        folder.write(path, (text,))


def _version_then(common: CommonOptions, proposal: "Proposal") -> "NextVersion | None":
    """The next version under the new configuration; None where `doctor` says why there is none."""
    try:
        release, _ = repository_adapters(common.options).next_version()
    except TagboatError:
        return None
    if proposal.declared and release.version and release.version < proposal.declared[0]:
        version, where = proposal.declared
        warn(f"{where} holds {version} already: release that with --as {version}")
        return release._replace(version=version, due=True)
    return release


def _surroundings(options: Options) -> "Surroundings":
    """What a first configuration is made from. Raises UsageError where there is one already."""
    from tagboat.adapters.ci import branch as ci_branch
    from tagboat.adapters.config_file import require_none
    from tagboat.adapters.git.user_clone import GitUserClone
    from tagboat.adapters.repository_files import RepositoryFiles
    from tagboat.use_cases.adopt.init import Surroundings

    history = GitHistory(options.directory, may_fetch=not options.offline)
    facts = history.facts()
    if history.root is None:
        raise UsageError("this repository has no work tree to write in", "run it in a clone")
    require_none(history.root)
    remote = GitRemote(options.directory)
    branch = options.channel or facts.branch or ci_branch()
    branches = GitUserClone(options.directory, remote.name() or "").branches()
    files = RepositoryFiles(history.root)
    return Surroundings(files, facts.tags, branch, branches, remote.url())
