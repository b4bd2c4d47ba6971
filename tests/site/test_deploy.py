"""What the files for deployment promise: no more rights than needed, and nothing plain on all interfaces."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import get_commands

from dylumo_site.metrics import Figures
from dylumo_site.ops import backup

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FILES = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file() and "secrets/" not in str(path)]
DOCS = (ROOT / "docs" / "self-hosting.md").read_text()
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return told


@pytest.mark.parametrize("name", ["dylumo", "web", "default", "models", "scheduler", "database", "redis"])
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


def unit(path: Path) -> dict[str, list[tuple[str, str]]]:
    """A unit's settings by section; a name may come more than once there."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(path.read_text())
    lines = re.findall(r"^(\w+)=(.*)$", path.read_text(), re.M)
    assert {name for name, _ in lines} == {name for section in parser.sections() for name in parser[section]}
    return {section: [line for line in lines if line[0] in parser[section]] for section in parser.sections()}


def test_each_part_is_a_unit_held_to_what_all_have_in_common() -> None:
    common = dict(unit(DEPLOY / "systemd" / "dylumo-.service.d" / "common.conf")["Service"])
    for name, value in (("ProtectSystem", "strict"), ("NoNewPrivileges", "true"), ("User", "dylumo")):
        assert common[name] == value
    assert common["CapabilityBoundingSet"] == "" and common["ReadWritePaths"] == "/srv/dylumo"
    starts = {path.name: dict(unit(path)["Service"])["ExecStart"] for path in UNITS}
    assert {start.partition("bin/run ")[2].split()[0] for start in starts.values()} == {"web", "worker", "scheduler"}
    assert all(name.startswith("dylumo-") for name in starts), "else the common part is not theirs"


def test_the_parts_get_their_secrets_from_files(tmp_path: Path, services: dict[str, dict[str, Any]]) -> None:
    made = tmp_path / "secrets"
    for _ in range(2):
        subprocess.run(["sh", str(DEPLOY / "secrets.sh"), str(made)], check=True)
    told = {path.name: path.read_text().strip() for path in made.iterdir()}
    Fernet(told["token_keys"].encode())
    assert told["database_password"] in told["database_url"] and len(told["secret_key"]) == 64
    assert made.stat().st_mode & 0o077 == 0
    whole = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert set(whole["secrets"]) <= set(told)
    for name in ("web", "default", "models", "scheduler"):
        files = {file for key, file in services[name]["environment"].items() if key.endswith("_FILE")}
        assert files == {f"/run/secrets/{secret}" for secret in services[name]["secrets"]}
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert "deploy/secrets" in ignored, "no image holds them"


def test_every_command_and_setting_that_is_named_exists() -> None:
    code = "".join(path.read_text() for path in (ROOT / "dylumo_site").rglob("*.py")) + "".join(
        path.read_text() for path in (ROOT / "core").rglob("*.py")
    )
    known = set(re.findall(r'"((?:DYLUMO_\w+|DATABASE_URL|REDIS_URL))"', code))
    for path in FILES:
        text = path.read_text()
        named = {name.removesuffix("_FILE") for name in re.findall(r"\b(DYLUMO_[A-Z0-9_]+|DATABASE_URL\w*)", text)}
        assert named <= known, path
        commands = set(re.findall(r"bin/run ([a-z]\w+)", text))
        commands |= set(re.findall(r'"dylumo_site", "(\w+)"', text))
        assert commands <= set(get_commands()), path


@pytest.mark.django_db
def test_every_figure_that_alerts_and_the_dashboard_name_is_told(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BACKUP_HOURS = 1
    monkeypatch.setattr(backup, "newest_age", lambda: 1.0)
    endings = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",), "gauge": ("",)}
    told = {f"{one.name}{ending}" for one in Figures().collect() for ending in endings[one.type]}
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    board = json.loads((DEPLOY / "grafana" / "dylumo.json").read_text())
    asked = [rule["expr"] for rule in rules] + [one["expr"] for panel in board["panels"] for one in panel["targets"]]
    named = {name for expression in asked for name in re.findall(r"dylumo_\w+", expression)}
    assert named <= told, named - told
    assert told - named <= {name for name in told if name.endswith(("_sum", "_count"))}, "told, and looked at nowhere"
    for rule in rules:
        assert f"`{rule['alert']}`" in DOCS, f"{rule['alert']} asks for something that no page tells"


def test_caddy_leaves_nobody_in_to_what_is_the_owners() -> None:
    text = (DEPLOY / "Caddyfile").read_text()
    assert "path /metrics" in text and "respond @own 404" in text and "health_uri /health/web/" in text
    assert text.count("{") == text.count("}")
