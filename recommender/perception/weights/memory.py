"""How much memory a further model may take."""

from __future__ import annotations

from pathlib import Path

CONTROL_GROUPS = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "total_inactive_file"),
)
"""What a container's limit, use and the part of it that gives way are called, in version 2 and version 1."""


def free(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that processes can still take without swapping: the machine's, or what is left of the container's limit."""
    import psutil

    left = int(psutil.virtual_memory().available)
    for limit, used, yields in CONTROL_GROUPS:
        try:
            told = (groups / limit).with_name("memory.stat").read_text().split()
            cached = int(told[told.index(yields) + 1])
            left = min(left, int((groups / limit).read_text()) - int((groups / used).read_text()) + cached)
        except (OSError, ValueError):  # no such group, or no limit
            continue
    return max(left, 0)
