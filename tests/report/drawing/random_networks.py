"""Random nested networks: any earlier layer in sight may be read, groups stand in groups."""

from __future__ import annotations

from random import Random

DEEPEST = 3


def spec(seed: int) -> str:
    """A spec of 3 to 30 top-level layers; layers read up to 3, 6 or 15 back."""
    random = Random(seed)
    size, far = random.randint(3, 30), random.choice((3, 6, 15))
    return "\n".join(["input: 4x8x8", "layers:", *_Body(random, far).lines(2, size, [], 0)])


class _Body:
    def __init__(self, random: Random, far: int) -> None:
        self.random, self.far, self.made = random, far, 0

    def lines(self, indent: int, size: int, outside: list[str], depth: int) -> list[str]:
        written: list[str] = []
        names: list[str] = []
        for _ in range(size):
            self.made += 1
            name, sight = f"l{self.made}", (outside + names)[-self.far :]
            if depth < DEEPEST and self.random.random() < 0.18:
                inside = self.lines(indent + 2, self.random.randint(1, 6), outside + names, depth + 1)
                written += [f"{' ' * indent}{name}:", *inside]
            elif len(sight) > 1 and self.random.random() < 0.4:
                read = self.random.sample(sight, min(len(sight), self.random.choice((2, 2, 2, 3))))
                written.append(f"{' ' * indent}{name}: add {' '.join(read)}")
            else:
                source = f" from={self.random.choice(sight)}" if sight and self.random.random() < 0.5 else ""
                written.append(f"{' ' * indent}{name}: conv 4 1x1{source}")
            names.append(name)
        return written
