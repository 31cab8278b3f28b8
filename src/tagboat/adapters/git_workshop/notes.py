"""Reading all notes of a ref in two commands, however many there are."""

from collections.abc import Iterator

from tagboat.adapters.git_command import GitCommand

_HEADER = "%(objecttype) %(objectsize)"


def notes(command: GitCommand, ref: str) -> Iterator[tuple[str, str]]:
    """Each commit that has a note under a ref, with the note's text.

    With many notes git spreads them over folders named by the first digits of the ids
    (https://git-scm.com/docs/git-notes). Raises OutsideError.
    """
    listed = command.run("ls-tree", "-r", "-z", "--full-tree", ref)
    rows = [row.partition("\t") for row in listed.split("\0") if row]
    blobs = [about.split(" ")[2] for about, _, _ in rows]
    asked = "".join(f"{blob}\n" for blob in blobs)
    raw = command.run("cat-file", f"--batch={_HEADER}", data=asked) if blobs else ""
    data = raw.encode("utf-8", "surrogateescape")
    start = 0
    for _, _, path in rows:
        head = data.index(b"\n", start)
        size = int(data[start:head].rpartition(b" ")[2])
        start = head + 1 + size
        yield path.replace("/", ""), data[head + 1 : start].decode("utf-8", "replace")
        start += 1
