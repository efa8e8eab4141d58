"""What every module keeps to; a list of the offenders is the message."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import duckdb

from tests.house.source import ROOT, Module, modules

LONGEST = 600
SQL_VERBS = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|COPY|ATTACH|DETACH|WITH|DROP|ALTER|INSTALL|LOAD)\s")
RUNS_SQL = {"execute", "executemany", "exec_driver_sql", "sql", "query", "from_query", "text"}


def functions(module: Module) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    """Module functions and methods, and whether the first parameter is ``self`` or ``cls``."""
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, False
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    names = {ast.unparse(decorator) for decorator in inner.decorator_list}
                    yield inner, "staticmethod" not in names


def test_no_module_is_over_600_lines() -> None:
    offenders = [m.name for m in modules() if m.text.count("\n") > LONGEST]
    assert not offenders, "\n".join(offenders)


def test_every_module_says_what_it_is_for() -> None:
    silent = [m.name for m in modules() if m.text.strip() and ast.get_docstring(m.tree) is None]
    assert not silent, "\n".join(silent)


def test_no_module_is_called_utils() -> None:
    vague = re.compile(r"(^|_)(utils?|helpers?|misc|common_stuff)(_|$)")
    offenders = [m.name for m in modules() if vague.search(m.path.stem)]
    assert not offenders, "\n".join(offenders)


def test_sql_is_never_put_together_from_text() -> None:
    """R086: values are bound, identifiers are fixed; no statement depends on input."""
    offenders = []
    for module in modules():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in RUNS_SQL and _assembled(node.args[0]):
                offenders.append(f"{module.at(node)} {ast.unparse(node.args[0])}")
    assert not offenders, "\n".join(offenders)


def _assembled(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):  # one without a blank is the name of a statement, not its text
        return any(isinstance(part, ast.Constant) and " " in str(part.value) for part in node.values)
    if isinstance(node, ast.BinOp):
        return True
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in {"format", "join", "replace"}


def test_sql_stands_in_sql_files_only() -> None:
    offenders = [
        module.at(node)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_VERBS.match(node.value)
    ]
    assert not offenders, "\n".join(offenders)


def test_every_sql_file_holds_one_statement() -> None:
    files = sorted((ROOT / "sql").rglob("*.sql"))
    assert files
    offenders = []
    for file in files:
        try:
            count = len(duckdb.extract_statements(file.read_text(encoding="utf-8")))
        except duckdb.Error as error:
            offenders.append(f"{file.relative_to(ROOT)}: {str(error).splitlines()[0]}")
        else:
            offenders += [f"{file.relative_to(ROOT)}: {count} statements"] if count != 1 else []
    assert not offenders, "\n".join(offenders)


def test_every_sql_file_is_used() -> None:
    constants: set[str] = set()
    patterns: set[str] = set()  # sql.load(f"extracts/trace_{step}") with the steps listed as constants
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                constants.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"\w+" for v in node.values]
                patterns.add("".join(parts))
    telling = {p for p in patterns if re.fullmatch(r"[\w/\\+]+", p) and p.rsplit("/", 1)[-1].replace(r"\w+", "")}
    unused = []
    for file in sorted((ROOT / "sql").rglob("*.sql")):
        name = file.relative_to(ROOT / "sql").with_suffix("").as_posix()
        known = {name, file.stem} & constants
        if not known and not any(re.fullmatch(pattern, n) for pattern in telling for n in (name, file.stem)):
            unused.append(name)
    assert not unused, "\n".join(unused)


def test_no_error_is_swallowed() -> None:
    offenders = []
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler):
                silent = all(isinstance(line, ast.Pass) or _is_ellipsis(line) for line in node.body)
                if silent or node.type is None:
                    offenders.append(module.at(node))
    assert not offenders, "\n".join(offenders)


def _is_ellipsis(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and line.value.value is ...


def test_no_module_holds_state_that_changes() -> None:
    """A table of constants may be a dictionary; nothing may write to it, and nothing is ``global``."""
    offenders = []
    for module in modules():
        own = set()
        for node in module.tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            own |= {target.id for target in targets if isinstance(target, ast.Name)}
        functions = [node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
        written = {name for function in functions for name in _written_to(function)} & own
        offenders += [f"{module.name} {name}" for name in sorted(written)]
        offenders += [module.at(node) for node in ast.walk(module.tree) if isinstance(node, ast.Global)]
    assert not offenders, "\n".join(offenders)


_MUTATORS = {
    "append",
    "add",
    "update",
    "setdefault",
    "pop",
    "popitem",
    "clear",
    "extend",
    "insert",
    "remove",
    "discard",
}


def _written_to(function: ast.AST) -> Iterator[str]:
    """Names whose object a function changes without having bound the name itself."""
    bound = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    for node in ast.walk(function):
        changed: ast.expr | None = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            changed = node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATORS:
            changed = node.func.value
        if isinstance(changed, ast.Name) and changed.id not in bound:
            yield changed.id


_ONE_SIGNATURE = ("convert", "write_", "when")
"""What click dictates; the writers of one table of formats; an if-else of columns."""


def test_beyond_two_arguments_they_are_named() -> None:
    """A public function's third positional argument may only follow the handles it works on."""
    handles = {"store", "register", "connection", "tx", "snapshot", "session", "context", "console", "party"}
    offenders = []
    for module in modules():
        for node, method in functions(module):
            if node.name.startswith("_") or any("click" in ast.unparse(d) for d in node.decorator_list):
                continue  # click passes options by name
            positional = [*node.args.posonlyargs, *node.args.args]
            own = [a.arg for a in positional[1 if method else 0 :] if a.arg not in handles]
            if len(own) > 2 and not node.name.startswith(_ONE_SIGNATURE):
                offenders.append(f"{module.at(node)} {node.name}({', '.join(own)})")
    assert not offenders, "\n".join(offenders)


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError\(")
    offenders = [m.name for m in modules() if marks.search(m.text)]
    assert not offenders, "\n".join(offenders)


def test_times_come_from_the_injected_clock() -> None:
    """R036: nobody but ``core.clock`` reads the machine's clock."""
    reads = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\(")
    offenders = [m.name for m in modules() if m.name != "core/clock.py" and reads.search(m.text)]
    assert not offenders, "\n".join(offenders)
