"""Measuring on a machine that others use too: contestants take turns in one run, and only ratios are judged."""

from __future__ import annotations

import gc
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Times:
    """What one contestant took, in seconds, in the order of the rounds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """Slowest over fastest: how noisy the machine was."""
        return max(self.seconds) / min(self.seconds)


def compare(
    contestants: Mapping[str, Callable[[], Any]],
    *,
    rounds: int = 9,
    warm: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Times]:
    """Call every contestant once a round, in turn, so that a slow minute of the machine hits all alike.
    ``time.process_time`` as the clock leaves out what other programs took."""
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(warm + rounds):
        for name, contestant in contestants.items():
            gc.collect()
            started = clock()
            contestant()
            if number >= warm:
                taken[name].append(clock() - started)
    return {name: Times(tuple(seconds)) for name, seconds in taken.items()}


@dataclass(frozen=True)
class Run:
    """One command that ended well."""

    seconds: float
    peak_mb: float
    output: str


def run(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Run:
    """Run a command in a process of its own and take its peak memory, children's included if larger."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=None if env is None else dict(env),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {process.returncode}: {output[-2000:]}")
    return Run(time.perf_counter() - started, usage.ru_maxrss / 1024, output)


def wilson(hits: int, trials: int, *, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    if not trials:
        return 0.0, 1.0
    share, zz = hits / trials, z * z
    middle = (share + zz / (2 * trials)) / (1 + zz / trials)
    reach = z * math.sqrt(share * (1 - share) / trials + zz / (4 * trials**2)) / (1 + zz / trials)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def peak_mb() -> float:
    """The most memory this process has held so far."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError("no VmHWM: this system does not tell peak memory")


def report(title: str, times: Mapping[str, Times], *, against: str, limits: Mapping[str, float] | None = None) -> bool:
    """Print medians and ratios to ``against``; True when every ratio is within its limit."""
    base, limits = times[against].median, limits or {}
    print(f"\n{title}")
    fine = True
    for name, taken in times.items():
        ratio, limit = taken.median / base, limits.get(name)
        verdict = "" if limit is None else f"  limit {limit:g}: {'ok' if ratio <= limit else 'OVER'}"
        fine &= limit is None or ratio <= limit
        print(f"  {name:<40} {taken.median * 1000:10.1f} ms   x {ratio:5.2f}   spread {taken.spread:4.1f}{verdict}")
    return fine


def bound(title: str, value: float, limit: float, unit: str) -> bool:
    """Print a measured value beside its limit; True when it is within."""
    print(f"  {title:<40} {value:10.1f} {unit}   limit {limit:g}: {'ok' if value <= limit else 'OVER'}")
    return value <= limit


def rajaus() -> list[str]:
    """The program as this Python runs it."""
    return [sys.executable, "-c", "from service.cli import run; run()"]
