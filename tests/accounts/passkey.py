"""A passkey in software: what a browser and its authenticator answer to a page, by WebAuthn Level 2."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


class Passkey:
    def __init__(self, host: str = "localhost") -> None:
        self.host, self.key, self.id = host, ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
        self.user = ""

    def made(self, asked: dict[str, Any]) -> str:
        """The answer to ``navigator.credentials.create``."""
        self.user = asked["user"]["id"]
        key = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key
        data = self._data(PRESENT | VERIFIED | WITH_KEY) + credential
        told = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        answer = {"attestationObject": websafe_encode(told)}
        return self._answer(answer, self._client("webauthn.create", asked["challenge"]))

    def signed(self, asked: dict[str, Any]) -> str:
        """The answer to ``navigator.credentials.get``."""
        data, client = self._data(PRESENT | VERIFIED), self._client("webauthn.get", asked["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"authenticatorData": data, "signature": signature}
        told: dict[str, Any] = {name: websafe_encode(value) for name, value in answer.items()}
        return self._answer({**told, "userHandle": self.user}, client)

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": f"http://{self.host}"}).encode()

    def _answer(self, response: dict[str, Any], client: bytes) -> str:
        name = websafe_encode(self.id)
        whole = {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {"credProps": {"rk": True}}}
        return json.dumps({**whole, "response": {**response, "clientDataJSON": websafe_encode(client)}})
