"""What the manifests for a cluster promise: they name what exists, and give nothing more rights than it needs."""

from __future__ import annotations

import re
import shutil
import subprocess
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import load_command_class
from django.test import Client

from dylumo_site.metrics import Figures
from dylumo_site.ops import presence

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())


def everything() -> Iterator[dict[str, Any]]:
    for file in KUSTOMIZATION["resources"]:
        for one in yaml.safe_load_all((FOLDER / file).read_text()):
            yield from one["items"] if one["kind"] == "List" else [one]


PARTS = {one["metadata"]["name"]: one for one in everything() if one["kind"] in {"Deployment", "Job"}}


def pod(name: str) -> dict[str, Any]:
    told: dict[str, Any] = PARTS[name]["spec"]["template"]["spec"]
    return told


def container(name: str) -> dict[str, Any]:
    (only,) = pod(name)["containers"]
    told: dict[str, Any] = only
    return told


def test_each_part_of_the_split_is_there() -> None:
    assert set(PARTS) == {"dylumo-web", "dylumo-models", "dylumo-default", "dylumo-scheduler", "dylumo-migrate"}
    queues = {container(name)["command"][-1] for name in ("dylumo-models", "dylumo-default")}
    assert queues == {"models", "default"}
    for name, one in PARTS.items():
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert one["spec"].get("selector", {"matchLabels": labels})["matchLabels"] == labels, name


