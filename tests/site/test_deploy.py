"""What the files for deployment promise: no more rights than needed, and nothing plain on all interfaces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return told


@pytest.mark.parametrize("name", ["dylumo", "database", "redis"])
def test_every_container_is_held_to_little(services: dict[str, dict[str, Any]], name: str) -> None:
    one = services[name]
    assert one["cap_drop"] == ["ALL"] and one["read_only"] is True
    assert "no-new-privileges:true" in one["security_opt"]
    assert one["restart"] == "unless-stopped" and one["mem_limit"] and one["pids_limit"]
    assert "privileged" not in one and not {"SYS_ADMIN", "NET_ADMIN", "ALL"} & set(one.get("cap_add", []))


def test_only_loopback_is_published(services: dict[str, dict[str, Any]]) -> None:
    published = [port for one in services.values() for port in one.get("ports", [])]
    assert published and all(port.startswith("127.0.0.1:") for port in published)
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert "-p 127.0.0.1:8000:8000" in dockerfile and "-p 8000" not in dockerfile


def test_the_image_runs_as_somebody_and_takes_only_packages_with_a_known_hash() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert "USER dylumo" in dockerfile and "--require-hashes" in dockerfile


def test_the_service_writes_below_its_own_folder_only() -> None:
    unit = (DEPLOY / "dylumo.service").read_text()
    for line in ("ProtectSystem=strict", "NoNewPrivileges=true", "CapabilityBoundingSet=", "UMask=0077", "User=dylumo"):
        assert f"\n{line}\n" in unit
    assert "ReadWritePaths=/srv/dylumo\n" in unit
