"""Pushing: all refs or none, and what the remote's answer means."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from tagboat.adapters.git.command import GitCommand, GitOutput, failure
from tagboat.adapters.process import redacted, summary
from tagboat.core.errors import OutsideError, RefusedError
from tagboat.core.step import Lost
from tagboat.ports.publishing import RemoteTag, Signature

# Few runs need these patterns: left as text, they are compiled for the first that does.
_BEGIN = r"(?m)^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----$"
# What the programs say where a signature may be right and they can't tell.
_TAG = "refs/tags/"
_UNTOLD = (
    r"(?i)no public key|can't check signature|allowedSignersFile needs to be configured"
    r"|no principal matched|cannot run|certificate not found"
)


def signature(command: GitCommand, tag: RemoteTag, message: str) -> Signature:
    """Whether a tag with a message is signed, and what `git verify-tag` says about that."""
    if not re.search(_BEGIN, message):
        return Signature(is_signed=False)
    answer = command.answer("verify-tag", tag.object)
    lines = [line.strip() for line in redacted(answer.errors + answer.output).split("\n")]
    said = "; ".join(line.removeprefix("gpg: ") for line in lines if line)
    if not answer.code:
        return Signature(is_signed=True, is_good=True, said=said)
    is_good = None if re.search(_UNTOLD, said) else False
    return Signature(is_signed=True, is_good=is_good, said=said or "git can't verify it")


def make_tags(command: GitCommand, commit: str, messages: Mapping[str, str]) -> dict[str, str]:
    """Make annotated tags of a commit, as git is set up to; the ids of their objects, by name.

    What git makes of the first one the others are made alike, all at once, unless it is signed.
    """
    (first, message), *others = messages.items()
    _make_tag(command, first, commit, message)
    asked = f"{_TAG}{first}\n"
    head, text = command.run("cat-file", "--batch", data=asked).removesuffix("\n").split("\n\n", 1)
    if not others:
        return {first: head.partition(" ")[0]}
    if text == message:
        tagger = head.rpartition("\n")[2]
        orders = (_order(name, commit, tagger, text) for name, text in others)
        command.run("fast-import", "--quiet", "--force", data="".join(orders))
    else:
        for name, text in others:
            _make_tag(command, name, commit, text)
    refs = [_TAG + name for name in messages]
    listed = command.run("for-each-ref", "--format=%(objectname) %(refname)", *refs)
    pairs = (line.partition(" ") for line in listed.split("\n"))
    made = {ref: tag for tag, _, ref in pairs}
    return {name: made[_TAG + name] for name in messages}


def _make_tag(command: GitCommand, name: str, commit: str, message: str) -> None:
    # Not --annotate: it would overrule tag.forceSignAnnotated.
    command.run(
        "tag", "--force", "--cleanup=verbatim", "--file=-", "--", name, commit, data=message
    )


def _order(name: str, commit: str, tagger: str, message: str) -> str:
    """What makes a tag, as git-fast-import(1) wants to be told."""
    size = len(message.encode("utf-8", "surrogateescape"))
    return f"tag {name}\nfrom {commit}\n{tagger}\ndata {size}\n{message}\n"


_ASKS_TO_SIGN = frozenset({"commit.gpgsign", "tag.gpgsign", "tag.forcesignannotated"})
_NO = ("false", "no", "off", "0")
_SETTINGS = r"^(commit\.gpgsign|tag\.(gpgsign|forcesignannotated)|.*\.push(url|insteadof))$"
_TRIAL = "tagboat/trial-of-the-signing-key"
_ADDRESS = r"(?:[a-z+]+://)?(?:[^@/]*@)?(?P<host>[^/:]*)(?::\d+(?=/))?:?/*(?P<path>.*)"


def setting_faults(command: GitCommand, authored: GitCommand, remote: str) -> Iterator[str]:
    """What of git's settings stands in the way of a release, found without writing or pushing.

    A key that can't sign: a trial is signed, because some versions of git (2.39 with SSH keys) make
    the tag without its signature and say nothing. A remote that is pushed to another repository.
    """
    listed = command.attempt("config", "-z", "--get-regexp", _SETTINGS)
    entries = (entry.partition("\n") for entry in listed.split("\0"))
    settings = {key: value for key, _, value in entries}
    if any(key in _ASKS_TO_SIGN and value.lower() not in _NO for key, value in settings.items()):
        yield from filter(None, [_signing_fault(authored)])
    if remote and any(".push" in key for key in settings):
        yield from filter(None, [_address_fault(command, remote)])


def _signing_fault(command: GitCommand) -> str:
    """Why nothing can be signed; empty where it can."""
    tree = command.line("hash-object", "-t", "tree", "-w", "/dev/null")
    answer = command.answer("tag", "--force", "--sign", "--message=trial", "--", _TRIAL, tree)
    made = command.attempt("cat-file", "tag", f"refs/tags/{_TRIAL}")
    command.attempt("update-ref", "-d", f"refs/tags/{_TRIAL}")
    if not answer.code and re.search(_BEGIN, made):
        return ""
    return f"git is set up to sign and can't: {summary(answer.errors) or 'it says nothing'}"


def _address_fault(command: GitCommand, remote: str) -> str:
    """Where a remote is pushed to if that is not the repository that it is read from."""
    read = command.attempt("remote", "get-url", "--", remote)
    for pushed in command.attempt("remote", "get-url", "--push", "--all", "--", remote).split("\n"):
        if pushed and not _is_one_repository(command, read, pushed):
            return (
                f"{remote!r} is read from {redacted(read)} and pushed to {redacted(pushed)}, which "
                "is another repository: nothing of a release would be seen again"
            )
    return ""


def _is_one_repository(command: GitCommand, read: str, pushed: str) -> bool:
    """Whether two addresses are those of one repository, by two protocols or names of a server."""
    (host, path), (other, other_path) = map(_place_of, (read, pushed))
    if path != other_path:
        return False
    if host == other:
        return True
    return len({command.attempt("ls-remote", "--", address) for address in (read, pushed)}) == 1


def _place_of(address: str) -> tuple[str, str]:
    """The server of a repository, empty for a folder, and its path there."""
    local = address.removeprefix("file://")
    if local.startswith(("/", ".")):
        return "", os.path.realpath(local).removesuffix(".git")
    match = re.fullmatch(_ADDRESS, address)
    host, path = (match["host"], match["path"]) if match is not None else ("", address)
    return host.lower(), path.rstrip("/").removesuffix(".git")


_PUSH = (
    "push",
    "--porcelain",
    "--atomic",
    "--no-verify",
    "--no-follow-tags",
    "--recurse-submodules=no",
)
_PATIENCE = 600
# What servers say when another push was a moment quicker; everything else they say is a refusal.
_QUICKER = (
    r"cannot lock ref|unable to lock|failed to update ref|failed to lock|incorrect old value"
    r"|reference already exists|remote ref (?:has changed|updated)|stale info|is at [0-9a-f]+ but"
)
# A push that goes on holds the locks of its refs, and one that was killed leaves them.
_LOCK = r"(?:cannot lock ref '[^']*': )?Unable to create '[^\n]*\.lock': File exists"
_FOLLOWING = ("atomic push failed", "atomic transaction failed", "atomic push failure")
# What GitHub says where a repository limits how many refs one push may update (Settings, Pushes).
_TOO_MANY = r"can ?not update more than (?P<most>\d+) branches or tags"
_NO_ATOMIC = "does not support --atomic"


def push(
    command: GitCommand, remote: str, refspecs: Sequence[str], seen: Mapping[str, str]
) -> Lost | None:
    """Update refs of a remote, all or none: none where others were quicker.

    ``seen`` says what the refs that move backwards or sideways have to be there, empty for none.
    Raises RefusedError with the server's own words where it refuses, OutsideError where it can't be
    reached.
    """
    leases = [f"--force-with-lease={ref}:{made}" for ref, made in seen.items()]
    answer = command.answer(*_PUSH, *leases, "--", remote, *refspecs, patience=_PATIENCE)
    if not answer.code:
        return None
    rejections = _rejections(answer.output)
    refused = [why for why, is_quicker in rejections if not is_quicker]
    quicker = [why for why, is_quicker in rejections if is_quicker]
    # Where a lock is lost in the middle, every ref is told as following from another one.
    if not quicker and re.search(_QUICKER, answer.errors):
        quicker = ["another push came first"]
    if quicker and not refused:
        lock = re.search(_LOCK, answer.errors)
        return Lost(redacted("; ".join(quicker)), lock=redacted(lock[0]) if lock else "")
    raise _refusal(remote, answer, refused, len(refspecs))


def push_fault(command: GitCommand, remote: str, refspec: str) -> str:
    """Why nothing could be pushed, found without pushing; an empty text where it could."""
    answer = command.answer(*_PUSH, "--dry-run", "--", remote, refspec)
    if not answer.code or _rejections(answer.output):
        return ""
    if _NO_ATOMIC in answer.errors:
        return f"the remote {remote!r} does not support atomic pushes"
    return f"nothing can be pushed to {remote!r}: {summary(answer.errors)}"


def _rejections(output: str) -> list[tuple[str, bool]]:
    """Why each ref was rejected, and whether that is because others were quicker.

    https://git-scm.com/docs/git-push#_output
    """
    found = []
    for line in output.split("\n"):
        flag, _, rest = line.partition("\t")
        if flag != "!":
            continue
        refs, _, said = rest.partition("\t")
        kind, _, reason = said.partition(" (")
        reason = reason.removesuffix(")")
        if reason in _FOLLOWING:
            continue
        is_quicker = kind == "[rejected]" or re.search(_QUICKER, reason) is not None
        ref = refs.rpartition(":")[2]
        why = f"{ref} changed meanwhile" if is_quicker else f"{ref}: {redacted(reason)}"
        found.append((why, is_quicker))
    return found


def _refusal(remote: str, answer: GitOutput, refused: list[str], number: int) -> OutsideError:
    """The error for a push of some refs that the remote did not take, with what its hooks said."""
    if not refused:
        return failure(("push",), answer)
    limit = re.search(_TOO_MANY, answer.errors)
    if limit is not None:
        return RefusedError(
            f"the remote {remote!r} takes {limit['most']} branches and tags in one push, and this "
            f"release has {number}, with its branch and its records",
            "raise that limit (on GitHub: Settings, Pushes, how many branches and tags can be "
            "updated in a single push), or release fewer packages at a time with --package",
        )
    said = [
        line.removeprefix("remote:").strip()
        for line in redacted(answer.errors).split("\n")
        if line.startswith("remote:")
    ]
    told = "\n".join(f"  {line}" for line in said if line)
    return RefusedError(
        f"the remote {remote!r} refuses {'; '.join(refused)}" + (f"\n{told}" if told else ""),
        "allow this push there, or release from a branch that takes it",
    )
