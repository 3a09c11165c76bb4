// Boxes in ranks, where series and parallel do not do; as archcalc/report/drawing/ranks.py.

import { apart, box, inversions, lane, rounded, row, spread, stack } from "./box.mjs";

const FAR = 1e9;

export function ranked(boxes, before, entering, leaving, doorOut) {
  return new Ranks(boxes, before, entering, leaving, doorOut).joined();
}

class Ranks {
  constructor(boxes, before, entering, leaving, doorOut) {
    const ids = new Map([...boxes.keys()].map((item, i) => [item, i]));
    const maker = (value, sources) => {
      let best = null;
      for (const s of sources ?? [])
        if (boxes.has(s) && boxes.get(s).outs.some((p) => p.value === value))
          if (best === null || boxes.get(s).order > boxes.get(best).order) best = s;
      return best;
    };
    const name = (value, item) => `${value}@${item === null ? "" : ids.get(item)}`;
    const wanted = new Map([...boxes].map(([item, b]) => [
      item, b.ins.map((p) => ({ value: p.value, maker: maker(p.value, before.get(item)) })),
    ]));
    const rank = longestPaths(boxes, wanted, entering.length ? 1 : 0);
    const last = Math.max(...rank.values()) + (leaving.length ? 1 : 0);
    Object.assign(this, { ranks: Array.from({ length: last + 1 }, () => []), boxes: [], where: new Map(), values: [], numbers: new Map(), name });
    for (const value of entering)
      this.where.set(`${name(value, null)}#0`, this.put(0, lane(this.numbered(value, null), -1)));
    for (const [item, b] of [...boxes].sort((a, c) => a[1].order - c[1].order)) {
      const ins = b.ins.map((p, i) => ({ ...p, value: this.numbered(wanted.get(item)[i].value, wanted.get(item)[i].maker) }));
      const outs = b.outs.map((p) => ({ ...p, value: this.numbered(p.value, item) }));
      const number = this.put(rank.get(item), box(b.width, b.height, b.entry, b.exit, ins, outs, b.order, { children: [[b, 0, 0]] }));
      for (const p of b.outs) this.where.set(`${name(p.value, item)}#${rank.get(item)}`, number);
    }
    const until = new Map();
    const note = (value, item, to) => {
      const key = name(value, item);
      const old = until.get(key) ?? { value, item, to: 0 };
      old.to = Math.max(old.to, to);
      until.set(key, old);
    };
    for (const [item, names] of wanted) for (const w of names) note(w.value, w.maker, rank.get(item));
    for (const value of leaving) {
      const item = maker(value, before.get(doorOut));
      note(value, item, 0);
      until.get(name(value, item)).to = this.ranks.length;
    }
    const order = (u) => (u.item === null ? -1 : boxes.get(u.item).order);
    for (const u of [...until.values()].sort((a, b) => order(a) - order(b))) {
      const start = u.item === null ? 0 : rank.get(u.item);
      for (let between = start + 1; between < Math.min(u.to, this.ranks.length); between++)
        this.where.set(
          `${name(u.value, u.item)}#${between}`,
          this.put(between, lane(this.numbered(u.value, u.item), order(u) >= 0 ? order(u) + 0.5 : -1)),
        );
    }
    this.place = Array(this.boxes.length).fill(0);
    this.number();
    this.link();
  }

  numbered(value, item) {
    const key = this.name(value, item);
    if (!this.numbers.has(key)) {
      this.numbers.set(key, this.values.length);
      this.values.push({ value, key });
    }
    return this.numbers.get(key);
  }

  put(rank, b) {
    this.boxes.push(b);
    this.ranks[rank].push(this.boxes.length - 1);
    return this.boxes.length - 1;
  }

  number() {
    for (const numbers of this.ranks) numbers.forEach((n, place) => (this.place[n] = place));
  }

