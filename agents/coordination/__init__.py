"""Three ways for the same five agents to work together, behind one interface."""

from __future__ import annotations

from agents.coordination import blackboard, hierarchical, peer_to_peer
from agents.coordination.base import Strategy

STRATEGIES: dict[str, Strategy] = {
    "hierarchical": hierarchical.run,
    "peer_to_peer": peer_to_peer.run,
    "blackboard": blackboard.run,
}
