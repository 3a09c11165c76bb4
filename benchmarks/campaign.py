"""Broken input by the million: whatever stands in a file, there is a result or a sentence, in 2 s and 500 MB.

Every trial changes a good file by chance and gives it to archcalc as a user would. An exception, exit code 70 (a bug of
archcalc), more than 2 s of processor time or 500 MB of memory is a fault; it is printed with the name of its trial.

Run: python benchmarks/campaign.py [--trials SUBJECT=N ...] [--every N] [--jobs N] [--seed N]
     python benchmarks/campaign.py --replay specs:1234      the input of one trial, and what comes of it
Without --trials: 1,000,000 specs, and 100,000 each of sheets, assignments, submissions, weights and images; --every N
takes one in N of that. Exit code 1 where there was a fault.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO, StringIO
from multiprocessing import get_context
from pathlib import Path

SECONDS, MEGABYTES = 2.0, 500
HANG = 60
"""Seconds after which a trial is ended."""
BUG = 70
BLOCK = 200
"""Trials that a worker takes at once."""

ROOT = Path(__file__).parents[1]
FULL = {
    "specs": 1_000_000, "sheets": 100_000, "assignments": 100_000, "submissions": 100_000, "weights": 100_000,
    "images": 100_000,
}  # fmt: skip

WORDS = [
    *("conv", "add", "concat", "chunk", "split", "lstm", "squeeze_excitation", "in", "prev", "in.c", "prev.h"),
    *("from=", "when=", "repeat=3", "share=", "as=x1", "first.stride=2", "last.act=none", "op:", "layers:", "crop"),
    *("0", "-1", "3x3", "999999999999", "1/0", "0.5", "1e400", "yes", "none", "same", "(", ")", "[", "]", "{", "}"),
    *(":", ",", "=", "==", "*", "//", "'", '"', "#", "|", "&a", "*a", "!t", "---", "\t", "é", "\u200b", "\0", "\u202e"),
    *(
        "answers:",
        "work:",
        "of:",
        "params",
        "macs",
        "rf",
        "conv1.out",
        "61,706",
        "~60M",
        "5*5*6+1",
        "²",
        "×",
        "1x2x3x4",
    ),
    *("10**30", "9" * 400, "a" * 300, "points: 3", "vary:", "follow:", "accept:", "$k", "3..9", "<= 20K", "expect:"),
]
NUMBERS = ["0", "1", "2", "3", "5", "7", "16", "64", "224", "1000", "65536", "10000000", "1000000000000000"]
KINDS = [
    *("conv", "depthwise_conv", "conv_transpose", "linear", "max_pool", "avg_pool", "global_avg_pool", "batch_norm"),
    *("layer_norm", "relu", "softmax", "flatten", "add", "concat", "multiply", "matmul", "embedding", "lstm", "gru"),
    *("multihead_attention", "window_attention", "pixel_shuffle", "upsample", "pad", "crop", "slice", "split", "chunk"),
    *("stride", "padding", "dilation", "groups", "bias", "kernel_size", "ceil_mode", "act", "norm", "repeat", "when"),
]
CHANGES = [1, 1, 1, 2, 2, 3, 4]
"""How many changes a good file gets; one change reaches deepest."""
BYTES = [b"\0", b"\xff", b"\xff" * 8, b"\0" * 8, b"PK\x03\x04", b"{", b'"', b"\x80\x04", b"1" * 20, b"-1", b"1e999"]


class Hung(Exception):
    """A trial that does not end."""


# -- changing what is good -------------------------------------------------------------------------------------------


def mutated_text(rng: random.Random, text: str, lines: list[str]) -> str:
    """A text with lines deleted, doubled or taken from elsewhere, and words and characters put in."""
    own = text.split("\n")
    for _ in range(rng.choice(CHANGES)):
        index = rng.randrange(len(own))
        line = own[index]
        at = rng.randint(0, len(line))
        own[index : index + 1] = rng.choice(
            [
                [another(rng, r"\d+", line, NUMBERS)],
                [another(rng, r"[a-z_]{3,}", line, KINDS)],
                [another(rng, r"[\w.=]+", line, rng.choice(lines).split() or ["a"])],
                [],
                [line, line],
                [rng.choice(lines)],
                [line[:at] + line[at + 1 :]],
                [line[:at] + rng.choice(WORDS) + line[at:]],
                [line[:at] + " " + rng.choice(WORDS) + " " + line[at:]],
                [line[:at] + chr(rng.choice([rng.randrange(32, 127), rng.randrange(0xD800)])) + line[at:]],
                [" " * rng.randint(0, 9) + line.strip()],
                [line[: at // 2] + line[at:]],
            ]
        ) or [""]
    return "\n".join(own)


def another(rng: random.Random, pattern: str, line: str, words: list[str]) -> str:
    """The line with one of its words (or numbers) replaced."""
    found = list(re.finditer(pattern, line))
    if not found:
        return line
    place = rng.choice(found)
    return line[: place.start()] + rng.choice(words) + line[place.end() :]


def mutated_bytes(rng: random.Random, data: bytes) -> bytes:
    """A file with bytes changed, cut, doubled and put in."""
    own = bytearray(data)
    for _ in range(rng.choice(CHANGES)):
        at, to = sorted((rng.randrange(len(own) + 1), rng.randrange(len(own) + 1)))
        near = min(to, at + 16)
        kind = rng.randrange(7)
        if kind == 0 and at < len(own):
            own[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and at < len(own):
            own[at] = rng.randrange(256)
        elif kind == 2:
            del own[at:near]
        elif kind == 3:
            own[at:at] = rng.choice(BYTES)
        elif kind == 4:
            own[at:at] = own[at:near]
        elif kind == 5 and len(own) > 8:
            own[at : at + 4] = rng.choice([b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\0\0\1\0", rng.randbytes(4)])
        elif rng.random() < 0.3:
            del own[to:]
        own = own or bytearray(b"\0")
    return bytes(own)


# -- the trials: each makes an input by chance and says what came of it ---------------------------------------------


@cache
def texts(*patterns: str) -> tuple[list[str], list[str]]:
    """The texts of some files of the checkout, and all their lines."""
    found = [path.read_text(encoding="utf-8") for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return found, sorted({line for text in found for line in text.splitlines()})


def command(*arguments: str) -> str:
    """Run archcalc in this process. Returns what came of it; raises where that is a bug."""
    from archcalc.cli.main import main
    from archcalc.cli.session import Session

    out, err = StringIO(), StringIO()
    code = main(list(arguments), Session(out, err, terminal=False, color=False))
    if code == BUG:
        raise AssertionError(err.getvalue())
    return f"exit {code}"


def specs(rng: random.Random, folder: Path) -> tuple[bytes, Callable[[], str]]:
    """A spec; loaded, summed up and checked, every hundredth through the command line."""
    _, lines = texts("tests/cases/**/*.yaml", "specs/*.yaml")
    found, _ = texts(rng.choice(["tests/cases/valid/*.yaml", "tests/cases/invalid/*.yaml", "specs/*.yaml"]))
    text = mutated_text(rng, rng.choice(found), lines)
    data = text.encode("utf-8", "surrogatepass")
    if rng.randrange(100):
        return data, lambda: loaded(text)
    verb = rng.choice(["show", "rf", "memory", "lint", "check", "explain"])  # a run takes what its network takes
    path = written(folder / "net.yaml", data)
    return data, lambda: command(verb, path, *(["a"] if verb == "explain" else []))


def loaded(text: str) -> str:
    """Load a spec and compute it."""
    import archcalc
    from archcalc.errors import ArchcalcError
    from archcalc.report.formats.diagnostics import render

    try:
        network = archcalc.loads(text)
        network.summary()
        network.check()
    except ArchcalcError as error:
        render(error)
        if any(one.place is None and "<spec>" not in one.what for one in error.errors):  # of the whole file, or a place
            raise AssertionError(f"an error without a place: {error}") from None
        return f"exit {error.exit_code}"
    return "exit 0"


def sheets(rng: random.Random, folder: Path) -> tuple[bytes, Callable[[], str]]:
    """An answer sheet, alone or against its assignment."""
    found, lines = texts("specs/homework/submissions/**/*.yaml", "docs/sheet.yaml", "docs/grading/**/*.yaml")
    good = rng.choice(found)
    data = mutated_text(rng, good, lines).encode("utf-8", "surrogatepass")
    path = written(folder / "sheet.yaml", data)
    own = re.search(r'^assignment: "?(\w+)', good, re.MULTILINE)
    files = [file for file in sorted((ROOT / "specs" / "homework").glob("hw*.yaml")) if own and own[1] in file.name]
    extra = ["--assignment", str(files[0])] if files and rng.random() < 0.9 else []
    return data, lambda: command("check", path, *extra)


def assignments(rng: random.Random, folder: Path) -> tuple[bytes, Callable[[], str]]:
    """A teacher's file, checked and keyed."""
    found, lines = texts("specs/homework/hw*.yaml", "docs/quiz/*.yaml")
    data = mutated_text(rng, rng.choice(found), lines).encode("utf-8", "surrogatepass")
    path = written(folder / "hw.yaml", data)
    if rng.randrange(8):
        sheet = str(ROOT / "specs" / "homework" / "submissions" / "hw1" / "s1001.yaml")
        return data, lambda: command("check", sheet, "--assignment", path)
    return data, lambda: command("quiz", "lint", path)


