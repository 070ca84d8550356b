"""Modules of the browser import in one direction: who reads one from the bottom up meets nothing unknown."""

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[1] / "static"
IMPORT = re.compile(r"""^\s*(?:import|export)\b[^;"']*?["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)


def imports(folder: Path) -> dict[Path, set[Path]]:
    return {
        path: {(path.parent / found).resolve() for found in IMPORT.findall(path.read_text("utf-8"))}
        for path in folder.resolve().rglob("*.js")
        if "vendor" not in path.parts
    }


def test_no_module_of_ours_imports_one_that_imports_it() -> None:
    graph = imports(STATIC)
    assert sum(map(len, graph.values())) > 20
    assert {path for found in graph.values() for path in found if not path.exists()} == set()
    TopologicalSorter(graph).prepare()


def test_a_circle_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\n')
    (tmp_path / "b.js").write_text('import {\n  c,\n} from "./c.js";\n')
    (tmp_path / "c.js").write_text('export { a } from "./a.js";\n')
    with pytest.raises(CycleError):
        TopologicalSorter(imports(tmp_path)).prepare()
