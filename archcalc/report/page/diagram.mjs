// What is visible: groups folded or open, repeats drawn once; as archcalc/analysis/diagram.py.
//
// The data: inputs [{name, shape}], nodes [{name, label, family, shape, inputs, counts, field, shared}], groups
// {name: {first, stop, label, family, shape, run, turn, shared}}: `run` are the equal groups that it is the first of,
// `turn` the number of its repeats and its turn in them.

export function outline(data) {
  const groups = new Map(Object.entries(data.groups));
  const parents = new Map();
  const parent = (address) => {
    if (!parents.has(address)) {
      let up = address;
      do up = up.includes(".") ? up.slice(0, up.lastIndexOf(".")) : "";
      while (up && !groups.has(up));
      parents.set(address, up);
    }
    return parents.get(address);
  };
  const level = new Map();
  for (const name of [...groups.keys()].sort((a, b) => a.length - b.length))
    level.set(name, parent(name) ? level.get(parent(name)) + 1 : 0);
  const drawnAs = new Map();
  for (const [name, group] of groups) for (const twin of (group.run ?? []).slice(1)) drawnAs.set(twin, name);
  return { data, groups, parent, level, drawnAs };
}

export function diagram(net, isOpen) {
  const { data, groups, parent, drawnAs } = net;
  const count = data.inputs.length;
  const shown = new Map([["", ""]]);
  const canonical = (group) => {
    if (!shown.has(group)) {
      const up = parent(group);
      const name = up ? canonical(up) + group.slice(up.length) : group;
      shown.set(group, drawnAs.get(name) ?? name);
    }
    return shown.get(group);
  };
  const around = (address) => {
    const found = [];
    for (let up = parent(address); up; up = parent(up)) found.push(up);
    return found;
  };
  const outermostClosed = (group) => {
    const found = group ? [group, ...around(group)].reverse() : [];
    for (const name of found) if (!isOpen(canonical(name))) return canonical(name);
    return "";
  };
  const leaves = [];
  const number = new Map();
  const add = (leaf) => {
    number.set(leaf.address, leaves.length);
    leaves.push(leaf);
  };
  const places = [];
  data.inputs.forEach((input, i) => {
    add({ address: input.name, name: input.name, label: "", family: "input", scope: "", first: i - count, stop: i - count + 1,
      shape: input.shape, lastShape: input.shape, times: 1, counts: null, field: null, shared: false });
    places.push(input.name);
  });
  const closed = new Map();
  data.nodes.forEach((node, i) => {
    const up = parent(node.name);
    if (!closed.has(up)) closed.set(up, outermostClosed(up));
    const group = closed.get(up);
    const address = group || canonical(up) + node.name.slice(up.length);
    if (!number.has(address)) add(group ? folded(net, group) : layer(net, address, node, i));
    places.push(address);
  });
  const copies = new Map([["", []]]);
  const copiesOf = (address) => {
    const up = parent(address);
    if (!copies.has(up)) copies.set(up, [up, ...around(up)].filter((name) => groups.get(name).run || drawnAs.has(name)));
    return copies.get(up);
  };
  const neighbours = (one, other) => {
    for (let i = 1; i <= Math.min(one.length, other.length); i++) {
      const [a, b] = [one[one.length - i], other[other.length - i]];
      const [s, t] = [groups.get(a).turn, groups.get(b).turn];
      if (s[0] === t[0] && s[1] !== t[1]) return true;
    }
    return false;
  };
  const wires = new Map();
  data.nodes.forEach((node, i) => {
    const reader = places[i + count];
    for (const value of node.inputs) {
      const source = places[value];
      if (source === reader) continue;
      if (value >= count) {
        const [a, b] = [copiesOf(data.nodes[value - count].name), copiesOf(node.name)];
        if (a !== b && neighbours(a, b)) continue;
      }
      const ends = [number.get(source), number.get(reader)];
      wires.set(ends.join(">"), ends);
    }
  });
  const names = new Set();
  for (const leaf of leaves) if (leaf.scope) for (const name of [leaf.scope, ...around(leaf.scope)]) names.add(name);
  const frames = new Map();
  const order = (a, b) => groups.get(a).first - groups.get(b).first || a.length - b.length;
  for (const name of [...names].sort(order)) frames.set(name, frame(net, name));
  return { leaves, frames, wires: [...wires.values()] };
}

function layer(net, address, node, index) {
  return { address, name: tail(address), label: node.label, family: node.family, scope: net.parent(address), first: index,
    stop: index + 1, shape: node.shape, lastShape: node.shape, times: 1, counts: node.counts, field: node.field, shared: node.shared };
}

function folded(net, name) {
  const group = net.groups.get(name);
  const run = group.run ?? [name];
  const last = net.groups.get(run[run.length - 1]);
  const counts = [0, 0, 0];
  for (const one of run.map((twin) => net.groups.get(twin)))
    for (const node of net.data.nodes.slice(one.first, one.stop)) node.counts.forEach((n, i) => (counts[i] += n));
  return { address: name, name: span(run), label: group.label, family: group.family, scope: net.parent(name), first: group.first,
    stop: last.stop, shape: group.shape, lastShape: last.shape, times: run.length, counts, field: last.field, shared: group.shared };
}

function frame(net, name) {
  const group = net.groups.get(name);
  const run = group.run ?? [name];
  return { address: name, name: span(run), label: group.label, scope: net.parent(name), first: group.first, stop: group.stop, times: run.length };
}

const tail = (address) => address.slice(address.lastIndexOf(".") + 1);

function span(run) {
  const [first, last] = [tail(run[0]), tail(run[run.length - 1])];
  if (first === last) return first;
  let same = 0;
  while (same < Math.min(first.length, last.length) && first[same] === last[same] && !/\d/.test(first[same])) same++;
  return `${first}…${last.slice(same)}`;
}