def submissions(rng: random.Random, folder: Path) -> tuple[bytes, Callable[[], str]]:
    """A folder or a zip of a class."""
    found, lines = texts("specs/homework/submissions/hw1/*.yaml")
    names = ["s1.yaml", "s2.csv", "s3/answers.yaml", "s3/net.yaml", "../s4.yaml", "s5.json", "S1.YAML", "s6/notes.txt",
             "a" * 240 + ".yaml", "s\u202e7.yaml", ".hidden.yaml", "s8//answers.yaml", "/s9.yaml"]  # fmt: skip
    chosen = rng.sample(names, rng.randint(1, 4))
    entries = {name: mutated_text(rng, rng.choice(found), lines).encode("utf-8", "surrogatepass") for name in chosen}
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    data = buffer.getvalue() if rng.random() < 0.6 else mutated_bytes(rng, buffer.getvalue())
    path = written(folder / "class.zip", data)
    assignment = str(ROOT / "specs" / "homework" / "hw1_convolution.yaml")
    output = folder / f"out{rng.randrange(10**9)}"
    return data, lambda: command("grade", path, "--assignment", assignment, "--output", str(output), "--jobs", "1")


@cache
def weight_files() -> list[bytes]:
    """The weights of a small net in every format that is read."""
    import numpy as np

    tensors = {"c.weight": np.ones((2, 3, 2, 2), np.float32), "c.bias": np.zeros(2, np.float32),
               "f.weight": np.ones((5, 2), np.float32), "f.bias": np.arange(5, dtype=np.float32)}  # fmt: skip
    stored, deflated = BytesIO(), BytesIO()
    np.savez(stored, **tensors)
    np.savez_compressed(deflated, **tensors)
    return [stored.getvalue(), deflated.getvalue(), _safetensors(tensors), _torch_zip(tensors)]


