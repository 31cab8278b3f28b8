"""What forges protect branches and tags with, as hooks that judge a push to a bare repository.

Each is a shell script that reads ``old new ref`` for every ref of the push, as
https://git-scm.com/docs/githooks#pre-receive says, and refuses in a forge's kind of words.
"""

import stat

from tests.gitrepo import GitRepo

_EACH = """\
#!/bin/sh
while read old new ref; do
    case "$new" in *[!0]*) ;; *) continue ;; esac
    {judge}
done
exit 0
"""
_MAIN = '[ "$ref" = refs/heads/main ] && {fault} && {{ echo "{words}" >&2; exit 1; }}'

PROTECTED = _MAIN.format(
    fault="true", words="GH006: main is protected: changes need a pull request"
)
"""Nobody pushes to main."""

LINEAR = _MAIN.format(
    fault='[ -n "$(git rev-list --merges "$new" "^$old")" ]',
    words="GH006: main must not contain merge commits",
)
"""Main takes no merge commits."""

SIGNED = _MAIN.format(
    fault='git rev-list "$new" "^$old" | while read id; do'
    ' git cat-file commit "$id" | grep -q "^gpgsig" || echo "$id"; done | grep -q .',
    words="GH006: commits on main must have signatures",
)
"""Main takes signed commits only."""

NO_TAGS = (
    'case "$ref" in refs/tags/*) echo "GH013: this tag can not be created" >&2; exit 1 ;; esac'
)
"""Tags are for somebody else to make."""

NO_RECORDS = (
    'case "$ref" in refs/notes/*) echo "pre-receive: no refs but branches and tags" >&2; exit 1 ;;'
    " esac"
)
"""Refs other than branches and tags are refused."""


def protect(bare: GitRepo, judge: str) -> None:
    """Let a server judge every push from now on."""
    path = bare.path / "hooks" / "pre-receive"
    path.parent.mkdir(exist_ok=True)
    path.write_text(_EACH.format(judge=judge))
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