@pytest.mark.parametrize("name", sorted(PARTS))
def test_nothing_has_more_rights_than_it_needs(name: str) -> None:
    one, rights = container(name), pod(name)["securityContext"]
    assert rights["runAsNonRoot"] is True and rights["runAsUser"] > 0
    assert rights["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(name)["automountServiceAccountToken"] is False
    assert one["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert one["resources"]["limits"]["memory"] and one["resources"]["requests"]["cpu"]
    assert {mount["mountPath"] for mount in one["volumeMounts"] if not mount.get("readOnly")} == {"/data", "/tmp"}
    held = {volume["name"] for volume in pod(name)["volumes"]}
    assert {mount["name"] for mount in one["volumeMounts"]} == held


@pytest.mark.parametrize("name", sorted(PARTS))
def test_commands_and_their_options_exist(name: str) -> None:
    python, flag, module, command, *arguments = container(name)["command"]
    assert (python, flag, module) == ("python", "-m", "dylumo_site")
    app = "django.core" if command == "migrate" else "dylumo_site"
    parser = load_command_class(app, command).create_parser("bin/run", command)
    assert isinstance(parser, ArgumentParser) and parser.parse_args(arguments)


@pytest.mark.parametrize("name", sorted(PARTS))
def test_settings_exist_and_secrets_come_from_files(name: str) -> None:
    code = "".join(path.read_text() for room in ("dylumo_site", "core") for path in (ROOT / room).rglob("*.py"))
    known = set(re.findall(r'"((?:DYLUMO_\w+|DATABASE_URL|REDIS_URL))"', code))
    (generated,) = KUSTOMIZATION["configMapGenerator"]
    plain = {line.partition("=")[0] for line in generated["literals"]}
    own = {one["name"]: one["value"] for one in container(name)["env"]}
    assert {setting.removesuffix("_FILE") for setting in (*own, *plain)} <= known
    assert container(name)["envFrom"] == [{"configMapRef": {"name": generated["name"]}}]
    (mount,) = [mount for mount in container(name)["volumeMounts"] if mount.get("readOnly")]
    (kept,) = KUSTOMIZATION["secretGenerator"]
    files = {f"{mount['mountPath']}/{Path(file).name}" for file in kept["files"]}
    assert {value for setting, value in own.items() if setting.endswith("_FILE")} == files
    assert not re.search("SECRET|PASSWORD|TOKEN|DATABASE", " ".join(plain)), "what must not be read is in a file"
    (volume,) = [volume for volume in pod(name)["volumes"] if volume["name"] == mount["name"]]
    assert volume["secret"]["secretName"] == kept["name"]


def test_the_secrets_are_made_and_stay_out_of_images_and_commits(tmp_path: Path) -> None:
    subprocess.run(["sh", str(ROOT / "deploy" / "secrets.sh"), str(tmp_path)], check=True)
    (kept,) = KUSTOMIZATION["secretGenerator"]
    assert {Path(file).name for file in kept["files"]} <= {path.name for path in tmp_path.iterdir()}
    assert "/deploy/kubernetes/secrets/" in (ROOT / ".gitignore").read_text().split()
    assert "deploy/kubernetes/secrets" in (ROOT / ".dockerignore").read_text().split()


@pytest.mark.django_db
def test_probes_ask_where_the_site_answers(client: Client) -> None:
    web = container("dylumo-web")
    (port,) = web["ports"]
    assert port["containerPort"] == 8000, "what DYLUMO_PORT is without being set"
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = web[probe]["httpGet"]
        assert asked["port"] == port["name"]
        told = client.get(asked["path"], headers={"host": "10.1.2.3:8000"})
        assert told.status_code == 200 and told.json() == {"status": "ok"}, "whatever name it is asked by"
    (service,) = [one for one in everything() if one["kind"] == "Service"]
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]
    assert service["spec"]["selector"] == PARTS["dylumo-web"]["spec"]["selector"]["matchLabels"]


@pytest.mark.parametrize("name", ["dylumo-models", "dylumo-default", "dylumo-scheduler"])
def test_who_serves_no_pages_is_known_by_a_file_that_it_touches(name: str, tmp_path: Path) -> None:
    *shell, told = container(name)["livenessProbe"]["exec"]["command"]
    assert container(name)["startupProbe"]["exec"]["command"] == [*shell, told]
    there = re.sub("^find /data", f"find {tmp_path}", told)
    (tmp_path / "run").mkdir()
    assert subprocess.run([*shell, there], check=False).returncode != 0
    (tmp_path / "run" / "models@pod.12345678.alive").touch()
    assert subprocess.run([*shell, there], check=False).returncode == 0
    seconds = re.search(r"-(\d+) seconds", told)
    assert seconds and int(seconds[1]) > 2 * presence.SECONDS


@pytest.mark.django_db
def test_workers_are_scaled_by_a_figure_that_is_told() -> None:
    scalers = [one["spec"] for one in everything() if one["kind"] == "HorizontalPodAutoscaler"]
    assert {one["scaleTargetRef"]["name"] for one in scalers} == {"dylumo-web", "dylumo-models"}
    for one in scalers:
        assert "replicas" not in PARTS[one["scaleTargetRef"]["name"]]["spec"], "applying would undo the scaling"
    (asked,) = [told["external"]["metric"] for one in scalers for told in one["metrics"] if "external" in told]
    (family,) = [one for one in Figures().collect() if one.name == asked["name"]]
    assert asked["selector"]["matchLabels"] in [sample.labels for sample in family.samples]
    (rule,) = yaml.safe_load((FOLDER / "adapter.yaml").read_text())["rules"]["external"]
    assert rule["name"]["as"] == asked["name"] and asked["name"] in rule["metricsQuery"]


def test_restarting_one_after_another_leaves_somebody_there() -> None:
    for name in ("dylumo-web", "dylumo-models", "dylumo-default"):
        assert PARTS[name]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        kept = [one for one in everything() if one["kind"] == "PodDisruptionBudget" and one["metadata"]["name"] == name]
        assert kept and kept[0]["spec"]["selector"] == PARTS[name]["spec"]["selector"]
    grace = container("dylumo-web")["command"]
    pause = int(container("dylumo-web")["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert pod("dylumo-web")["terminationGracePeriodSeconds"] > int(grace[grace.index("--grace") + 1]) + pause
    assert PARTS["dylumo-scheduler"]["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl, which has kustomize in it")
def test_kustomize_makes_of_it_what_is_meant(tmp_path: Path) -> None:
    whole = tmp_path / "kubernetes"
    shutil.copytree(FOLDER, whole, ignore=shutil.ignore_patterns("secrets"))
    subprocess.run(["sh", str(ROOT / "deploy" / "secrets.sh"), str(whole / "secrets")], check=True)
    done = subprocess.run(["kubectl", "kustomize", str(whole)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = list(yaml.safe_load_all(done.stdout))
    assert {one["metadata"]["name"] for one in made if one["kind"] in {"Deployment", "Job"}} == set(PARTS)
    assert all(one["kind"] == "Namespace" or one["metadata"]["namespace"] == "dylumo" for one in made)
