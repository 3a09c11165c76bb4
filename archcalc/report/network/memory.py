"""Memory as a table with its totals below, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.analysis.fold import FoldedRow
from archcalc.analysis.memory.kv_cache import KvCache
from archcalc.analysis.memory.memory import Fit, Memory, MemoryRow, MemorySetting
from archcalc.analysis.memory.recipe import Recipe
from archcalc.analysis.memory.training import RULE, TrainingRun
from archcalc.core.units import hundredths
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.version import __version__

_COLUMNS = (
    Column("Layer (type)", "layer"),
    Column("Output Shape", "output", drop=1),
    Column("Weights (B)", "weight_bytes", True, drop=2),
    Column("Activations (B)", "activation_bytes", True),
    Column("In memory (B)", "alive_bytes", True),
)
_NAMED = 5
"""Values at the peak that are named; the largest."""


def memory_table(memory: Memory, rows: Sequence[FoldedRow]) -> Table:
    """A row a layer or folded group; what is in memory is the most of its layers, the rest their sum."""
    by_name = {row.name: row for row in memory.rows}
    return Table(
        title=f"{memory.spec}: memory",
        columns=_COLUMNS,
        rows=tuple(_row(row, [by_name[layer.name] for layer in row.layers]) for row in rows),
        footer=tuple((label, in_words(value)) for label, value in _totals(memory))
        + _fitting(memory.setting, memory.fit)
        + _run(memory.run)
        + _cache(memory.cache),
        notes=(*_notes(memory), *_recipe(memory.recipe), *((RULE,) if memory.run else ())),
        provenance=_provenance(memory),
    )


def memory_rows(memory: Memory) -> Table:
    """A row a layer, none folded."""
    columns = (Column("Layer", "name"), *_COLUMNS[2:])
    rows = tuple((row.name, row.weight_bytes, row.activation_bytes, row.alive_bytes) for row in memory.rows)
    return Table("", columns, rows)


def memory_json(memory: Memory) -> str:
    """`archcalc/memory/1`: bytes only."""
    setting = memory.setting
    return document(
        "archcalc/memory/1",
        {
            "spec": memory.spec,
            "input": dict(memory.inputs) if len(memory.inputs) > 1 else memory.inputs[0][1],
            "batch": setting.batch,
            "dtype": setting.dtype,
            "optimizer": setting.optimizer,
            "inplace": setting.inplace,
            "fused_norm": setting.fused_norm,
            "totals": {
                "param_bytes": memory.param_bytes,
                "buffer_bytes": memory.buffer_bytes,
                "input_bytes": memory.input_bytes,
                "activation_bytes": memory.activation_bytes,
                "activation_bytes_by_convention": dict(memory.by_convention),
                "peak_activation_bytes": memory.peak_bytes,
                "inference_bytes": memory.inference_bytes,
                "training_bytes": memory.training_bytes,
            },
            "peak": {"layer": memory.peak_layer, "values": dict(memory.peak_values)},
            "training": _training(memory),
            "fit": _fit(memory.fit),
            "run": _run_entry(memory.run),
            "recipe": _recipe_entry(memory.recipe),
            "kv_cache": _cache_entry(memory.cache),
            "layers": [
                {
                    "name": row.name,
                    "weight_bytes": row.weight_bytes,
                    "activation_bytes": row.activation_bytes,
                    "alive_bytes": row.alive_bytes,
                }
                for row in memory.rows
            ],
        },
    )


def _cache(cache: KvCache | None) -> tuple[tuple[str, str], ...]:
    if cache is None:
        return ()
    return (
        ("KV cache (B)", f"{in_words(cache.bytes)} of {cache.context:,} tokens in {cache.layers} layers"),
        ("KV cache of a token (B)", in_words(cache.bytes_per_token)),
    )


def _cache_entry(cache: KvCache | None) -> dict[str, int] | None:
    if cache is None:
        return None
    return {
        "context": cache.context, "layers": cache.layers, "bytes_per_token": cache.bytes_per_token,
        "bytes": cache.bytes,
    }  # fmt: skip


def in_words(bytes_: int) -> str:
    """`553,430,176 (527.79 MiB)`."""
    for unit, size in (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if bytes_ >= size:
            return f"{bytes_:,} ({hundredths(bytes_, size)} {unit})"
    return f"{bytes_:,}"


def _row(row: FoldedRow, layers: Sequence[MemoryRow]) -> tuple[Cell, ...]:
    return (
        f"{row.name} ({row.label})",
        row.output,
        sum(layer.weight_bytes for layer in layers),
        sum(layer.activation_bytes for layer in layers),
        max(layer.alive_bytes for layer in layers),
    )


def _totals(memory: Memory) -> list[tuple[str, int]]:
    counted = memory.activation_bytes
    lines = [
        ("Params (B)", memory.param_bytes),
        ("Input (B)", memory.input_bytes),
        ("Activations (B)", memory.activation_bytes),
        *((f"Activations, {name} (B)", bytes_) for name, bytes_ in memory.by_convention if bytes_ != counted),
        ("Peak in memory (B)", memory.peak_bytes),
        ("Inference: weights + peak (B)", memory.inference_bytes),
    ]
    if memory.buffer_bytes:
        lines.insert(1, ("Buffers (B)", memory.buffer_bytes))
    if memory.training is None or memory.training_bytes is None:
        return lines
    kept = memory.training
    return [
        *lines,
        ("Training: weights (B)", memory.weight_bytes),
        ("Training: gradients (B)", kept.gradient_bytes),
        (f"Training: state of {memory.setting.optimizer} (B)", kept.optimizer_bytes),
        ("Training: saved activations (B)", kept.saved_bytes),
        *([("Training: frozen layers in passing (B)", kept.passing_bytes)] if kept.passing_bytes else []),
        ("Training: sum (B)", memory.training_bytes),
    ]


def _fitting(setting: MemorySetting, fit: Fit | None) -> tuple[tuple[str, str], ...]:
    if fit is None:
        return ()
    lines = [("Largest batch, inference", _batch(fit.inference_batch))]
    if fit.training_batch is not None:
        lines.append((f"Largest batch, training with {setting.optimizer}", _batch(fit.training_batch)))
    return (("Memory to fit in (B)", in_words(fit.budget_bytes)), *lines)


def _run(run: TrainingRun | None) -> tuple[tuple[str, str], ...]:
    """A training in lines: its steps, then its operations."""
    if run is None:
        return ()
    smaller = f", the last of {_examples(run.last_batch)}" if run.last_batch != run.batch else ""
    epochs = f" in {run.epochs:,} {'epoch' if run.epochs == 1 else 'epochs'}" if run.epochs is not None else ""
    forward, backward = run.forward_macs, run.backward_macs
    return (
        ("Steps an epoch", f"{run.steps_per_epoch:,} of {_examples(run.batch)} ({run.examples:,} in all){smaller}"),
        ("Steps", f"{run.steps:,}{epochs}"),
        ("MACs of an example, forward", f"{forward:,}"),
        ("MACs of an example, backward", f"{backward:,}{_of(backward, forward)}"),
        ("MACs of a step", f"{(forward + backward) * run.batch:,}"),
        ("MACs of the training", f"{run.macs:,} ({run.macs:.3g})"),
        ("FLOPs of the training", f"{2 * run.macs:,} ({2 * run.macs:.3g})"),
    )


def _examples(count: int) -> str:
    return f"{count:,} {'example' if count == 1 else 'examples'}"


def _of(part: int, whole: int) -> str:
    return f" ({part / whole:.3f}x forward)" if whole else ""


def _recipe(recipe: Recipe | None) -> tuple[str, ...]:
    if recipe is None:
        return ()
    said = ", ".join(f"{word.replace('_', ' ')} {value}" for word, value in recipe.settings)
    return (f"recipe: {said}" + (f" ({recipe.source})" if recipe.source else ""),)


def _batch(examples: int) -> str:
    return f"{examples:,}" if examples else "none: one example does not fit"


def _notes(memory: Memory) -> tuple[str, ...]:
    largest = sorted(memory.peak_values, key=lambda pair: -pair[1])
    names = [f"{name} {bytes_:,}" for name, bytes_ in largest[:_NAMED]]
    rest = sum(bytes_ for _, bytes_ in largest[_NAMED:])
    names += [f"{len(largest) - _NAMED} others {rest:,}"] if rest else []
    notes = [f"the peak is at {memory.peak_layer}: {' + '.join(names)}"]
    if memory.training is None:
        notes.append(f"{memory.setting.dtype} is not trained: no figures for training")
    return tuple(notes)


def _provenance(memory: Memory) -> str:
    setting = memory.setting
    inputs = ", ".join(f"{name} {shape}" for name, shape in memory.inputs)
    modes = [word for word, on in (("in place", setting.inplace), ("fused norm", setting.fused_norm)) if on]
    return " · ".join([f"archcalc {__version__}", memory.spec, inputs, f"batch {setting.batch}", setting.dtype, *modes])


def _training(memory: Memory) -> dict[str, Any] | None:
    if memory.training is None:
        return None
    kept = memory.training
    return {
        "weight_bytes": memory.weight_bytes,
        "gradient_bytes": kept.gradient_bytes,
        "optimizer_bytes": kept.optimizer_bytes,
        "saved_activation_bytes": kept.saved_bytes,
        "passing_activation_bytes": kept.passing_bytes,
    }


def _fit(fit: Fit | None) -> dict[str, Any] | None:
    if fit is None:
        return None
    return {
        "budget_bytes": fit.budget_bytes,
        "inference_batch": fit.inference_batch,
        "training_batch": fit.training_batch,
    }


def _recipe_entry(recipe: Recipe | None) -> dict[str, str] | None:
    return None if recipe is None else {**dict(recipe.settings), "source": recipe.source}


def _run_entry(run: TrainingRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "examples": run.examples,
        "epochs": run.epochs,
        "batch": run.batch,
        "steps_per_epoch": run.steps_per_epoch,
        "last_batch": run.last_batch,
        "steps": run.steps,
        "forward_macs": run.forward_macs,
        "backward_macs": run.backward_macs,
        "macs": run.macs,
        "flops": 2 * run.macs,
        "rule": RULE,
    }
