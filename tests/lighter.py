"""Bundled networks too large to run in a test, with the params and the input under which they run."""

from __future__ import annotations

_SMALL = {"width": 48, "depth": 2, "heads": 4, "vocabulary": 101}

LIGHTER: dict[str, tuple[dict[str, int], str | None]] = {
    "bert_base": (_SMALL, None),
    "flan_t5_small": ({"width": 48, "depth": 2, "heads": 2, "size": 8, "hidden": 64, "vocabulary": 101}, "source=11"),
    "gpt2": (_SMALL, "37"),
    "llama2_7b": ({**_SMALL, "hidden": 64}, "37"),
    "llama2c_15m": ({**_SMALL, "hidden": 64}, "37"),
    "mixtral_8x7b": ({**_SMALL, "kv_heads": 2, "hidden": 64}, "37"),
    "patchgan": ({"base": 4}, None),
    "qwen2_5_0_5b": ({**_SMALL, "kv_heads": 2, "hidden": 64}, "37"),
    "ssd300": ({"base": 4}, None),
    "vnet": ({"base": 4}, "1x16x32x48"),
    "wav2vec2_encoder": ({}, "1x1600"),
    "wavenet": ({"skip": 48, "end": 32}, "256x67"),
    "yolov3": ({}, "3x64x96"),
    "yolov3_tiny": ({}, "3x64x96"),
}
"""Name -> what `--set` and `--input` say; None where the input stays."""
