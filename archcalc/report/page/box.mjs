// Boxes, stacks and rows, as archcalc/report/drawing/box.py and spread.py have them.

import { route } from "./route.mjs";

export const SPACING = { gap: 18, lead: 8, track: 7, tail: 12, across: 16, lane: 14, close: 4, main: 2.5 };

export const port = (x, value, room = 0, passes = false) => ({ x, value, room, passes });
export const moved = (ports, x) => (x ? ports.map((p) => ({ ...p, x: p.x + x })) : ports);
export const straight = (value, x, top, bottom) => ({ value, points: [[x, top], [x, bottom]], arrow: false });

export function movedWire(wire, dx, dy) {
  return { value: wire.value, points: wire.points.map(([x, y]) => [x + dx, y + dy]), arrow: wire.arrow };
}

export function box(width, height, entry, exit, ins, outs, order, more = {}) {
  return { width, height, entry, exit, ins, outs, order, children: [], wires: [], leaf: null, frame: null, rows: [], ...more };
}

export function lane(value, order = Infinity) {
  const middle = SPACING.lane / 2;
  return box(SPACING.lane, 0, middle, middle, [port(middle, value, 0, true)], [port(middle, value)], order);
}

export function stack(boxes, at = null) {
  if (at === null) {
    boxes = boxes.flatMap((b) => (b.rows.length ? b.rows : [b]));
    at = [0];
    for (let i = 1; i < boxes.length; i++) at.push(at[i - 1] + boxes[i - 1].exit - boxes[i].entry);
  }
  const left = Math.min(...at);
  at = at.map((x) => x - left);
  const children = [];
  const wires = [];
  let y = 0;
  boxes.forEach((b, i) => {
    children.push([b, at[i], y]);
    y += b.height;
    if (i + 1 < boxes.length) {
      const outs = moved(b.outs, at[i]);
      const ins = moved(boxes[i + 1].ins, at[i + 1]);
      const [height, between] = route(outs, ins, SPACING.gap, SPACING.lead, SPACING.track, SPACING.tail);
      for (const wire of between) wires.push(movedWire(wire, 0, y));
      y += height;
    }
  });
  const last = boxes.length - 1;
  return box(
    Math.max(...boxes.map((b, i) => at[i] + b.width)), y, at[0] + boxes[0].entry, at[last] + boxes[last].exit,
    moved(boxes[0].ins, at[0]), moved(boxes[last].outs, at[last]), Math.min(...boxes.map((b) => b.order)),
    { children, wires, rows: boxes },
  );
}

export function row(lanes, at = null) {
  const height = Math.max(...lanes.map((b) => b.height));
  if (at === null) {
    at = [];
    let x = 0;
    lanes.forEach((b, i) => {
      x += i ? apart(lanes[i - 1], b) : 0;
      at.push(x);
      x += b.width;
    });
  }
  const placed = lanes.map((b, i) => [at[i], b]);
  const [a, z] = axis(placed);
  const wires = placed.flatMap(([x, b]) =>
    b.height < height ? b.outs.map((p) => straight(p.value, x + p.x, b.height, height)) : [],
  );
  return box(
    Math.max(...placed.map(([x, b]) => x + b.width)), height,
    Math.floor((a[0] + a[1].entry + z[0] + z[1].entry) / 2), Math.floor((a[0] + a[1].exit + z[0] + z[1].exit) / 2),
    placed.flatMap(([x, b]) => moved(b.ins, x)), placed.flatMap(([x, b]) => moved(b.outs, x)),
    Math.min(...lanes.map((b) => b.order)), { children: placed.map(([x, b]) => [b, x, 0]), wires },
  );
}

export const apart = (one, other) => (!one.height || !other.height ? SPACING.close : SPACING.across);

function axis(placed) {
  let real = placed.filter(([, b]) => b.height);
  if (!real.length) real = placed;
  const tall = [...real].sort((a, b) => b[1].height - a[1].height);
  if (tall.length > 1 && tall[0][1].height > SPACING.main * tall[1][1].height) return [tall[0], tall[0]];
  if (real.length % 2) return [real[(real.length - 1) / 2], real[(real.length - 1) / 2]];
  return [real[0], real[real.length - 1]];
}

export function spread(wanted, weights, distances) {
  const offsets = [0];
  for (const d of distances) offsets.push(offsets[offsets.length - 1] + d);
  const pools = [];
  wanted.forEach((want, i) => {
    let pool = [want - offsets[i], weights[i], 1];
    while (pools.length && pools[pools.length - 1][0] > pool[0] - 1e-9) {
      const [mean, before, count] = pools.pop();
      const total = before + pool[1];
      pool = [(mean * before + pool[0] * pool[1]) / total, total, count + pool[2]];
    }
    pools.push(pool);
  });
  const means = pools.flatMap(([mean, , count]) => Array(count).fill(mean));
  return means.map((mean, i) => mean + offsets[i]);
}

// Half to even, as Python rounds.
export function rounded(x) {
  const low = Math.floor(x);
  const rest = x - low;
  return rest === 0.5 ? (low % 2 ? low + 1 : low) : Math.round(x);
}

export function inversions(order) {
  if (order.length < 2) return [0, order];
  const middle = order.length >> 1;
  const [a, left] = inversions(order.slice(0, middle));
  const [b, right] = inversions(order.slice(middle));
  let count = a + b;
  const merged = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    if (left[i] <= right[j]) merged.push(left[i++]);
    else {
      merged.push(right[j++]);
      count += left.length - i;
    }
  }
  return [count, [...merged, ...left.slice(i), ...right.slice(j)]];
}
