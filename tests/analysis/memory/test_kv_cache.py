"""Keys and values that generating text keeps: 2 · layers · features of K · tokens · bytes."""

from __future__ import annotations

import json

import pytest

import archcalc
from archcalc.errors import UsageError


@pytest.mark.parametrize(
    ("name", "layers", "per_token", "context", "dtype", "total"),
    [
        # GPT-2: 12 layers of width 768; 2 * 12 * 768 numbers
        ("gpt2", 12, 2 * 12 * 768 * 4, 1024, "float32", 2 * 12 * 768 * 4 * 1024),
        # Llama 2 7B in float16: 0.5 MiB a token, 2 GiB for 4,096 (Kwon et al. 2023, section 1, of a 13B: 800 KB)
        ("llama2_7b", 32, 1 << 19, 4096, "float16", 1 << 31),
        # Qwen2.5-0.5B: 24 layers, 2 heads of 64
        ("qwen2_5_0_5b", 24, 2 * 24 * 128 * 2, 32768, "float16", 2 * 24 * 128 * 2 * 32768),
        # Mixtral: 32 layers, 8 heads of 128
        ("mixtral_8x7b", 32, 2 * 32 * 1024 * 2, 4096, "float16", 2 * 32 * 1024 * 2 * 4096),
    ],
)
def test_published_sizes(name, layers, per_token, context, dtype, total):
    cache = archcalc.load(name).memory(dtype=dtype, optimizer="sgd", kv_cache=True, context=context).cache
    assert (cache.layers, cache.bytes_per_token, cache.context, cache.bytes) == (layers, per_token, context, total)


def test_a_batch_and_the_length_of_the_input():
    cache = archcalc.load("gpt2").memory(batch=3, kv_cache=True).cache
    tokens = archcalc.load("gpt2").graph.inputs[0][1][0]
    assert (cache.context, cache.bytes) == (tokens, 3 * tokens * cache.bytes_per_token)


def test_an_attention_to_a_memory_keeps_the_memorys_tokens():
    # FLAN-T5 small: 8 layers of the decoder ask 512 tokens of the source, and 8 their own, each of 384 features; the
    # encoder's are worked out once
    cache = archcalc.load("flan_t5_small").memory(kv_cache=True, context=10).cache
    assert cache.bytes == 2 * 384 * 4 * (8 * 10 + 8 * 512)


def test_as_the_command_tells_it(capsys):
    from archcalc.cli.main import main

    assert main(["memory", "llama2_7b", "--kv-cache", "--context", "4096", "--dtype", "float16", "--depth", "1"]) == 0
    out = capsys.readouterr().out
    assert "KV cache (B):" in out
    assert "2,147,483,648 (2.00 GiB) of 4,096 tokens in 32 layers" in out
    assert main(["memory", "gpt2", "--kv-cache", "-f", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["kv_cache"]["layers"] == 12


@pytest.mark.parametrize(
    ("name", "asked", "message"),
    [
        ("alexnet", {"kv_cache": True}, "alexnet has no attention whose keys and values could be kept"),
        ("bert_base", {"kv_cache": True}, "bert_base has no attention whose keys and values could be kept"),
        ("gpt2", {"kv_cache": True, "context": 0}, "a context has at least 1 token, got 0"),
        ("gpt2", {"context": 10}, "context goes with kv-cache"),
    ],
)
def test_what_is_refused(name, asked, message):
    with pytest.raises(UsageError, match=message):
        archcalc.load(name).memory(**asked)
