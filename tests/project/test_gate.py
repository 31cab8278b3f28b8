"""Files are opened through one gate: every other call that opens, lists or writes one is known."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tagboat

_SOURCE = Path(tagboat.__file__).parent
_GATE = "adapters/repository_files.py"
_MODULES = frozenset(("os", "shutil", "glob", "tempfile", "io", "fileinput", "linecache", "mmap"))
# What these modules do that touches no file by its name.
_HARMLESS = {
    *("BytesIO", "SpooledTemporaryFile", "TemporaryFile", "TextIOWrapper", "_exit", "close"),
    *("copyfileobj", "escape", "fork", "fsdecode", "fspath", "fstat", "getcwd", "getpid", "kill"),
    *("killpg", "mmap", "pipe", "pread", "read", "register_at_fork", "sched_getaffinity", "waitid"),
    *("waitpid", "waitstatus_to_exitcode", "which", "write"),
}
_OF_TEXT = {"abspath", "basename", "dirname", "expanduser", "isabs", "join", "normpath", "relpath"}
_PATH_METHODS = {
    *("exists", "hardlink_to", "is_dir", "is_file", "iterdir", "mkdir", "open", "read_bytes"),
    *("read_text", "rglob", "samefile", "symlink_to", "touch", "unlink", "write_bytes"),
    "write_text",
}
_OF_THE_SYSTEM = "the system's, or a person's: no repository names it"
_OWN = "tagboat's own throw-away folder"
_GITS = "git's own file, whose place git tells"
_WHETHER = "whether something is there, not what it holds"

ALLOWED = {
    ("adapters/asset_files.py", "open"): _OWN,
    ("adapters/asset_files.py", "os.makedirs"): f"{_OWN}, and one that a person names",
    ("adapters/asset_files.py", "os.mkdir"): _OWN,
    ("adapters/asset_files.py", "os.path.isdir"): _WHETHER,
    ("adapters/asset_files.py", "os.path.isfile"): _WHETHER,
    ("adapters/asset_files.py", "os.path.islink"): _WHETHER,
    ("adapters/asset_files.py", "os.path.ismount"): _WHETHER,
    ("adapters/asset_files.py", "os.path.lexists"): _WHETHER,
    ("adapters/asset_files.py", "os.rename"): "a folder that a person names, of tagboat's files",
    ("adapters/asset_files.py", "os.walk"): "a folder that a person names",
    ("adapters/asset_files.py", "shutil.rmtree"): _OWN,
    ("adapters/asset_files.py", "tempfile.mkdtemp"): "beside a folder that a person names",
    ("adapters/buildx.py", "open"): f"{_OWN}, and what is {_OF_THE_SYSTEM}",
    ("adapters/buildx.py", "os.path.lexists"): _WHETHER,
    ("adapters/buildx.py", "tempfile.TemporaryDirectory"): _OWN,
    ("adapters/buildx.py", "os.listdir"): _OF_THE_SYSTEM,
    ("adapters/ci.py", "open"): "a file that the CI system names in the environment",
    ("adapters/commands.py", "tempfile.NamedTemporaryFile"): "a new file of the system's",
    ("adapters/cosign.py", "os.path.isfile"): _WHETHER,
    ("cli/__init__.py", "io.BufferedWriter"): "the standard streams",
    ("adapters/cosign.py", "tempfile.NamedTemporaryFile"): "a new file of the system's",
    ("adapters/conventions/old_programs.py", "tempfile.TemporaryDirectory"): _OWN,
    ("adapters/conventions/psr_parser.py", ".is_file"): _WHETHER,
    ("adapters/forges/access.py", "open"): _GITS,
    ("adapters/git/history/ancestry_cache.py", "open"): _GITS,
    ("adapters/git/history/ancestry_cache.py", "os.path.exists"): _GITS,
    ("adapters/git/history/history.py", "open"): _GITS,
    ("adapters/git/history/history.py", "os.listdir"): _GITS,
    ("adapters/git/history/history.py", "os.path.exists"): _WHETHER,
    ("adapters/git/history/history.py", "os.path.isdir"): _WHETHER,
    ("adapters/git/command.py", "os.path.realpath"): _WHETHER,
    ("adapters/git/history/history.py", "os.path.realpath"): _WHETHER,
    ("adapters/git/history/reading.py", "open"): _GITS,
    ("adapters/git/history/reading.py", "os.path.lexists"): _WHETHER,
    ("adapters/git/history/reading.py", "os.path.realpath"): _WHETHER,
    ("adapters/git/scratch_clone/alternates.py", "open"): _OWN,
    ("adapters/git/scratch_clone/alternates.py", "os.makedirs"): _OWN,
    ("adapters/git/scratch_clone/alternates.py", "os.path.exists"): _GITS,
    ("adapters/git/scratch_clone/alternates.py", "os.path.realpath"): _GITS,
    ("adapters/git/scratch_clone/alternates.py", "shutil.copyfile"): _GITS,
    ("adapters/git/scratch_clone/checkout.py", "os.chmod"): _OWN,
    ("adapters/git/scratch_clone/checkout.py", "os.lstat"): _OWN,
    ("adapters/git/scratch_clone/checkout.py", "os.utime"): _OWN,
    ("adapters/git/scratch_clone/checkout.py", "os.walk"): _OWN,
    ("adapters/git/scratch_clone/push.py", "os.path.realpath"): _WHETHER,
    ("adapters/git/scratch_clone/remote_mirror.py", "open"): _OWN,
    ("adapters/git/scratch_clone/remote_mirror.py", "os.path.exists"): _OWN,
    ("adapters/git/scratch_clone/scratch_clone.py", "open"): _OWN,
    ("adapters/git/scratch_clone/scratch_clone.py", "os.chmod"): _OWN,
    ("adapters/git/scratch_clone/scratch_clone.py", "os.path.exists"): _OWN,
    ("adapters/git/scratch_clone/scratch_clone.py", "os.path.realpath"): _OWN,
    ("adapters/git/scratch_clone/scratch_clone.py", "os.walk"): _OWN,
    ("adapters/git/scratch_clone/scratch_clone.py", "shutil.rmtree"): _OWN,
    ("adapters/git/scratch_clone/scratch_clone.py", "tempfile.TemporaryDirectory"): _OWN,
    ("adapters/git/scratch_clone/scratch_clone.py", "tempfile.mkdtemp"): _OWN,
    ("adapters/jinja_renderer/files.py", "os.path.isfile"): _WHETHER,
    ("adapters/jinja_renderer/files.py", ".is_dir"): "the templates that are shipped",
    ("adapters/jinja_renderer/files.py", ".read_bytes"): "the templates that are shipped",
    ("adapters/limits.py", "open"): "pipes, and what the system says of this process",
    ("adapters/process/starting.py", "os.path.isdir"): _WHETHER,
    ("adapters/version_files.py", "os.path.islink"): _WHETHER,
    ("adapters/version_files.py", "os.readlink"): "where a link leads, which is not followed",
    ("adapters/workers.py", "open"): "a pipe",
    ("cli/__init__.py", "open"): "/dev/null",
    ("cli/check.py", "os.path.exists"): _WHETHER,
}


def _calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield from _called(node.func)


def _called(function: ast.expr) -> Iterator[str]:
    """What a call may do to a file, as `module.function`, `.method` or a builtin's name."""
    name = ast.unparse(function)
    first, _, last = name.rpartition(".")
    harmless = _OF_TEXT if first == "os.path" else _HARMLESS
    if name == "open" or (first in {*_MODULES, "os.path"} and last not in harmless):
        yield name
    elif isinstance(function, ast.Attribute) and last in _PATH_METHODS:
        yield f".{last}"


