"""The secret that variants are drawn with: from a file or the environment, never an option's value, never printed."""

from __future__ import annotations

import os
from pathlib import Path

from archcalc.errors import UsageError

VARIABLE = "ARCHCALC_SECRET"
SHORTEST = 16
LARGEST = 4096


def secret_of(file: Path | None) -> bytes | None:
    """The secret of a file, else of the environment; None where there is neither. Raises UsageError."""
    if file is None:
        said = os.environ.get(VARIABLE, "").strip()
        return _long_enough(os.fsencode(said), VARIABLE) if said else None
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"the secret file {file} cannot be read: {error.strerror}") from None
    if len(data) > LARGEST:
        raise UsageError(f"the secret file {file} is larger than {LARGEST:,} bytes")
    return _long_enough(data.strip(), str(file))


def _long_enough(secret: bytes, source: str) -> bytes:
    if len(secret) < SHORTEST:
        help = "make one: python -c 'import secrets; print(secrets.token_hex())'"
        raise UsageError(f"the secret of {source} is shorter than {SHORTEST} bytes", help=help)
    return secret
