"""A name is a word of the field or a plain noun, and stands for one thing."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from tests import house

_GONE = """
Access Anchorage Berth Booth Cargo CloseLoop Clone Course Desk Discussing DraftingForge Drafts
Drawn Edge Errands Facts Fleet GitWorkshop Ground Grounds Handmade Hear Heard Host Idle
ImageSite KeepUp Landed Landing Lender Made Making Moorings Netting Order Outcome Outlet Outlook
Place Recount Rest RunEarly RunLate Seal Shelf Shown Sight Sighting Since Site Spot Stretch
Survey Surveyor Tagged Talk Then Turn Wanted Watch Wish Workshop World _Scales berth draw
foresee is_edge judge reached strangers unreached
"""
GONE = frozenset(_GONE.split())
"""Names that were words of no field, or stood for several things."""


def test_no_two_modules_define_one_name() -> None:
    assert house.homonyms(house.parsed()) == {}


def test_no_definition_has_a_name_that_is_gone() -> None:
    assert {name for tree in house.parsed().values() for name in _names(tree)} & GONE == set()


def test_no_member_of_an_answer_has_a_name_that_is_gone() -> None:
    schemas = (house.ROOT / "schema").glob("*.json")
    assert {name for path in schemas for name in _members(path)} & GONE == set()


def _names(tree: ast.Module) -> Iterator[str]:
    """The names of classes, functions, methods, fields and type aliases."""
    yield from house.defined(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _members(path: Path) -> Iterator[str]:
    """The names of members and definitions of a JSON Schema."""
    stack = [json.loads(path.read_text())]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield from (*node.get("properties", {}), *node.get("$defs", {}))
            stack += node.values()
        elif isinstance(node, list):
            stack += node
