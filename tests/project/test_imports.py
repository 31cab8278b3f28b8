"""Imports form no circle, whether at the top, in a function or for type checkers only."""

import grimp


def test_no_module_reaches_itself() -> None:
    graph = grimp.build_graph("tagboat", cache_dir=None, exclude_type_checking_imports=False)
    circles = {
        chain
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if (chain := graph.find_shortest_chain(importer=imported, imported=module))
    }
    assert circles == set()
