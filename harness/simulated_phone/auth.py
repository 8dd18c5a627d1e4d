"""The phone's side of ADB authentication: a random token, and whether a known key signed it.

Source of the key format: system/core, `libcrypto_utils/android_pubkey.cpp`.
"""

from __future__ import annotations

import base64
import binascii
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

__all__ = ["TOKEN_BYTES", "parse_public_key", "signed_by"]

TOKEN_BYTES = 20
_MODULUS_BYTES = 256
_KEY = struct.Struct(f"<II{_MODULUS_BYTES}s{_MODULUS_BYTES}sI")


def parse_public_key(payload: bytes) -> RSAPublicKey | None:
    """The key in an AUTH message: Android's structure in base64, a space, a name. None where it is none."""
    encoded = payload.rstrip(b"\0").split(b" ", 1)[0]
    try:
        words, _, modulus, _, exponent = _KEY.unpack(base64.b64decode(encoded, validate=True))
        if words * 4 != _MODULUS_BYTES:
            return None
        return RSAPublicNumbers(exponent, int.from_bytes(modulus, "little")).public_key()
    except (binascii.Error, struct.error, ValueError):
        return None


def signed_by(key: RSAPublicKey, token: bytes, signature: bytes) -> bool:
    """Whether the key's owner signed the token (taken as a SHA-1 digest, as adb does)."""
    try:
        key.verify(signature, token, PKCS1v15(), Prehashed(hashes.SHA1()))
    except InvalidSignature:
        return False
    return True
