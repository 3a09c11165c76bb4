// Wires between two rows of boxes, as archcalc/report/drawing/route.py has them.

const LEVEL = 0.4;
const NEAR = 3;
const SIDE = 6;
const SEARCHED = 40;

export function route(outs, ins, gap, lead, track, tail) {
  const source = new Map(outs.map((port) => [port.value, port.x]));
  const drops = new Map();
  for (const port of ins) {
    if (!source.has(port.value)) continue;
    const from = source.get(port.value);
    const x = port.room ? Math.min(Math.max(from, port.x - port.room), port.x + port.room) : port.x;
    if (!drops.has(port.value)) drops.set(port.value, new Map());
    drops.get(port.value).set(x, !port.passes);
  }
  const bending = [...drops].filter(([value, xs]) => [...xs.keys()].some((x) => Math.abs(x - source.get(value)) > LEVEL));
  const wires = [];
  if (!bending.length) {
    for (const [value, xs] of drops) {
      const x = source.get(value);
      for (const arrow of xs.values()) wires.push({ value, points: [[x, 0], [x, gap]], arrow });
    }
    return [gap, wires];
  }
  const taken = [...drops].flatMap(([value, xs]) => [source.get(value), ...xs.keys()]);
  const nets = untangled(ordered(bending.map(([value, xs]) => net(value, source.get(value), [...xs.keys()]))), taken);
  const tracks = tracksOf(nets);
  const height = Math.max(gap, lead + track * Math.max(...tracks.values()) + tail);
  const second = new Map(nets.filter((n) => n.to !== null).map((n) => [key(n.value, n.to), n.source]));
  for (const [value, xs] of drops) {
    const start = source.get(value);
    const y = lead + track * (tracks.get(key(value, null)) ?? 0);
    for (const [x, arrow] of xs) {
      let points = line(start, x, y, height);
      if (second.has(key(value, x))) {
        const between = second.get(key(value, x));
        const below = lead + track * tracks.get(key(value, x));
        points = [[start, 0], [start, y], [between, y], [between, below], [x, below], [x, height]];
      }
      wires.push({ value, points, arrow });
    }
  }
  return [height, wires];
}

const key = (value, to) => `${value}:${to}`;

function line(source, target, y, height) {
  if (Math.abs(target - source) <= LEVEL) return [[source, 0], [source, height]];
  return [[source, 0], [source, y], [target, y], [target, height]];
}

function net(value, source, targets, to = null) {
  return { value, source, targets, left: Math.min(source, ...targets), right: Math.max(source, ...targets), to };
}

function tracksOf(nets) {
  const track = new Map();
  const placed = [];
  for (const one of nets) {
    let most = -1;
    for (const other of placed)
      if (other.left - SIDE < one.right && one.left - SIDE < other.right)
        most = Math.max(most, track.get(key(other.value, other.to)));
    track.set(key(one.value, one.to), most + 1);
    placed.push(one);
  }
  return track;
}

function ordered(nets) {
  const order = [];
  for (const one of [...nets].sort((a, b) => a.source - b.source || a.right - b.right))
    order.splice(order.length <= SEARCHED ? cheapest(order, one) : order.length, 0, one);
  return order;
}

function cheapest(order, one) {
  let total = order.reduce((sum, other) => sum + cost(one, other), 0);
  let best = total;
  let where = 0;
  order.forEach((other, index) => {
    total += cost(other, one) - cost(one, other);
    if (total < best) [best, where] = [total, index + 1];
  });
  return where;
}

function untangled(nets, taken) {
  const halves = [];
  for (let found = tangle(nets); found; found = tangle(nets)) {
    const [one, target] = found;
    const between = free((one.source + target) / 2, taken);
    taken.push(between);
    const rest = one.targets.filter((x) => x !== target);
    nets = ordered([...nets.filter((other) => other !== one), net(one.value, one.source, [...rest, between])]);
    halves.push(net(one.value, between, [target], target));
  }
  return [...nets, ...halves];
}

function tangle(nets) {
  for (let i = 0; i < nets.length; i++)
    for (let j = i + 1; j < nets.length; j++)
      for (const x of nets[i].targets) if (Math.abs(x - nets[j].source) < NEAR) return [nets[i], x];
  return null;
}

function free(x, taken) {
  for (let step = 1; step < 4 * taken.length + 4; step++)
    for (const place of [x + (step * NEAR) / 2, x - (step * NEAR) / 2])
      if (taken.every((other) => Math.abs(place - other) > NEAR)) return place;
  return x;
}

function cost(above, below) {
  let total = 0;
  if (above.left - 0.5 <= below.source && below.source <= above.right + 0.5)
    total = above.left + 0.5 < below.source && below.source < above.right - 0.5 ? 1 : 5;
  for (const x of above.targets) {
    if (below.left + 0.5 < x && x < below.right - 0.5) total += 1;
    else if (Math.abs(x - below.source) < NEAR) total += 20;
  }
  return total;
}
