// The whole picture: each scope on its own, frames, doors; as archcalc/report/drawing/nest.py and graph.py's sizes.

import { box, movedWire, port, rounded, SPACING, spread, straight } from "./box.mjs";
import { route } from "./route.mjs";
import { composed, DOOR_IN, DOOR_OUT } from "./series.mjs";
import { width } from "./text.mjs";

export const NAME = 11;
export const SMALL = 9.5;
export const HEIGHT = 36;
const [LEAST, MOST, PAD, TITLE, DOOR, DRIFT, SIDE_ROOM] = [92, 190, 10, 20, 12, 20, 12];
const [TITLE_MOST, LABEL_MOST] = [120, 90];

export const shortened = (name) => name.replace(/^[A-Za-z_-]+/, "") || name;
export const runName = (frame) => (frame.times > 1 && width(frame.name, NAME, true) > TITLE_MOST ? shortened(frame.name) : frame.name);
export const labelOf = (leaf) => (leaf.label === leaf.name ? "" : leaf.label);
const same = (a, b) => a.length === b.length && a.every((n, i) => n === b[i]);
export const shapeOf = (leaf) => leaf.shape.join("×") + (same(leaf.shape, leaf.lastShape) ? "" : ` … ${leaf.lastShape[0]}`);

function wanted(leaf, figuresOf) {
  const badge = leaf.times > 1 ? width(`×${leaf.times}`, SMALL, true) + 10 : 0;
  const first = width(leaf.name, NAME, true) + 12 + width(labelOf(leaf), SMALL) + badge + (leaf.family === "group" ? 9 : 0);
  const figures = figuresOf(leaf);
  const second = width(shapeOf(leaf), SMALL) + (figures ? 12 + width(figures, SMALL) : 0);
  return Math.max(first, second) + (leaf.family === "input" ? 28 : 16) + 2;
}

function titleWidth(frame) {
  const badge = frame.times > 1 ? width(`×${frame.times}`, SMALL, true) + 12 : 0;
  const label = frame.label ? 6 + Math.min(width(frame.label, SMALL), LABEL_MOST) : 0;
  return Math.ceil(Math.min(width(runName(frame), NAME, true), TITLE_MOST) + label + 18 + badge);
}

export function layout(shown, figuresOf) {
  return new Nest(shown, figuresOf).finished();
}

class Nest {
  constructor(shown, figuresOf) {
    Object.assign(this, { shown, items: new Map(), edges: new Map(), entering: new Map(), leaving: new Map(), reads: new Map() });
    shown.leaves.forEach((leaf, n) => this.list(this.items, leaf.scope).push(n));
    for (const [name, frame] of shown.frames) this.list(this.items, frame.scope).push(name);
    this.read = new Set(shown.wires.map(([source]) => source));
    this.paths = new Map([["", [""]]]);
    for (const [source, reader] of shown.wires) this.wire(source, reader);
    this.age = Array(shown.leaves.length).fill(0);
    const order = shown.leaves.map((_, n) => n).sort((a, b) => shown.leaves[a].first - shown.leaves[b].first);
    for (const n of order) for (const source of this.reads.get(n) ?? []) this.age[n] = Math.max(this.age[n], this.age[source] + 1);
    this.sizes = new Map();
    for (const items of this.items.values()) {
      const leaves = items.filter((item) => typeof item === "number");
      const widest = Math.max(LEAST, ...leaves.map((n) => Math.min(wanted(shown.leaves[n], figuresOf), MOST)));
      for (const n of leaves) this.sizes.set(n, [2 * Math.ceil(widest / 2), HEIGHT]);
    }
  }

  list(map, key) {
    if (!map.has(key)) map.set(key, []);
    return map.get(key);
  }

  note(map, scope, value) {
    const found = this.list(map, scope);
    if (!found.includes(value)) found.push(value);
  }

  edge(scope, source, reader) {
    const found = this.list(this.edges, scope);
    if (!found.some(([a, b]) => a === source && b === reader)) found.push([source, reader]);
  }

  path(scope) {
    if (!this.paths.has(scope)) this.paths.set(scope, [scope, ...this.path(this.shown.frames.get(scope).scope)]);
    return this.paths.get(scope);
  }

  wire(source, reader) {
    this.list(this.reads, reader).push(source);
    const up = this.path(this.shown.leaves[source].scope);
    const down = this.path(this.shown.leaves[reader].scope);
    const common = up.find((scope) => down.includes(scope));
    let item = reader;
    for (const scope of down.slice(0, down.indexOf(common))) {
      this.note(this.entering, scope, source);
      this.edge(scope, DOOR_IN, item);
      item = scope;
    }
    let end = source;
    for (const scope of up.slice(0, up.indexOf(common))) {
      this.note(this.leaving, scope, source);
      this.edge(scope, end, DOOR_OUT);
      end = scope;
    }
    this.edge(common, end, item);
  }

  byFirst(values) {
    return [...values].sort((a, b) => this.shown.leaves[a].first - this.shown.leaves[b].first);
  }

  newest(values) {
    return [...values].sort((a, b) => this.age[b] - this.age[a] || this.shown.leaves[a].first - this.shown.leaves[b].first);
  }