  link() {
    const leaves = new Map();
    this.boxes.forEach((b, n) => b.outs.forEach((p) => leaves.set(`${n}:${p.value}`, p.x)));
    this.segments = [[]];
    this.above = this.boxes.map(() => []);
    this.below = this.boxes.map(() => []);
    for (let rank = 1; rank < this.ranks.length; rank++) {
      const segments = [];
      for (const n of this.ranks[rank])
        for (const p of this.boxes[n].ins) {
          const upper = this.where.get(`${this.values[p.value].key}#${rank - 1}`);
          const weight = !this.boxes[n].height && !this.boxes[upper].height ? 8 : 1;
          segments.push([upper, leaves.get(`${upper}:${p.value}`), n, p.x, weight]);
        }
      this.segments.push(segments);
      for (const [upper, out, lower, into, weight] of segments) {
        this.above[lower].push([upper, out, into, weight]);
        this.below[upper].push([lower, into, out, weight]);
      }
    }
  }

  joined() {
    this.order();
    const at = this.positions();
    this.straighten(at);
    const lefts = this.ranks.map((numbers) => Math.min(...numbers.map((n) => at[n])));
    const rows = this.ranks.map((numbers, r) => row(numbers.map((n) => this.boxes[n]), numbers.map((n) => at[n] - lefts[r])));
    const whole = stack(rows, lefts);
    const own = (things) => things.map((thing) => ({ ...thing, value: this.values[thing.value].value }));
    for (const [child] of whole.children) child.wires = own(child.wires);
    return Object.assign(whole, { ins: own(whole.ins), outs: own(whole.outs), wires: own(whole.wires), rows: [] });
  }

  order() {
    let best = this.crossings();
    let kept = this.ranks.map((numbers) => [...numbers]);
    for (let sweep = 0; sweep < (this.boxes.length < 2000 ? 10 : 4) && best; sweep++) {
      this.sweep(sweep % 2 === 0);
      const crossings = this.crossings();
      if (crossings < best) [best, kept] = [crossings, this.ranks.map((numbers) => [...numbers])];
    }
    this.ranks = kept;
    this.number();
    if (best && this.boxes.length < 600) for (let round = 0; round < 6 && this.swapNeighbours(); round++);
  }

  sweep(down) {
    const near = down ? this.above : this.below;
    for (const numbers of down ? this.ranks.slice(1) : this.ranks.slice(0, -1).reverse()) {
      const middle = new Map(numbers.map((n) => [n, near[n].length
        ? near[n].reduce((sum, [o, x]) => sum + this.port(o, x), 0) / near[n].length : this.place[n]]));
      numbers.sort((a, b) => middle.get(a) - middle.get(b));
      numbers.forEach((n, place) => (this.place[n] = place));
    }
  }

  port(n, x) {
    return this.place[n] + x / (this.boxes[n].width + 1);
  }

  crossings() {
    let total = 0;
    for (const segments of this.segments) {
      const ends = segments.map(([u, out, l, into]) => [this.port(u, out), this.port(l, into)]);
      ends.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      total += inversions(ends.map(([, lower]) => lower))[0];
    }
    return total;
  }

  swapNeighbours() {
    let gained = false;
    for (const numbers of this.ranks)
      for (let i = 0; i + 1 < numbers.length; i++) {
        const [left, right] = [numbers[i], numbers[i + 1]];
        if (this.crossed(left, right) > this.crossed(right, left)) {
          [numbers[i], numbers[i + 1]] = [right, left];
          [this.place[left], this.place[right]] = [i + 1, i];
          gained = true;
        }
      }
    return gained;
  }

  crossed(left, right) {
    let count = 0;
    for (const side of [this.above, this.below])
      for (const [a, x] of side[left]) for (const [b, y] of side[right]) count += this.port(a, x) > this.port(b, y);
    return count;
  }

  apart(left, right) {
    return this.boxes[left].width + apart(this.boxes[left], this.boxes[right]);
  }

