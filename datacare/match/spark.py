"""The steps of a match on Spark or on Sail, for very large uploads (``docs/big-matching.md``).

The same statements as on DuckDB, translated by sqlglot; each leaves its table as Parquet. Their packages are not part
of the product: ``scripts/spark.sh`` makes an environment that has them. What the translation must see to, because the
engines differ silently: a fraction is a double and no decimal; dividing by zero gives null; two empty texts are not
alike.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

import sql
from core.errors import ConfigError
from datacare.match.index import STORED, TABLES
from datacare.match.parties import Parties, given_classes_table

Engine = Literal["spark", "sail"]
_PACKAGES = {"spark": ("pyspark", "sqlglot", "rapidfuzz"), "sail": ("pysail", "pyspark", "sqlglot", "rapidfuzz")}
_ALIKE = "rajaus_likeness"
"""A name of its own: a built-in one would take precedence."""
_MEMORY = re.compile(r"(\d+)\s*([KMGT])i?B", re.IGNORECASE)


class SparkExecutor:
    """Every table a Parquet directory and a view of it; nothing stays but the index's copy beside the index.

    Raises ``ConfigError`` (care_engine_missing, setting_invalid).
    """

    def __init__(self, engine: Engine, index: Path, *, memory: str, threads: int, scratch: Path | None) -> None:
        check_there(engine)
        self._scratch = Path(tempfile.mkdtemp(prefix=f"{engine}-", dir=scratch))
        self._made = 0
        self._paths: dict[str, Path] = {}
        self._stop: Callable[[], None] = _nothing
        try:
            begin = _spark if engine == "spark" else _sail
            self._session, self._stop = begin(self._scratch, memory=_megabytes(memory), threads=threads)
            _teach(self._session)
            for file in sorted(exported(index).iterdir()):
                self._session.read.parquet(str(file)).createOrReplaceTempView(file.stem)
            self.put("given_class", given_classes_table())
        except BaseException:
            self.close()
            raise

    def take(self, customer: Parties) -> None:
        for part, table in STORED.items():
            self.put(f"c_{table}", getattr(customer, part))

    def run(self, step: str, **values: Any) -> None:
        translated = translate(step)
        path = self._next(translated.name)
        self._session.sql(translated.query, args=values).write.parquet(str(path))
        self._show(translated.name, path)

    def put(self, name: str, table: pa.Table) -> None:
        path = self._next(name)
        path.mkdir()
        pq.write_table(table, path / "part-0.parquet")
        self._show(name, path)

    def fetch(self, name: str) -> pa.Table:
        return pq.read_table(self._paths[name])

    def close(self) -> None:
        self._stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _next(self, name: str) -> Path:
        self._made += 1
        return self._scratch / f"{self._made:03}-{name}"

    def _show(self, name: str, path: Path) -> None:
        """Later steps read this one; what had the name before is not needed any more."""
        self._session.read.parquet(str(path)).createOrReplaceTempView(name)
        if name in self._paths:
            shutil.rmtree(self._paths[name])
        self._paths[name] = path


@dataclass(frozen=True)
class Translated:
    """What a step makes: the rows of ``query`` under ``name``."""

    name: str
    query: str


def translate(step: str) -> Translated:
    """A step in the words of Spark; the values stay parameters."""
    import sqlglot

    statement = sqlglot.parse_one(sql.load(f"datacare/{step}"), read="duckdb")
    return Translated(statement.this.name, statement.expression.transform(_portable).sql("spark"))


def _portable(node: Any) -> Any:
    """One node of a statement so that it means on Spark what it means on DuckDB."""
    from sqlglot import exp

    if isinstance(node, exp.Literal) and not node.is_string and "." in node.this:
        return exp.cast(node.copy(), "double") if not isinstance(node.parent, exp.Cast) else node
    if isinstance(node, exp.Div) and not isinstance(node.expression, exp.Literal | exp.Nullif):
        node.set("expression", exp.Nullif(this=exp.paren(node.expression.copy()), expression=exp.Literal.number(0)))
        return node
    if isinstance(node, exp.JarowinklerSimilarity):
        one, other = node.this, node.expression
        empty = exp.and_(exp.EQ(this=one.copy(), expression=exp.Literal.string("")),
                         exp.EQ(this=other.copy(), expression=exp.Literal.string("")))  # fmt: skip
        measured = exp.Anonymous(this=_ALIKE, expressions=[one.copy(), other.copy()])
        return exp.If(this=empty, true=exp.cast(exp.Literal.number(0), "double"), false=measured)
    return node


def exported(index: Path) -> Path:
    """The tables of an index as Parquet files, in a directory beside it; written once."""
    there = index.with_suffix(".parquet")
    if there.is_dir():
        return there
    making = Path(tempfile.mkdtemp(prefix=f"{index.stem}.", dir=index.parent))
    try:
        with duckdb.connect(str(index), read_only=True) as connection:
            for name in TABLES:
                connection.table(name).write_parquet(str(making / f"{name}.parquet"))
        if not there.is_dir():
            making.rename(there)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return there


def check_there(engine: Engine) -> None:
    """Raises ``ConfigError`` (care_engine_missing) when a package, or for Spark Java, is not on this machine."""
    wanted = [name for name in _PACKAGES[engine] if importlib.util.find_spec(name) is None]
    if engine == "spark" and "JAVA_HOME" not in os.environ and shutil.which("java") is None:
        wanted.append("Java 17")
    if wanted:
        raise ConfigError("care_engine_missing", engine=engine, missing=", ".join(wanted))


def _spark(scratch: Path, *, memory: int, threads: int) -> tuple[Any, Callable[[], None]]:
    """Spark in a process of its own on this machine, reachable from it alone."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.memory": f"{memory}m",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": str(scratch),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(4 * threads),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    session = SparkSession.builder.master(f"local[{threads}]").appName("rajaus").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    session.sparkContext.pythonExec = sys.executable  # its Python workers need what this environment has
    return session, session.stop