def _safetensors(tensors: dict) -> bytes:
    import json

    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.tobytes()
        header[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def _torch_zip(tensors: dict) -> bytes:
    """What torch.save writes of a state dict: a pickle that names storages, and a file for each."""
    pickle = b"\x80\x02}("
    for number, (name, tensor) in enumerate(tensors.items()):
        key, size = str(number).encode(), tensor.size
        strides = [stride // 4 for stride in tensor.strides]
        pickle += _text(name.encode()) + b"ctorch._utils\n_rebuild_tensor_v2\n(("
        pickle += _text(b"storage") + b"ctorch\nFloatStorage\n" + _text(key) + _text(b"cpu") + _int(size) + b"tQ"
        pickle += _int(0) + b"(" + b"".join(map(_int, tensor.shape)) + b"t(" + b"".join(map(_int, strides)) + b"t"
        pickle += b"\x89ccollections\nOrderedDict\n)RtR"
    pickle += b"u."
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("net/data.pkl", pickle)
        archive.writestr("net/byteorder", "little")
        for number, tensor in enumerate(tensors.values()):
            archive.writestr(f"net/data/{number}", tensor.tobytes())
        archive.writestr("net/version", "3\n")
    return buffer.getvalue()


def _text(value: bytes) -> bytes:
    return b"X" + len(value).to_bytes(4, "little") + value


def _int(value: int) -> bytes:
    return b"J" + value.to_bytes(4, "little")


def weights(rng: random.Random, folder: Path) -> tuple[bytes, Callable[[], str]]:
    """A file of weights, under every ending."""
    files = weight_files()
    data = mutated_bytes(rng, rng.choice(files))
    path = written(folder / f"w{rng.choice(['.npz', '.safetensors', '.pth', '.pt', '.NPZ', '.bin'])}", data)
    net = written(folder / "net.yaml", b"input: 3x5x7\nlayers: {c: conv 2 2x2, g: global_avg_pool, f: linear 5}\n")
    return data, lambda: command("run", net, "--weights", path)


@cache
def image_files() -> list[tuple[str, bytes]]:
    """A small picture in every format and depth that is read."""
    import numpy as np
    from PIL import Image

    grey = (np.arange(35, dtype=np.uint8).reshape(5, 7) * 7).astype(np.uint8)
    pictures = {
        "L": Image.fromarray(grey), "RGB": Image.fromarray(np.dstack([grey] * 3)),
        "RGBA": Image.fromarray(np.dstack([grey] * 4)), "I;16": Image.fromarray(grey.astype(np.uint16) * 257),
        "F": Image.fromarray(grey.astype(np.float32) / 255),
    }  # fmt: skip
    files = []
    for mode, formats in {"L": "png jpeg gif bmp webp tiff ppm", "RGB": "png jpeg webp tiff ppm", "RGBA": "png webp",
                          "I;16": "png tiff", "F": "tiff"}.items():  # fmt: skip
        for format in formats.split():
            buffer = BytesIO()
            pictures[mode].save(buffer, format)
            files.append((format, buffer.getvalue()))
    array = BytesIO()
    np.save(array, np.ones((3, 5, 7), np.float32))
    return [*files, ("npy", array.getvalue())]


def images(rng: random.Random, folder: Path) -> tuple[bytes, Callable[[], str]]:
    """An image or an array as the input of a run."""
    ending, file = rng.choice(image_files())
    data = mutated_bytes(rng, file)
    path = written(folder / f"x.{ending}", data)
    net = written(folder / "net.yaml", b"input: 3x5x7\nlayers: {g: global_avg_pool}\n")
    return data, lambda: command("run", net, "--input", path, *rng.choice([[], ["--resize"]]))


SUBJECTS = {item.__name__: item for item in (specs, sheets, assignments, submissions, weights, images)}


def written(path: Path, data: bytes) -> str:
    """Write a file. Returns its path."""
    path.write_bytes(data)
    return str(path)


# -- running them ---------------------------------------------------------------------------------------------------


def trial(subject: str, seed: int, index: int, folder: Path) -> tuple[bytes, Callable[[], str]]:
    """One trial; the same whoever runs it."""
    return SUBJECTS[subject](random.Random(f"{seed}:{subject}:{index}"), folder)


def outcome(act: Callable[[], str]) -> tuple[str, str]:
    """What came of a trial, and the fault if it was one."""
    started, memory = time.process_time(), peak()
    signal.alarm(HANG)
    try:
        result = act()
    except Hung:
        return "fault", f"did not end within {HANG} s"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return "fault", "".join(traceback.format_exception(error))[-1500:]
    finally:
        signal.alarm(0)
    seconds, grown = time.process_time() - started, peak() - memory
    if seconds > SECONDS:
        return "fault", f"took {seconds:.1f} s"
    if grown > MEGABYTES:
        return "fault", f"took {grown:,.0f} MB"
    return result, ""


def peak() -> float:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def block(job: tuple[str, int, int, int]) -> tuple[str, Counter[str], list[str]]:
    """Some trials in a row."""
    subject, seed, first, stop = job
    signal.signal(signal.SIGALRM, hang)
    found: Counter[str] = Counter()
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for index in range(first, stop):
            _, act = trial(subject, seed, index, Path(folder))
            result, fault = outcome(act)
            found[result] += 1
            if fault:
                faults.append(f"{subject}:{index}: {fault}")
        os.chdir("/")
    return subject, found, faults


def hang(*_: object) -> None:
    """End a trial."""
    raise Hung


def blocks(trials: dict[str, int], seed: int) -> Iterator[tuple[str, int, int, int]]:
    """The trials in portions."""
    for subject, count in trials.items():
        for first in range(0, count, BLOCK):
            yield subject, seed, first, min(count, first + BLOCK)


def campaign(trials: dict[str, int], seed: int, jobs: int) -> int:
    """Run all and print the counts; Ctrl-C ends it early with those so far. Returns the number of faults."""
    counts: dict[str, Counter[str]] = {subject: Counter() for subject in trials}
    faults = 0
    with get_context("forkserver").Pool(jobs, initializer=uninterrupted, maxtasksperchild=50) as pool:
        try:
            for subject, found, bad in pool.imap_unordered(block, blocks(trials, seed)):
                counts[subject] += found
                faults += len(bad)
                for fault in bad:
                    print(fault, file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            pool.terminate()
            print("interrupted", file=sys.stderr)
    for subject, found in counts.items():
        print(f"{subject:12} {sum(found.values()):>9,}  " + ", ".join(f"{k}: {n:,}" for k, n in sorted(found.items())))
    print(f"seed {seed}: {faults} faults")
    return faults


def uninterrupted() -> None:
    """Leave Ctrl-C to the process that counts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def replay(name: str, seed: int) -> int:
    """Show the input of a trial and what comes of it."""
    subject, _, index = name.partition(":")
    signal.signal(signal.SIGALRM, hang)
    with tempfile.TemporaryDirectory() as folder:
        data, act = trial(subject, seed, int(index), Path(folder))
        sys.stdout.buffer.write(data + b"\n")
        result, fault = outcome(act)
    print(result, fault)
    return 1 if fault else 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", nargs="*", default=[], metavar="SUBJECT=N")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replay")
    given = parser.parse_args()
    if given.replay:
        return replay(given.replay, given.seed)
    asked = {subject: int(count) for subject, _, count in (item.partition("=") for item in given.trials)}
    trials = {subject: max(1, count // given.every) for subject, count in (asked or FULL).items()}
    return 1 if campaign(trials, given.seed, given.jobs) else 0


if __name__ == "__main__":
    sys.exit(main())