  positions() {
    const at = Array(this.boxes.length).fill(0);
    for (const numbers of this.ranks)
      for (let i = 0; i + 1 < numbers.length; i++) at[numbers[i + 1]] = at[numbers[i]] + this.apart(numbers[i], numbers[i + 1]);
    for (let sweep = 0; sweep < (this.boxes.length >= 2000 ? 4 : 8); sweep++) {
      const down = sweep % 2 === 0;
      for (const numbers of down ? this.ranks : [...this.ranks].reverse()) this.move(numbers, at, sweep >= 6, down);
    }
    return at;
  }

  move(numbers, at, both, down) {
    const wanted = [];
    const weights = [];
    for (const n of numbers) {
      const [above, below] = [this.above[n], this.below[n]];
      const near = both ? [...above, ...below] : down ? (above.length ? above : below) : below.length ? below : above;
      const weight = near.reduce((sum, [, , , w]) => sum + w, 0);
      wanted.push(near.length ? near.reduce((sum, [o, x, own, w]) => sum + w * (at[o] + x - own), 0) / weight : at[n]);
      weights.push(weight || 0.1);
    }
    const distances = numbers.slice(1).map((n, i) => this.apart(numbers[i], n));
    spread(wanted, weights, distances).forEach((x, i) => (at[numbers[i]] = rounded(x)));
  }

  straighten(at) {
    const lanes = new Map();
    for (const [key, n] of this.where) {
      if (this.boxes[n].height) continue;
      const [name, rank] = key.split("#");
      if (!lanes.has(name)) lanes.set(name, []);
      lanes.get(name).push([Number(rank), n]);
    }
    for (let round = 0; round < 2; round++)
      for (const parts of [...lanes.values()].sort((a, b) => b.length - a.length)) {
        parts.sort((a, b) => a[0] - b[0]);
        this.straightenOne(parts, at);
      }
  }

  straightenOne(parts, at) {
    let start = 0;
    while (start < parts.length) {
      let [low, high, stop] = [-FAR, FAR, start];
      while (stop < parts.length) {
        const [least, most] = this.room(...parts[stop], at);
        if (Math.max(low, least) > Math.min(high, most)) break;
        [low, high, stop] = [Math.max(low, least), Math.min(high, most), stop + 1];
      }
      if (stop === start) {
        start++;
        continue;
      }
      const xs = parts.slice(start, stop).map(([, n]) => at[n]).sort((a, b) => a - b);
      const middle = xs[Math.floor((stop - start) / 2)];
      for (const [, n] of parts.slice(start, stop)) at[n] = rounded(Math.min(Math.max(middle, low), high));
      start = stop;
    }
  }

  room(rank, n, at) {
    const numbers = this.ranks[rank];
    const place = this.place[n];
    return [
      place ? at[numbers[place - 1]] + this.apart(numbers[place - 1], n) : -FAR,
      place + 1 < numbers.length ? at[numbers[place + 1]] - this.apart(n, numbers[place + 1]) : FAR,
    ];
  }
}

function longestPaths(boxes, wanted, first) {
  const makers = new Map([...wanted].map(([item, names]) => [item, new Set(names.map((w) => w.maker).filter((m) => m !== null))]));
  const readers = new Map([...boxes.keys()].map((item) => [item, []]));
  for (const [item] of [...boxes].sort((a, b) => a[1].order - b[1].order)) for (const m of makers.get(item)) readers.get(m).push(item);
  const open = new Map([...makers].map(([item, found]) => [item, found.size]));
  const rank = new Map([...open].filter(([, count]) => !count).map(([item]) => [item, first]));
  const todo = [...rank.keys()];
  for (let i = 0; i < todo.length; i++)
    for (const reader of readers.get(todo[i])) {
      rank.set(reader, Math.max(rank.get(reader) ?? 0, rank.get(todo[i]) + 1));
      open.set(reader, open.get(reader) - 1);
      if (!open.get(reader)) todo.push(reader);
    }
  for (const item of todo.reverse())
    if (readers.get(item).length && !wanted.get(item).length)
      rank.set(item, Math.max(rank.get(item), Math.min(...readers.get(item).map((r) => rank.get(r))) - 1));
  return rank;
}
