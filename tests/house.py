"""The figures of the structure, printed and held against their limits: `make house`."""

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import grimp

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "tagboat"
ROOMS = ("core", "use_cases", "adapters")
LOADERS = {"load": "adapters/conventions/", "forge_of": "adapters/forges/"}
"""What loads a plug-in has one name in each of them, below this folder."""
_SHORT = 12
_LONGEST = 40


class Figure(NamedTuple):
    """One figure: what is counted, how much there is, and how much there may be."""

    what: str
    value: float
    most: float | None = None

    @property
    def is_kept(self) -> bool:
        """Whether it is within its limit."""
        return self.most is None or self.value <= self.most


def figures() -> Iterator[Figure]:
    """All figures, from the syntax trees and the import graph."""
    trees = parsed()
    modules = [path for path in trees if path.name != "__init__.py"]
    yield Figure("modules", len(modules), 205)
    for room in ROOMS:
        yield Figure(f"rooms in {room}", len(_rooms(PACKAGE / room)), 18)
    yield Figure("lines of source", sum(map(_lines, trees)))
    yield Figure("longest file, lines", max(map(_lines, trees)), 400)
    bodies = [_body_lines(node) for tree in trees.values() for node in _functions(tree)]
    long = sum(lines > _SHORT for lines in bodies)
    yield Figure("functions", len(bodies))
    yield Figure(f"functions of more than {_SHORT} lines, %", 100 * long / len(bodies), 10)
    yield Figure("longest function, lines", max(bodies), _LONGEST)
    yield Figure("names that stand for two things", len(homonyms(trees)), 0)
    yield Figure("import cycles", len(cycles()), 0)
    yield Figure("exceptions in import contracts", _exceptions(), 4)


def parsed() -> dict[Path, ast.Module]:
    """The syntax tree of each module of the package."""
    return {path: ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}


def homonyms(trees: Mapping[Path, ast.Module]) -> dict[str, list[str]]:
    """The names of classes, functions and type aliases that several modules define at the top.

    Exempt are the Python interface, the command of the command line that has its use case's name,
    and what loads the plug-ins of one protocol.
    """
    where = defaultdict(list)
    for path, tree in trees.items():
        place = str(path.relative_to(PACKAGE))
        exempt = place == "api.py" or place.startswith("cli/")
        for name in set(defined(tree)):
            is_loader = place.startswith(LOADERS.get(name, "/"))
            if not is_loader and not (exempt and name in _answers(trees)):
                where[name].append(place)
    return {name: places for name, places in sorted(where.items()) if len(places) > 1}


def _answers(trees: Mapping[Path, ast.Module]) -> set[str]:
    """The functions of the Python interface: use cases have the same names."""
    return {name for path, tree in trees.items() if path.name == "api.py" for name in defined(tree)}


def defined(tree: ast.Module) -> Iterator[str]:
    """The classes, functions and type aliases at the top of a module."""
    for node in _top(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            yield from (name for name in names if _is_alias(name))


def _is_alias(name: str) -> bool:
    """Whether a name is spelled as a type is."""
    bare = name.lstrip("_")
    return bare[:1].isupper() and not bare.isupper()


def _top(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in tree.body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from node.body


def cycles() -> set[tuple[str, ...]]:
    """Chains of imports that end where they begin, those for type checkers included."""
    graph = grimp.build_graph("tagboat", cache_dir=None, exclude_type_checking_imports=False)
    return {
        chain
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if (chain := graph.find_shortest_chain(importer=imported, imported=module))
    }


def _rooms(folder: Path) -> list[str]:
    """The modules and packages that stand directly in a folder."""
    files = [path.stem for path in folder.glob("*.py") if path.name != "__init__.py"]
    return files + [path.parent.name for path in folder.glob("*/__init__.py")]


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _body_lines(node: ast.FunctionDef) -> int:
    """The lines of a function from the first statement after its docstring to the last."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _exceptions() -> int:
    """How many imports the contracts let through."""
    text = (ROOT / "pyproject.toml").read_text()
    return Counter(
        line.strip().startswith('"tagboat.') for line in text.splitlines() if " -> " in line
    )[True]


def main() -> int:
    """Print all figures; 1 where one is over its limit."""
    all_ = list(figures())
    for figure in all_:
        limit = "" if figure.most is None else f"at most {figure.most:g}"
        value = f"{figure.value:.1f}".removesuffix(".0")
        print(f"{figure.what:40} {value:>8}  {limit}{'' if figure.is_kept else ', BROKEN'}")
    return int(not all(figure.is_kept for figure in all_))


if __name__ == "__main__":
    sys.exit(main())