  scope(scope) {
    const boxes = new Map();
    for (const item of this.items.get(scope) ?? []) boxes.set(item, typeof item === "number" ? this.leaf(item) : this.scope(item));
    const entering = this.newest(this.entering.get(scope) ?? []);
    const content = composed(boxes, this.edges.get(scope) ?? [], entering, this.byFirst(this.leaving.get(scope) ?? []));
    return scope ? this.framed(scope, content) : content;
  }

  leaf(n) {
    const [wide, high] = this.sizes.get(n);
    const middle = wide / 2;
    const sources = this.byFirst(this.reads.get(n) ?? []);
    const ins = sources.map((source) => port(middle, source, sources.length > 1 ? middle - SIDE_ROOM : 0));
    return box(wide, high, middle, middle, ins, this.read.has(n) ? [port(middle, n)] : [], this.shown.leaves[n].first, { leaf: n });
  }

  framed(scope, content) {
    const title = titleWidth(this.shown.frames.get(scope));
    const doors = this.doors(scope, content);
    const order = [...doors.keys()].sort((a, b) => doors.get(a) - doors.get(b));
    const ports = order.map((value) => port(doors.get(value), value));
    const [gap, wires] = order.length ? route(ports, content.ins, SPACING.lead, SPACING.lead, SPACING.track, SPACING.tail) : [0, []];
    const [left, wide] = this.sides(content, order.map((value) => doors.get(value)), title);
    const top = TITLE + (order.length ? 0 : PAD - 4);
    const inside = top + gap;
    const height = inside + content.height + PAD;
    const out = this.leaving.get(scope) ?? [];
    const leaving = content.outs.filter((p) => out.includes(p.value)).map((p) => ({ ...p, x: p.x + left }));
    const lines = [
      ...wires.map((wire) => movedWire(wire, left, top)),
      ...ports.map((p) => straight(p.value, p.x + left, 0, top)),
      ...leaving.map((p) => straight(p.value, p.x, inside + content.height, height)),
    ];
    const near = [...doors.values()].sort((a, b) => Math.abs(a - content.entry) - Math.abs(b - content.entry));
    const entry = near.length ? near[0] : content.entry;
    return box(wide, height, left + entry, left + content.exit, ports.map((p) => port(p.x + left, p.value, 0, true)), leaving,
      content.order, { children: [[content, left, inside]], wires: lines, frame: scope });
  }

  sides(content, doors, title) {
    let left = PAD + Math.max(0, -Math.min(...doors, doors.length ? Infinity : 0));
    let right = PAD + Math.max(0, Math.max(...doors, doors.length ? -Infinity : 0) - content.width);
    if (doors.length) {
      const more = Math.max(0, title - (left + doors[0] - 8));
      left += more;
      right += Math.abs(content.entry - content.width / 2) < 2 ? more : 0;
    }
    let wide = left + content.width + right;
    if (wide < title + 8) {
      const more = 2 * Math.ceil((title + 8 - wide) / 2);
      left += Math.floor(more / 2);
      wide += more;
    }
    return [left, wide];
  }

  doors(scope, content) {
    const ports = new Map();
    for (const p of content.ins) this.list(ports, p.value).push(p);
    const entering = this.newest(this.entering.get(scope) ?? []);
    const leaving = this.leaving.get(scope) ?? [];
    if (entering.length === 1 && leaving.length === 1 && Math.abs(content.entry - content.exit) > DRIFT)
      return new Map([[entering[0], content.exit]]);
    const wantedAt = new Map(entering.map((value) => [value, this.door(value, entering, ports, content)]));
    const order = entering.map((v) => v).sort((a, b) => wantedAt.get(a) - wantedAt.get(b));
    const at = spread(order.map((v) => wantedAt.get(v)), order.map(() => 1), order.slice(1).map(() => DOOR));
    return new Map(order.map((v, i) => [v, order.length > 1 ? rounded(at[i]) : at[i]]));
  }

  door(value, entering, ports, content) {
    const own = ports.get(value);
    const xs = own.map((p) => p.x);
    const [low, high] = [Math.min(...xs), Math.max(...xs)];
    if (own.length === 1 && !own[0].room) return xs[0];
    if (entering.length === 1) {
      const near = xs.some((x) => Math.abs(x - content.entry) < 0.5) || (low < content.entry && content.entry < high);
      return near ? content.entry : (low + high) / 2;
    }
    if (own.length > 1) return (low + high) / 2;
    const shared = entering.filter((v) => ports.get(v).some((p) => Math.abs(p.x - xs[0]) < 0.5 && p.room));
    return xs[0] + (shared.indexOf(value) - (shared.length - 1) / 2) * 2 * DOOR;
  }

  finished() {
    const found = { leaves: [], frames: [], wires: [] };
    const root = this.scope("");
    const todo = [[root, 0, 0, ""]];
    while (todo.length) {
      const [b, x, y, outer] = todo.pop();
      let scope = outer;
      if (b.frame !== null) {
        found.frames.push({ what: b.frame, x, y, width: b.width, height: b.height, scope });
        scope = b.frame;
      }
      if (b.leaf !== null) found.leaves.push({ what: b.leaf, x, y, width: b.width, height: b.height, scope });
      for (const wire of b.wires) found.wires.push({ ...movedWire(wire, x, y), scope });
      for (const [child, dx, dy] of b.children) todo.push([child, x + dx, y + dy, scope]);
    }
    return { ...found, width: root.width, height: root.height, shown: this.shown };
  }
}

