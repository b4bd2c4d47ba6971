"""A pytest plugin (``-p tests.environment``): real embedded PostgreSQL and Redis for the tests.

It is loaded before pytest-django reads the settings, which is too early for a conftest. The services are started by
whichever test process comes first and left running for the next run. Each test process has a database of its own
(pytest-django) and a Redis database of its own, so that none hears another.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

os.environ["DYLUMO_FETCH_MODELS"] = "0"  # no test meets the network
os.environ.setdefault("DYLUMO_HOME", str(Path(tempfile.gettempdir()) / "dylumo-tests"))
os.environ |= {f"DYLUMO_API_{name}_A_MINUTE": "1000000" for name in ("ASKS", "CHANGES", "READS")}  # from one address
# Database 0 is left to a site that may run on the same Redis; workers are called gw0, gw1, ...
os.environ["DYLUMO_REDIS_DB"] = str(int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 15 + 1)

from dylumo_site.ops import embedded
from dylumo_site.ops.embedded.database import OPTIONS


def digest_of_tables() -> str:
    """Another one whenever tables may be others: what is migrated once is kept under this name."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for file in (root / "requirements.txt", root / "accounts" / "roles.py", *sorted(root.glob("*/migrations/*.py"))):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


# What tests write may be lost when the machine fails: no disk is waited for.
OPTIONS.update(fsync="off", full_page_writes="off")
embedded.start()
