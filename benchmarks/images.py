"""Measure what tagboat adds to a build of an image, and how long it takes after a release.

python -m benchmarks.images [--quick] [--check]

Needs a container engine and what else `make e2e` needs, and root's rights.
"""

import shutil
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks import image_projects, tools
from benchmarks.image_projects import ImageProject
from benchmarks.measure import Contender, Outcome, in_turn
from benchmarks.promises import Promise
from benchmarks.report import outcomes_table, pairwise
from benchmarks.run import PROJECT, add_cache, common_parser, document, make_cache
from tests.e2e.keys import SECRET, make_keys
from tests.engine import BUSY, Engine, running
from tests.engine.needs import EngineError

BARE: Final = "docker buildx bake --push"
BUILD: Final = "tagboat image build"
VERIFY: Final = "tagboat verify"
VERIFY_SIGNED: Final = "tagboat verify, two signatures"
ROLLBACK: Final = "tagboat rollback"
AGAIN: Final = "tagboat release, nothing due"
LIBRARIES: Final = "python importing four libraries"

_LIBRARIES: Final = "import click, jinja2, msgspec, requests"

_UNABLE: Final = ",rewrite-timestamp=true"
"""What an engine before Docker 29 can't do when it pushes; tagboat leaves it out there, too."""

_METHOD: Final = """\
# Benchmarks of images

Written by `make bench`: do not edit. An engine and two registries run on the same machine, each
registry on one processor and with `GOGC=400`, so that it takes as little of it as it can. The image
has three platforms, two of them emulated, and a step that computes a checksum. Everything is run in
turn, {rounds} rounds after one to warm up; times are medians, tagboat is installed from a wheel.

- `{bare}` gets the file that `tagboat image build --print` shows, and pushes what `{build}` pushes.
  Before each run another file is copied into the image, so that neither finds its layers built.
  The registry answers a few of a hundred such pushes with 500, as it has an empty file for the tag
  for a moment: `{bare}` fails then and is run again, `{build}` hands the same over again itself.
- The others are about an image of three platforms in two registries, one of which wants a password.
  `{verify}` looks at the whole image in both. `{rollback}` moves three tags in both.
- `{again}` is the same command where the release is made already.
- `{libraries}` does nothing else: they are what `{verify}` has of others to load, run in turn with
  it. A slow machine takes longer for both.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 if there is no engine, or `--check` is given and a promise broken."""
    parser = common_parser("python -m benchmarks.images", __doc__, "no less of it, few rounds")
    add_cache(parser)
    options = parser.parse_args(arguments)
    make_cache(options.cache)
    toolbox = tools.install(options.cache / "tools", PROJECT, peers=())
    rounds = options.rounds or (3 if options.quick else 9)
    try:
        with running() as engine:
            done = _Bench(toolbox, engine, options.cache / "images").run(rounds)
    except EngineError as error:
        print(f"images are not measured: {error}", file=sys.stderr)
        return 1
    judged = _judge(done)
    method = _METHOD.format(
        rounds=rounds,
        bare=BARE,
        build=BUILD,
        verify=VERIFY,
        rollback=ROLLBACK,
        again=AGAIN,
        libraries=LIBRARIES,
    )
    text = document(method, toolbox, f"{outcomes_table(done)}\n", judged)
    print(text)
    if not options.quick:
        (PROJECT / "docs" / "benchmarks-images.md").write_text(text)
    return int(options.check and any(promise.kept is False for promise in judged))


