"""A real authorisation server on a local port that plays Spotify, Google and SoundCloud, and their profiles.

It holds clients to the protocol: exact redirect addresses, state, PKCE with S256 (RFC 7636), codes that work once,
refresh tokens that work once where ``rotates`` says so, and each service's own way for the client to name itself. With
``ask`` it shows a page with two buttons, as a person meets it; otherwise ``agree`` decides at once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.local_server import Quiet, answering

CLIENT, SECRET = "client-of-this-copy", "the-client-secret"
SERVICES = ("spotify", "youtube", "soundcloud")


def endpoints_at(origin: str) -> dict[str, dict[str, str]]:
    """For ``settings.OAUTH_ENDPOINTS``; Spotify has no way to end a permission."""
    kinds = ("authorize", "token", "profile", "revoke")
    named = {service: {kind: f"{origin}/{service}/{kind}" for kind in kinds} for service in SERVICES}
    named["spotify"]["revoke"] = ""
    return named


@dataclass
class Grant:
    service: str
    scope: str
    account: str
    challenge: str = ""
    redirect_uri: str = ""


@dataclass
class AuthorizationServer:
    """``account``: who is signed in there; ``granted``: scopes granted instead of those asked for; ``slow``: seconds a
    renewal takes; ``down``: answers 503; ``refuse_profile``: 403 for the profile; ``garbled``: half an answer."""

    account: str = "ada-there"
    agree: bool = True
    ask: bool = False
    granted: str | None = None
    lifetime: int = 3600
    slow: float = 0.0
    down: bool = False
    garbled: bool = False
    refuse_profile: bool = False
    rotates: bool = True
    forget_verifier: bool = False
    codes: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    issued: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)

    def __enter__(self) -> AuthorizationServer:
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"owner": self})
        self.running = answering(handler)
        self.origin = self.running.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.running.__exit__(None, None, None)

    def endpoints(self) -> dict[str, dict[str, str]]:
        return endpoints_at(self.origin)

    def authorize(self, service: str, asked: dict[str, str]) -> str:
        """Where the browser is sent on to, with a code or an error."""
        self.asked.append(asked)
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code" and asked["state"]
        assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
        assert ("scope" in asked) is (service != "soundcloud")
        answer = {"state": asked["state"]}
        if self.agree:
            scope = asked.get("scope", "") if self.granted is None else self.granted
            code = self._new("code")
            self.codes[code] = Grant(service, scope, self.account, asked["code_challenge"], asked["redirect_uri"])
            answer["code"] = code
        else:
            answer["error"] = "access_denied"
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def token(self, service: str, form: dict[str, str], header: str) -> tuple[int, dict[str, Any]]:
        self.requests[form.get("grant_type", "")] += 1
        if not self._known(service, form, header):
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "client_credentials" and service != "youtube":
            return 200, {"access_token": self._new("app"), "token_type": "bearer", "expires_in": 3600}
        if form["grant_type"] == "authorization_code":
            grant = self.codes.pop(form["code"], None)
            verifier = "" if self.forget_verifier else form.get("code_verifier", "")
            digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            if grant and (grant.challenge != digest or grant.redirect_uri != form["redirect_uri"]):
                grant = None
            return (200, self._issue(grant, first=True)) if grant else (400, {"error": "invalid_grant"})
        if form["grant_type"] == "refresh_token":
            time.sleep(self.slow)
            with self.lock:
                known = self.refresh.pop if self.rotates else self.refresh.get
                grant = known(form["refresh_token"], None)
                return (200, self._issue(grant)) if grant else (400, {"error": "invalid_grant"})
        return 400, {"error": "unsupported_grant_type"}

    def profile(self, service: str, header: str) -> tuple[int, dict[str, Any]]:
        scheme, _, token = header.partition(" ")
        grant = self.access.get(token)
        if scheme != ("OAuth" if service == "soundcloud" else "Bearer") or grant is None:
            return 401, {"error": {"status": 401}}
        if self.refuse_profile:
            return 403, {"error": {"status": 403, "message": "user may not be registered"}}
        who = grant.account
        return 200, {
            "spotify": {"account_id": f"acc-{who}", "id": who, "display_name": who.title()},
            "youtube": {"id": f"1{who}", "email": f"{who}@example.org", "verified_email": True, "name": who.title()},
            "soundcloud": {"urn": f"soundcloud:users:{who}", "username": who.title()},
        }[service]

    def end(self, service: str, body: str) -> int:
        token = json.loads(body)["access_token"] if service == "soundcloud" else dict(parse_qsl(body))["token"]
        self.revoked.append(token)
        return 200 if self.access.pop(token, None) or self.refresh.pop(token, None) else 400

    def _known(self, service: str, form: dict[str, str], header: str) -> bool:
        if service == "spotify":
            return header == "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)

    def _issue(self, grant: Grant, first: bool = False) -> dict[str, Any]:
        answer: dict[str, Any] = {"access_token": self._new("access"), "token_type": "bearer"}
        self.access[answer["access_token"]] = grant
        answer |= {"expires_in": self.lifetime} | ({"scope": grant.scope} if grant.scope else {})
        if first or self.rotates:
            answer["refresh_token"] = self._new("refresh")
            self.refresh[answer["refresh_token"]] = grant
        return answer

    def _new(self, kind: str) -> str:
        token = f"{kind}-{secrets.token_hex(16)}"
        self.issued.append(token)
        return token


PAGE = """<!doctype html><html lang="en"><title>Consent</title><h1>Let Dylumo in?</h1>
<a id="agree" href="{}">Agree</a> <a id="deny" href="{}">Deny</a></html>"""


class _Handler(Quiet):
    owner: AuthorizationServer

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        _, service, kind = address.path.split("/")
        asked = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        if kind == "profile":
            self._answer(*self.owner.profile(service, self.headers.get("Authorization", "")))
        elif self.owner.ask and "decided" not in asked:
            page = PAGE.format(f"{self.path}&decided=yes", f"{self.path}&decided=no").encode()
            self._send(200, "text/html", page)
        else:
            self.owner.agree = asked.pop("decided", "yes" if self.owner.agree else "no") == "yes"
            self.send_response(302)
            self.send_header("Location", self.owner.authorize(service, asked))
            self.end_headers()

    def do_POST(self) -> None:
        _, service, kind = urlsplit(self.path).path.split("/")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.owner.down:
            self._send(503, "text/plain", b"busy")
        elif kind == "revoke":
            self._answer(self.owner.end(service, body), {})
        elif self.owner.garbled:
            self._send(200, "application/json", b'{"access_token": 7')
        else:
            self._answer(*self.owner.token(service, dict(parse_qsl(body)), self.headers.get("Authorization", "")))

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
