// Series become stacks, forks rows of lanes, skips empty lanes; as archcalc/report/drawing/series.py.

import { lane, row, stack } from "./box.mjs";
import { ranked } from "./ranks.mjs";

export const DOOR_IN = "\0in";
export const DOOR_OUT = "\0out";

export function composed(boxes, edges, entering, leaving) {
  return new Scope(boxes, edges, entering, leaving).composed();
}

class Scope {
  constructor(boxes, edges, entering, leaving) {
    Object.assign(this, { boxes: new Map(boxes), entering, leaving, before: new Map(), after: new Map(), made: 0 });
    for (const [source, reader] of edges) {
      this.of(this.after, source).add(reader);
      this.of(this.before, reader).add(source);
    }
  }

  of(side, item) {
    if (!side.has(item)) side.set(item, new Set());
    return side.get(item);
  }

  composed() {
    for (;;) {
      const stacked = this.stackChains();
      const rowed = this.rowForks();
      if (!stacked && !rowed) break;
    }
    if (this.boxes.size === 1) return [...this.boxes.values()][0];
    return ranked(this.boxes, this.before, this.entering, this.leaving, DOOR_OUT);
  }

  stackChains() {
    const following = new Map();
    for (const item of this.boxes.keys()) {
      const readers = this.of(this.after, item);
      if (readers.size !== 1) continue;
      const [reader] = readers;
      if (reader !== DOOR_OUT && this.of(this.before, reader).size === 1 && this.of(this.before, reader).has(item))
        following.set(item, reader);
    }
    const follows = (item) => {
      const sources = this.of(this.before, item);
      return sources.size === 1 && following.get([...sources][0]) === item;
    };
    const heads = [...following.keys()].filter((item) => !follows(item));
    for (const head of heads) {
      const chain = [head];
      while (following.has(chain[chain.length - 1])) chain.push(following.get(chain[chain.length - 1]));
      this.replace(chain, stack(chain.map((item) => this.boxes.get(item))));
    }
    return heads.length > 0;
  }

  rowForks() {
    const ids = new Map();
    const id = (item) => {
      if (!ids.has(item)) ids.set(item, ids.size);
      return ids.get(item);
    };
    const forks = new Map();
    for (const item of this.boxes.keys()) {
      const sources = this.of(this.before, item);
      const readers = this.of(this.after, item);
      if (sources.size > 1 || readers.size > 1) continue;
      const ends = [sources.size ? [...sources][0] : null, readers.size ? [...readers][0] : null];
      const name = `${id(ends[0])}>${id(ends[1])}`;
      if (!forks.has(name)) forks.set(name, { ends, items: [] });
      forks.get(name).items.push(item);
    }
    let changed = false;
    const stands = (item) => this.boxes.has(item) || item === DOOR_IN || item === DOOR_OUT || item === null;
    for (const { ends: [source, reader], items } of forks.values()) {
      const direct = source !== null && reader !== null && this.of(this.after, source).has(reader);
      if (items.length + direct < 2) continue;
      changed = true;
      if ([...items, source, reader].every(stands)) this.row(source, reader, items, direct);
    }
    return changed;
  }

  row(source, reader, items, direct) {
    const lanes = items.map((item) => this.boxes.get(item));
    if (direct) {
      lanes.push(...this.passing(source, reader).map((value) => lane(value)));
      this.of(this.after, source).delete(reader);
      this.of(this.before, reader).delete(source);
    }
    this.replace(items, row(this.ordered(source, lanes)));
  }

  passing(source, reader) {
    const given = source === DOOR_IN ? this.entering : this.boxes.get(source).outs.map((p) => p.value);
    const taken = new Set(reader === DOOR_OUT ? this.leaving : this.boxes.get(reader).ins.map((p) => p.value));
    return given.filter((value) => taken.has(value));
  }

  ordered(source, lanes) {
    let ports = new Map();
    if (source === DOOR_IN) ports = new Map(this.entering.map((value, place) => [value, place]));
    else if (source !== null) ports = new Map(this.boxes.get(source).outs.map((p) => [p.value, p.x]));
    const side = (b) => {
      const read = b.ins.filter((p) => ports.has(p.value)).map((p) => ports.get(p.value));
      return ports.size > 1 && read.length ? read.reduce((a, c) => a + c, 0) / read.length : 0;
    };
    const less = (a, b) => (a === b ? 0 : a - b);
    return lanes.map((b) => [side(b), b]).sort((a, b) => less(a[0], b[0]) || less(a[1].order, b[1].order)).map(([, b]) => b);
  }

  replace(items, made) {
    const name = Symbol(`joined ${++this.made}`);
    const gone = new Set(items);
    const union = (side) => {
      const found = new Set();
      for (const item of items) {
        for (const other of side.get(item) ?? []) if (!gone.has(other)) found.add(other);
        side.delete(item);
      }
      return found;
    };
    const sources = union(this.before);
    const readers = union(this.after);
    for (const item of items) this.boxes.delete(item);
    const put = (side, others) => {
      for (const other of others) {
        const own = this.of(side, other);
        for (const item of items) own.delete(item);
        own.add(name);
      }
    };
    put(this.after, sources);
    put(this.before, readers);
    this.before.set(name, sources);
    this.after.set(name, readers);
    this.boxes.set(name, made);
  }
}