class _Bench:
    """Makes the repositories and runs the cases."""

    def __init__(self, toolbox: tools.Toolbox, engine: Engine, home: Path) -> None:
        self._tools = toolbox
        self._engine = engine
        self._home = home

    def run(self, rounds: int) -> dict[str, Outcome]:
        """All outcomes, by the contenders' names."""
        done: dict[str, Outcome] = {}
        # The builds come at the end: an engine goes on cleaning up after them for a while.
        for label, contenders in (
            ("verify", self._verify),
            ("verify, signed", self._verify_signed),
            ("rollback", self._rollback),
            ("release again", self._again),
        ):
            print(label, file=sys.stderr, flush=True)
            done |= in_turn(contenders(), rounds, self._home)
        print("image build", file=sys.stderr, flush=True)
        return done | in_turn(self._builds(), rounds, self._home)

    def _builds(self) -> list[Contender]:
        image_project = self._project("built", both=False)
        file = image_project.home / "bake.json"
        docker = f"{self._engine.folder}/bin/docker"
        bare = (docker, "buildx", "bake", "--progress=plain", f"--file={file}", "--push")

        def prepare_bare() -> None:
            image_project.change()
            text = image_project.tagboat("image", "build", "--print")
            file.write_text(text.replace(_UNABLE, ""))

        return [
            replace(
                self._contender(BUILD, image_project, "image", "build"),
                prepare=image_project.change,
            ),
            Contender(
                BARE,
                [bare],
                image_project.clone,
                image_project.variables,
                limit=300,
                budget=600,
                prepare=prepare_bare,
                passing=BUSY,
            ),
        ]

    def _verify(self) -> list[Contender]:
        image_project = self._project("verified")
        image_project.tagboat("release")
        python = self._tools.program(tools.TAGBOAT, "python")
        verify = self._contender(VERIFY, image_project, "verify", "1.0.0")
        return [verify, replace(verify, name=LIBRARIES, commands=[(python, "-c", _LIBRARIES)])]

    def _verify_signed(self) -> list[Contender]:
        keys = self._home / "keys"
        shutil.rmtree(keys, ignore_errors=True)
        keys.mkdir()
        make_keys(keys, "cosign")
        image_project = self._project("signed", more=f'sign = "{keys}/cosign.key"')
        signing = replace(
            image_project, variables={**image_project.variables, "COSIGN_PASSWORD": SECRET}
        )
        signing.tagboat("release")
        return [self._contender(VERIFY_SIGNED, signing, "verify", "1.0.0")]

    def _rollback(self) -> list[Contender]:
        image_project = self._project("turned")
        image_project.tagboat("release")
        image_project.change()
        image_project.tagboat("release")
        image_project.tagboat("rollback", "1.0.0")
        back = self._contender(ROLLBACK, image_project, "rollback", "1.0.0")
        return [replace(back, prepare=lambda: _reinstate(image_project))]

    def _again(self) -> list[Contender]:
        image_project = self._project("again")
        image_project.tagboat("release")
        return [self._contender(AGAIN, image_project, "release")]

    def _project(self, name: str, *, both: bool = True, more: str = "") -> ImageProject:
        return image_projects.made(
            self._home / name, self._tools, self._engine, both=both, more=more
        )

    def _contender(self, name: str, image_project: ImageProject, *arguments: str) -> Contender:
        command = (image_project.program, *arguments)
        return Contender(name, [command], image_project.clone, image_project.variables, 300, 600)


def _reinstate(image_project: ImageProject) -> None:
    image_project.tagboat("reinstate", "1.0.1")


def _judge(done: dict[str, Outcome]) -> list[Promise]:
    failed = [one for one in done.values() if one.failure]
    if failed:
        return [Promise(one.name, one.failure, kept=False) for one in failed]
    bare, build = done[BARE], done[BUILD]
    pairs = zip(bare.seconds, build.seconds, strict=False)
    beyond = statistics.median(ours - 1.1 * theirs for theirs, ours in pairs)
    each = (done[VERIFY_SIGNED].median - done[VERIFY].median) / 2
    to_load = pairwise(done[LIBRARIES].seconds, done[VERIFY].seconds)
    return [
        Promise(
            "image build: at most 1.1x bake plus 1 s",
            f"{pairwise(bare.seconds, build.seconds):.2f}x, {beyond:+.2f} s beyond 1.1x",
            beyond <= 1,
        ),
        _below(f"verify: < 0.5 s ({to_load:.1f}x its libraries)", done[VERIFY].median, 0.5),
        _below("verify: about half a second more for each signature (< 0.75 s)", each, 0.75),
        _below("rollback of three tags in two registries: < 1 s", done[ROLLBACK].median, 1),
        _below("release with nothing due: < 1 s", done[AGAIN].median, 1),
    ]


def _below(text: str, seconds: float, limit: float) -> Promise:
    return Promise(text, f"{seconds:.2f} s", seconds < limit)


if __name__ == "__main__":
    sys.exit(main())