def _found() -> set[tuple[str, str]]:
    found = set()
    folders = ("adapters", "cli")
    paths = [path for folder in folders for path in (_SOURCE / folder).rglob("*.py")]
    for path in (*paths, *_SOURCE.glob("*.py"), *_SOURCE.glob("wiring/*.py")):
        place = path.relative_to(_SOURCE).as_posix()
        if place != _GATE:
            found |= {(place, call) for call in _calls(path)}
    return found


def test_every_call_that_opens_lists_or_writes_a_file_is_known() -> None:
    assert sorted(_found() - ALLOWED.keys()) == []


def test_no_call_is_known_that_is_gone() -> None:
    assert sorted(ALLOWED.keys() - _found()) == []


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("open('a')", "open"),
        ("os.open('a', 0)", "os.open"),
        ("Path('a').read_text()", ".read_text"),
        ("shutil.copy(a, b)", "shutil.copy"),
        ("os.path.exists(a)", "os.path.exists"),
        ("glob.glob(a)", "glob.glob"),
    ],
)
def test_a_new_call_is_seen(text: str, call: str) -> None:
    [expression] = ast.parse(text).body
    calls = [node for node in ast.walk(expression) if isinstance(node, ast.Call)]
    assert call in {name for node in calls for name in _called(node.func)}
