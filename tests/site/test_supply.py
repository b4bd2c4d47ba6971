"""What Dylumo is built of: a lock file in step with the requirements, and a bill of materials."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

from django.core.management import call_command
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bin"))
import install  # noqa: E402

LINE = re.compile(r"(?m)^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:.*?)\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)")


def lines(file: str) -> list[Requirement]:
    text = (ROOT / file).read_text()
    return [Requirement(line) for line in text.splitlines() if line and not line.startswith(("#", "-"))]


def named(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_is_in_step_with_the_requirements_and_has_a_hash_for_each() -> None:
    text = (ROOT / "requirements.lock").read_text()
    found = LINE.findall(text)
    assert len(found) == len(re.findall(r"(?m)^[A-Za-z0-9]", text)), "a package without a hash"
    for wanted in lines("requirements.txt"):
        versions = [version for name, version, _ in found if named(name) == named(wanted.name)]
        assert versions, f"{wanted} is not in requirements.lock: make it again, as its first lines say"
        assert all(map(wanted.specifier.contains, versions)), f"{wanted}: the lock has {versions}"


def test_a_locked_install_leaves_out_only_pytorch_and_its_cuda_packages() -> None:
    every = {named(name) for name, _, _ in LINE.findall((ROOT / "requirements.lock").read_text())}
    kept = {named(name) for name, _, _ in LINE.findall(install.locked(ROOT / "requirements.lock"))}
    gone = every - kept
    assert {"torch", "torchvision", "triton"} <= gone
    assert all(name.startswith(("torch", "triton", "nvidia-", "cuda-")) for name in gone)
    assert {"django", "cryptography", "pillow"} <= kept


def test_the_bill_of_materials_names_every_package_that_is_required() -> None:
    out = io.StringIO()
    call_command("sbom", stdout=out)
    bill = json.loads(out.getvalue())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    found = {one["name"]: one for one in bill["components"]}
    for wanted in lines("requirements.txt"):
        if wanted.marker is None or wanted.marker.evaluate():
            assert wanted.specifier.contains(found[named(wanted.name)]["version"]), wanted
    references = {one["bom-ref"] for one in bill["components"]}
    needs = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    assert references == set(needs) and all(set(there) <= references for there in needs.values())
    assert any(one.startswith("pkg:pypi/asgiref@") for one in needs[f"pkg:pypi/django@{found['django']['version']}"])
