"""Tasks for an operator: what the product must not decide by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.errors import InvalidTransition, NotFound
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction


def open_task(tx: Transaction, *, kind: str, due_on: date, ids: Mapping[str, Any]) -> str:
    """Open a task for an operator; it is audited with the transaction it belongs to."""
    task = new_id("task")
    tx.execute(
        insert(tables.task), {"task": task, "kind": kind, "ids": dict(ids), "opened_at": tx.at, "due_on": due_on}
    )
    tx.audit("task.opened", task=task, kind=kind, **ids)
    return task


def list_tasks(connection: Connection, *, closed: bool = False, kind: str | None = None) -> list[dict[str, Any]]:
    """Open tasks, the one due first at the top; with ``closed`` the closed ones too; of one kind, or of all."""
    query = select(tables.task).order_by(tables.task.c.due_on, tables.task.c.opened_at, tables.task.c.task)
    if not closed:
        query = query.where(tables.task.c.closed_at.is_(None))
    if kind is not None:
        query = query.where(tables.task.c.kind == kind)
    return [dict(row) for row in connection.execute(query).mappings()]


def close_task(tx: Transaction, task: str) -> None:
    """Close a task. Raises ``NotFound`` (task_unknown) and ``InvalidTransition`` when it is closed already."""
    row = tx.one(select(tables.task).where(tables.task.c.task == task))
    if row is None:
        raise NotFound("task_unknown", task=task)
    if row["closed_at"] is not None:
        raise InvalidTransition("transition_invalid", kind="task", id=task, state="closed", event="closed")
    tx.execute(update(tables.task).where(tables.task.c.task == task).values(closed_at=tx.at, closed_by=tx.actor))
    tx.audit("task.closed", task=task)


def tasks_of(connection: Connection, *, kind: str, name: str, value: str) -> list[str]:
    """Open tasks of a kind whose ``ids`` have that value under that name."""
    return [row["task"] for row in list_tasks(connection) if row["kind"] == kind and row["ids"].get(name) == value]