def _sail(scratch: Path, *, memory: int, threads: int) -> tuple[Any, Callable[[], None]]:  # noqa: ARG001
    """Sail in this very process; it takes what memory and threads it finds."""
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()

    def stop() -> None:
        session.stop()
        server.stop()

    return session, stop


def _teach(session: Any) -> None:
    """The measures that the engine has not, or not exactly as DuckDB has them: Spark's own Jaro-Winkler differs."""
    from pyspark.sql.functions import arrow_udf

    session.udf.register("damerau_levenshtein", arrow_udf(slips, "int"))
    session.udf.register(_ALIKE, arrow_udf(likeness, "double"))


def slips(one: pa.Array, other: pa.Array) -> pa.Array:
    """Damerau-Levenshtein distance of two columns of text."""
    from rapidfuzz.distance import DamerauLevenshtein

    return pa.array([_measured(DamerauLevenshtein.distance, *pair) for pair in _pairs(one, other)], pa.int32())


def likeness(one: pa.Array, other: pa.Array) -> pa.Array:
    """Jaro-Winkler similarity of two columns of text."""
    from rapidfuzz.distance import JaroWinkler

    return pa.array([_measured(JaroWinkler.similarity, *pair) for pair in _pairs(one, other)], pa.float64())


def _pairs(one: pa.Array, other: pa.Array) -> zip[tuple[str | None, str | None]]:
    return zip(one.to_pylist(), other.to_pylist(), strict=True)


def _measured(measure: Callable[[str, str], float], one: str | None, other: str | None) -> float | None:
    return None if one is None or other is None else measure(one, other)


def _megabytes(memory: str) -> int:
    """DuckDB's way of writing memory, as Spark wants it."""
    found = _MEMORY.fullmatch(memory.strip())
    if found is None:
        raise ConfigError("setting_invalid", setting="memory_limit", reason="not a size such as 2500MB")
    return max(int(found[1]) * {"K": 1, "M": 1024, "G": 1024**2, "T": 1024**3}[found[2].upper()] // 1024, 1)


def _nothing() -> None:
    """There is nothing to stop yet."""
