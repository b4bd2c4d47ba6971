"""``sbom``: what this copy is built of, as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/)."""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution, distributions
from typing import Any

from django.core.management.base import BaseCommand

from dylumo_site.version import version


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Prints a software bill of materials: every installed package with its version and licence, as CycloneDX."

    def handle(self, *_: Any, **__: Any) -> None:
        found = {name: one for one in distributions() if (name := _name(one))}
        bill = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {"type": "application", "name": "dylumo", "version": version()}},
            "components": [_component(name, found[name]) for name in sorted(found)],
            "dependencies": [_needs(name, found) for name in sorted(found)],
        }
        self.stdout.write(json.dumps(bill, indent=1))


def _name(one: Distribution) -> str:
    """As PEP 503 spells it."""
    return re.sub(r"[-_.]+", "-", one.metadata["Name"] or "").lower()


def _told(one: Distribution, field: str) -> str:
    return one.metadata[field] if field in one.metadata else ""  # noqa: SIM401 - its type knows no get


def _reference(name: str, one: Distribution) -> str:
    return f"pkg:pypi/{name}@{one.version}"


def _component(name: str, one: Distribution) -> dict[str, Any]:
    told = {"type": "library", "bom-ref": _reference(name, one), "name": name, "version": one.version}
    licence = _told(one, "License-Expression") or _told(one, "License").partition("\n")[0][:200]
    return {
        **told,
        "purl": _reference(name, one),
        **({"licenses": [{"license": {"name": licence}}]} if licence else {}),
    }


def _needs(name: str, found: dict[str, Distribution]) -> dict[str, Any]:
    needed = {re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", line)[0]).lower() for line in found[name].requires or ()}
    there = [_reference(one, found[one]) for one in sorted(needed & set(found))]
    return {"ref": _reference(name, found[name]), "dependsOn": there}
