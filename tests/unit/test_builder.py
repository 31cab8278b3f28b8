"""What stands in the way of an image, told from what buildx says of its builder."""

import json

import pytest

from tagboat.core.images.builder import (
    Builder,
    BuilderNeeds,
    BuilderState,
    Engine,
    Node,
    faults,
    read_builders,
    rewrites,
)

NODE = Node("default", "default", "running", ("linux/amd64", "linux/arm64"))
BUILDER = Builder("default", "docker", (NODE,))
GROUND = BuilderState("default", BUILDER, Engine("26.1.5", keeps_indexes=True))
WISH = BuilderNeeds("app", "", ("linux/amd64",), ("linux/amd64",))
LINE = {
    "Name": "multi",
    "Driver": "docker-container",
    "Nodes": [
        {
            "Name": "multi0",
            "Endpoint": "unix:///run/docker.sock",
            "Status": "running",
            "Platforms": ["linux/amd64*", "linux/386"],
        },
        {"Name": "multi1", "Endpoint": "ssh://arm", "Status": "inactive", "Err": "no route"},
    ],
}


def test_builders_are_read_off_their_lines() -> None:
    text = f"{json.dumps(LINE)}\nnoise\n[]\n{json.dumps(LINE)}\n"
    assert read_builders(text) == (
        Builder(
            "multi",
            "docker-container",
            (
                Node(
                    "multi0",
                    "unix:///run/docker.sock",
                    "running",
                    ("linux/amd64", "linux/386"),
                ),
                Node("multi1", "ssh://arm", "inactive", (), "no route"),
            ),
        ),
    )


def test_platforms_may_be_listed_as_one_text() -> None:
    line = {"Name": "a", "Nodes": [{"Platforms": "linux/amd64*, linux/arm64/v8"}]}
    [builder] = read_builders(json.dumps(line))
    assert builder.platforms == {"linux/amd64", "linux/arm64"}


def test_a_builder_that_can_do_all_has_no_faults() -> None:
    assert faults(GROUND, WISH) == []


def test_a_builder_that_is_not_there() -> None:
    [fault] = faults(BuilderState("multi", None), WISH)
    assert fault.startswith("there is no builder 'multi' for the image app: ")
    assert "`docker buildx create --name multi`" in fault


def test_a_daemon_that_is_down() -> None:
    down = Builder("default", "", (Node("", "", "", ()),), "Cannot connect to the daemon.")
    [fault] = faults(GROUND._replace(builder=down), WISH)
    assert fault == (
        "the builder default does not answer: Cannot connect to the daemon: start the Docker "
        "daemon, or set DOCKER_HOST to one that runs"
    )


def test_each_node_that_does_not_answer() -> None:
    nodes = (NODE, Node("far", "ssh://arm", "error", (), "no route."), Node("x", "", "", ()))
    builder = Builder("multi", "remote", nodes)
    helps = "`docker buildx inspect --bootstrap multi` starts it"
    assert faults(BuilderState("multi", builder), WISH) == [
        f"the node far of the builder multi does not answer: no route: {helps}",
        f"the node x of the builder multi does not answer: it is not running: {helps}",
    ]


def test_a_node_of_the_builder_s_own_name_is_not_named_twice() -> None:
    builder = BUILDER._replace(nodes=(NODE._replace(status="stopped"),))
    [fault] = faults(GROUND._replace(builder=builder), WISH)
    assert fault.startswith("the builder default does not answer: it is stopped: start the Docker")


@pytest.mark.parametrize(
    ("platforms", "lost"),
    [
        (("linux/amd64",), "can't hold annotations, as app needs"),
        (("linux/amd64", "linux/arm64"), "can't hold 2 platforms in one image, or annotations"),
    ],
)
def test_the_classic_image_store(platforms: tuple[str, ...], lost: str) -> None:
    found = GROUND._replace(engine=Engine("26.1.5", keeps_indexes=False))
    [fault] = faults(found, WISH._replace(platforms=platforms))
    assert lost in fault
    assert '`"features": {"containerd-snapshotter": true}`' in fault


def test_a_platform_of_which_nothing_runs() -> None:
    running = ("linux/amd64", "linux/riscv64", "linux/s390x", "windows/amd64")
    [fault] = faults(GROUND, WISH._replace(running=running))
    assert "can't run programs for linux/riscv64, linux/s390x, windows/amd64" in fault
    assert "--install riscv64,s390x,amd64`" in fault


@pytest.mark.parametrize(
    "platform", ["linux/arm/v7", "linux/arm", "linux/arm64/v8", "linux/amd64/v1", "linux/arm64"]
)
def test_platforms_that_run_by_another_name_or_an_emulator(platform: str) -> None:
    found = GROUND._replace(emulators=frozenset({"arm"}))
    assert faults(found, WISH._replace(running=(platform,))) == []


def test_a_platform_without_a_step_that_runs_needs_no_emulator() -> None:
    assert faults(GROUND, WISH._replace(platforms=("linux/riscv64",), running=())) == []


def test_a_scanner_that_can_t_be_had() -> None:
    found = GROUND._replace(missing=frozenset({"r.example/scan"}))
    assert faults(found, WISH) == []
    [fault] = faults(found, WISH._replace(scanner="r.example/scan"))
    assert fault.startswith("r.example/scan, which finds out what app holds, can't be pulled")


@pytest.mark.parametrize(
    ("engine", "can"),
    [
        (None, True),
        (Engine("29.0.1", keeps_indexes=True), True),
        (Engine("26.1.5+dfsg1", keeps_indexes=True), False),
        (Engine("", keeps_indexes=True), False),
    ],
)
def test_which_builders_can_set_the_times_of_files(engine: Engine | None, can: object) -> None:
    assert rewrites(GROUND._replace(engine=engine)) is can


@pytest.mark.parametrize(
    ("node", "is_asleep"),
    [
        (NODE, False),
        (NODE._replace(status="inactive"), True),
        (NODE._replace(status="inactive", error="no route"), False),
    ],
)
def test_builders_that_have_to_be_started(node: Node, is_asleep: object) -> None:
    assert BUILDER._replace(nodes=(node,)).is_asleep is is_asleep
