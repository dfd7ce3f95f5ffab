"""Secrets at rest, and the tokens that we hand out."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from hub.contract.errors import BadSetting

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe())


class Safe:
    """Seals small mappings of texts; opens what any of its keys has sealed."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take the keys, newest first; any text will do, long random ones are good."""
        self._keys = [_stretch(key) for key in keys]
        self._fernet = MultiFernet([Fernet(key) for key in self._keys])

    def seal(self, secret: Mapping[str, str]) -> bytes:
        """Make *secret* unreadable without the key."""
        return self._fernet.encrypt(json.dumps(dict(secret)).encode())

    def open(self, sealed: bytes) -> dict[str, str]:
        """Give back what was sealed (nothing: nothing); raises BadSetting when no key fits."""
        if not sealed:
            return {}
        try:
            found: dict[str, str] = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise BadSetting(
                "HUB_SECRET_KEY does not open the stored secrets: "
                "give the key that they were sealed with"
            ) from None
        return found

    def proof(self, text: str) -> str:
        """A proof that we wrote *text*, for links that must work without signing in."""
        return _proof(self._keys[0], text)

    def is_proof(self, text: str, proof: str) -> bool:
        """Whether *proof* is ours, by any of the keys."""
        return any(hmac.compare_digest(_proof(key, text), proof) for key in self._keys)


def _proof(key: bytes, text: str) -> str:
    digest = hmac.digest(key, b"proof\0" + text.encode(), "sha256")
    return base64.urlsafe_b64encode(digest)[:32].decode()


def _stretch(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())


def new_token(prefix: str = "") -> str:
    """An unguessable token, 256 bits."""
    return prefix + secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """What is stored of a token: enough to recognise it, useless to a thief."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Argon2id with the library's present parameters."""
    return _HASHER.hash(password)


def check_password(hashed: str | None, password: str) -> bool:
    """Whether *password* fits; takes as long for nobody as for somebody."""
    try:
        return _HASHER.verify(hashed or _NOBODY, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False
