// The drawing: SVG elements made one by one; every text is set as text.

import { HEIGHT, labelOf, NAME, runName, shapeOf, shortened, SMALL } from "./nest.mjs";
import { cut, width } from "./text.mjs";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 16;

export function element(name, attributes = {}, text = null) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  return made;
}

const round = (n) => Math.round(n * 10) / 10;

export function picture(placed, figuresOf, describe, changed = () => "") {
  const [wide, high] = [placed.width + 2 * MARGIN, placed.height + 2 * MARGIN];
  const svg = element("svg", { width: round(wide), height: round(high), viewBox: `0 0 ${round(wide)} ${round(high)}`, role: "group" });
  const all = element("g", { transform: `translate(${MARGIN} ${MARGIN})` });
  svg.append(all);
  const depth = new Map([["", 0]]);
  for (const p of [...placed.frames].sort((a, b) => a.what.split(".").length - b.what.split(".").length)) {
    const frame = placed.shown.frames.get(p.what);
    depth.set(p.what, (depth.get(frame.scope) ?? 0) + 1);
    all.append(frameOf(frame, p, depth.get(p.what) % 2));
  }
  wires(placed, all);
  for (const p of placed.leaves) all.append(leafOf(placed.shown.leaves[p.what], p, figuresOf, describe, changed));
  return svg;
}

function frameOf(frame, p, odd) {
  const g = element("g", { class: `frame ${odd ? "odd" : "even"}`, "data-group": frame.address });
  for (const shift of frame.times > 1 ? [6, 3, 0] : [0])
    g.append(element("rect", { x: round(p.x + shift), y: round(p.y + shift), width: round(p.width), height: round(p.height), rx: 6 }));
  const title = element("g", { class: "title", "data-toggle": frame.address });
  title.append(element("path", { d: `M${round(p.x + 7)} ${round(p.y + 8)}h7l-3.5 5z`, class: "mark" }));
  let left = p.x + 18;
  if (frame.times > 1) left += badge(title, left, p.y + 4.5, frame.times) + 4;
  const text = element("text", { x: round(left), y: round(p.y + 14.5), class: "name" }, cut(runName(frame), 120, NAME, true));
  if (frame.label) text.append(element("tspan", { dx: 6, class: "small" }, cut(frame.label, 90, SMALL)));
  title.append(text);
  g.append(title);
  return g;
}

function badge(parent, x, y, times) {
  const text = `×${times}`;
  const wide = width(text, SMALL, true) + 8;
  parent.append(element("rect", { x: round(x), y: round(y), width: round(wide), height: 13.5, rx: 6.75, class: "badge" }));
  parent.append(element("text", { x: round(x + wide / 2), y: round(y + 10.2), class: "times" }, text));
  return wide;
}

function wires(placed, parent) {
  const values = new Map();
  for (const wire of placed.wires) {
    if (!values.has(wire.value)) values.set(wire.value, []);
    values.get(wire.value).push(wire);
  }
  const heads = [];
  for (const [value, lines] of values) {
    const address = placed.shown.leaves[value].address;
    parent.append(element("path", { d: lines.map((line) => bent(line.points)).join(""), class: "wire", "data-value": address }));
    const ends = new Set(lines.filter((line) => line.arrow).map((line) => line.points[line.points.length - 1].map(round).join(" ")));
    for (const end of ends) heads.push(`M${end}l-3-6h6z`);
  }
  parent.append(element("path", { d: heads.join(""), class: "heads" }));
}

function bent(points) {
  let d = `M${points[0].map(round).join(" ")}`;
  for (let i = 1; i < points.length; i++) {
    const [x, y] = points[i];
    const next = points[i + 1];
    if (next) {
      const [into, out] = [[x - points[i - 1][0], y - points[i - 1][1]], [next[0] - x, next[1] - y]];
      const length = ([a, b]) => Math.abs(a) + Math.abs(b);
      const r = Math.min(5, length(into) / 2, length(out) / 2);
      if (r >= 0.3) {
        const at = ([dx, dy], k) => `${round(x + k * Math.sign(dx) * r)} ${round(y + k * Math.sign(dy) * r)}`;
        d += `L${at(into, -1)}Q${round(x)} ${round(y)} ${at(out, 1)}`;
        continue;
      }
    }
    d += `L${round(x)} ${round(y)}`;
  }
  return d;
}

function leafOf(leaf, p, figuresOf, describe, changed) {
  const isInput = leaf.family === "input";
  const folded = leaf.family === "group";
  const g = element("g", { class: `leaf ${leaf.family} ${changed(leaf)}`, "data-layer": leaf.address, role: "button", tabindex: -1,
    "aria-label": describe(leaf), ...(folded ? { "data-toggle": leaf.address, "aria-expanded": "false" } : {}) });
  for (const shift of leaf.times > 1 ? [4, 2, 0] : [0])
    g.append(element("rect", { x: round(p.x + shift), y: round(p.y + shift), width: round(p.width), height: p.height, rx: isInput ? HEIGHT / 2 : 4 }));
  if (!isInput)
    g.append(element("path", { class: "bar", d: `M${round(p.x + 4)} ${round(p.y + 0.5)}a3.5 3.5 0 0 0-3.5 3.5v28a3.5 3.5 0 0 0 3.5 3.5z` }));
  let left = p.x + (isInput ? 14 : 9);
  let right = p.x + p.width - (isInput ? 14 : 7);
  const start = left;
  const end = right;
  if (folded) {
    g.append(element("path", { class: "mark", d: `M${round(left)} ${round(p.y + 7)}v7l5-3.5z` }));
    left += 9;
  }
  if (leaf.times > 1) {
    right -= width(`×${leaf.times}`, SMALL, true) + 8;
    badge(g, right, p.y + 4, leaf.times);
    right -= 5;
  }
  const label = labelOf(leaf);
  const kept = Math.min(width(label, SMALL), (right - left) / 2);
  let name = leaf.name;
  if (leaf.times > 1 && width(name, NAME, true) > right - left - 10 - kept) name = shortened(name);
  name = cut(name, Math.max(right - left - (label ? 10 + kept : 0), 20), NAME, true);
  g.append(element("text", { x: round(left), y: round(p.y + 14.5), class: "name" }, name));
  const written = cut(label, right - left - width(name, NAME, true) - 8, SMALL);
  if (written) g.append(element("text", { x: round(right), y: round(p.y + 14.5), class: "small end" }, written));
  const figures = figuresOf(leaf);
  const shape = cut(shapeOf(leaf), end - start - (figures ? width(figures, SMALL) + 10 : 0), SMALL);
  g.append(element("text", { x: round(start), y: round(p.y + 28.5), class: "small ink" }, shape));
  const shown = cut(figures, end - start - width(shape, SMALL) - 8, SMALL);
  if (shown) g.append(element("text", { x: round(end), y: round(p.y + 28.5), class: "small end" }, shown));
  return g;
}
