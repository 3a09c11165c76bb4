// The page of one network, or of two side by side: drawing, table, fields, memory, claims, formulas; all linked.

import { diagram, outline } from "./diagram.mjs";
import { layout } from "./nest.mjs";
import { element, picture } from "./picture.mjs";
import { useWidths } from "./text.mjs";

const data = JSON.parse(document.getElementById("data").textContent);
useWidths(data.widths);
const $ = (id) => document.getElementById(id);
const make = (name, text = null, attributes = {}) => {
  const made = document.createElement(name);
  if (text !== null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
const grouped = (n) => (n === null || n === undefined ? "–" : n.toLocaleString("en"));
const short = (n) => {
  for (const [size, unit] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "K"]])
    if (n >= size * 0.9995) {
      const v = n / size;
      return (v >= 99.95 ? v.toFixed(0) : v >= 9.995 ? v.toFixed(1) : v.toFixed(2)) + unit;
    }
  return String(n);
};

// -- the drawings

const views = data.networks.map((network) => {
  const net = outline(network.parts);
  return { network, net, open: new Set([...net.groups.keys()].filter((name) => opens(net, name) && net.level.get(name) < 1)), svg: null, shown: null };
});
let selected = null;

function opens(net, name) {
  return net.groups.get(name).family === "group";
}

const figuresOf = (leaf) => {
  const said = leaf.shared ? ["shared"] : [];
  if (leaf.counts && leaf.counts[0]) said.push(short(leaf.counts[0]));
  return said.join(" · ");
};

function describe(leaf) {
  const counts = leaf.counts ? `, ${grouped(leaf.counts[0])} params, ${grouped(leaf.counts[1])} MACs` : "";
  const times = leaf.times > 1 ? `, ${leaf.times} times` : "";
  return `${leaf.address}${leaf.label ? `, ${leaf.label}` : ""}${times}, output ${leaf.shape.join(" by ")}${counts}`;
}

function draw(view) {
  const shown = diagram(view.net, (name) => view.open.has(name));
  view.shown = shown;
  const changes = view.network.changes ?? {};
  const changed = (leaf) => {
    for (let i = leaf.first; i < leaf.stop; i++) if (i >= 0 && changes[view.network.parts.nodes[i].name]) return changes[view.network.parts.nodes[i].name];
    return "";
  };
  const svg = picture(layout(shown, figuresOf), figuresOf, describe, changed);
  svg.setAttribute("aria-label", `${view.network.title}: ${shown.leaves.length} boxes; arrows move, Enter opens a group or shows formulas`);
  if (view.svg) view.svg.replaceWith(svg);
  else view.place.append(svg);
  view.svg = svg;
  light(view);
}

function toggle(view, name) {
  if (view.open.has(name)) view.open.delete(name);
  else {
    view.open.add(name);
    for (let up = view.net.parent(name); up; up = view.net.parent(up)) view.open.add(up);
  }
  const focused = view.svg.contains(document.activeElement);
  draw(view);
  if (focused) (leafAt(view, name) ?? view.svg.querySelector(`.leaf[data-layer^="${CSS.escape(name)}."]`) ?? view.svg.querySelector(".leaf"))?.focus();
  $("live").textContent = `${name} ${view.open.has(name) ? "open" : "folded"}`;
}

function openAll(deep) {
  for (const view of views) {
    view.open = new Set([...view.net.groups.keys()].filter((name) => opens(view.net, name) && view.net.level.get(name) < deep));
    draw(view);
  }
}

const leafAt = (view, address) => view.svg.querySelector(`.leaf[data-layer="${CSS.escape(address)}"]`);

// The box that shows a layer: its own, or that of the folded group around it.
function boxOf(view, address) {
  for (let at = address; at; at = view.net.parent(at)) {
    const found = leafAt(view, at) ?? leafAt(view, view.net.drawnAs.get(at) ?? at);
    if (found) return found;
  }
  const index = view.network.parts.nodes.findIndex((node) => node.name === address);
  const leaf = view.shown.leaves.find((one) => one.first <= index && index < one.stop && index >= 0);
  return leaf ? leafAt(view, leaf.address) : null;
}

function light(view) {
  for (const one of view.svg.querySelectorAll(".selected, .around, .lit")) one.classList.remove("selected", "around", "lit");
  for (const leaf of view.svg.querySelectorAll(".leaf")) leaf.setAttribute("tabindex", "-1");
  const found = selected && boxOf(view, selected);
  (found ?? view.svg.querySelector(".leaf"))?.setAttribute("tabindex", "0");
  if (!found) return;
  found.classList.add("selected");
  const address = found.dataset.layer;
  view.svg.querySelectorAll(`.wire[data-value="${CSS.escape(address)}"]`).forEach((wire) => wire.classList.add("lit"));
  for (let up = view.net.parent(address); up; up = view.net.parent(up))
    view.svg.querySelector(`.frame[data-group="${CSS.escape(up)}"]`)?.classList.add("around");
}

// -- selecting: a node, a row and the field are one thing

function select(address, from = null) {
  selected = address;
  views.forEach(light);
  for (const row of document.querySelectorAll("tr[data-layer]")) row.classList.toggle("selected", row.dataset.layer === address);
  if (from !== "table") document.querySelector(`.panel:not([hidden]) tr[data-layer="${CSS.escape(address)}"]`)?.scrollIntoView({ block: "nearest" });
  if (from === "table") boxOf(views[0], address)?.scrollIntoView({ block: "center", inline: "center" });
  details(address);
}

// The layer that the details of a box are about: itself, or the last of a group.
function layerOf(view, address) {
  const nodes = view.network.parts.nodes;
  const index = nodes.findIndex((node) => node.name === address);
  if (index >= 0) return index;
  const group = view.network.parts.groups[address];
  return group ? group.stop - 1 : -1;
}

function details(address, quantity = null) {
  const view = views.find((one) => layerOf(one, address) >= 0) ?? views[0];
  const index = layerOf(view, address);
  const pane = $("details");
  pane.replaceChildren(make("h2", index < 0 ? address : `${address} · ${describeShort(view, address)}`));
  if (index < 0) return;
  const copy = make("button", "Copy address");
  copy.addEventListener("click", () => copied(address));
  pane.firstChild.append(" ", copy);
  const map = fieldMap(view.network, index);
  if (map) pane.append(map);
  pane.append(formulas(view.network, address, index, quantity));
}

function describeShort(view, address) {
  const part = view.network.parts.groups[address] ?? view.network.parts.nodes[layerOf(view, address)];
  return `${part.label} → ${part.shape.join("×")}`;
}

function copied(text) {
  navigator.clipboard?.writeText(text).catch(() => {});
  $("live").textContent = `copied ${text}`;
}

function formulas(network, address, index, quantity) {
  const box = make("div", null, { class: "formula", tabindex: "0", "aria-label": "formulas" });
  const figures = network.explained[network.parts.nodes[index].explained] ?? [];
  for (const [title, symbolic, numbers, latex] of figures) {
    if (quantity && !title.startsWith(quantity)) continue;
    const line = make("div");
    line.append(make("b", title), ` = ${symbolic}`);
    if (numbers !== symbolic) line.append(make("br"), ` = ${numbers}`);
    const button = make("button", "LaTeX", { "aria-label": `copy ${title} as LaTeX` });
    button.addEventListener("click", () => copied(latex));
    line.append(" ", button);
    box.append(line);
  }
  if (!figures.length) box.append(make("div", "nothing to work out: it computes and keeps nothing"));
  return box;
}

// -- the field of one unit over the input

let unit = 0.5;

function fieldMap(network, index) {
  const axes = network.fields[index];
  if (!axes || !axes.length) return null;
  const box = make("div", null, { class: "map" });
  const said = make("p");
  const lengths = axes.length > 1 ? axes.slice(-2).map((axis) => axis.length) : [1, axes[0].length];
  const scale = 150 / Math.max(...lengths, 1);
  const svg = element("svg", { width: 190, height: Math.min(190, lengths[0] * scale + 40), role: "img" });
  const render = () => {
    const spans = axes.map((axis) => spanOf(axis, unit));
    const [down, across] = axes.length > 1 ? spans.slice(-2) : [[0, 0], spans[0]];
    const at = (n) => 20 + n * scale;
    const rect = (name, [top, bottom], [left, right]) => element("rect", { class: name, x: at(left), y: at(top), width: Math.max((right - left + 1) * scale, 1), height: Math.max((bottom - top + 1) * scale, 1) });
    const inside = ([lo, hi], length) => [Math.max(lo, 0), Math.min(hi, length - 1)];
    svg.replaceChildren(
      rect("input", [0, lengths[0] - 1], [0, lengths[1] - 1]), rect("padding", down, across),
      rect("seen", inside(down, lengths[0]), inside(across, lengths[1])),
    );
    const sizes = axes.map((axis) => (axis.least === axis.most ? axis.most : `${axis.least}…${axis.most}`));
    said.textContent = `field ${[...new Set(sizes)].join("×")} of ${lengths.join("×")}, cells ${spans.map(([lo, hi]) => `${lo}…${hi}`).join(" × ")}`;
    svg.setAttribute("aria-label", said.textContent);
  };
  const slider = make("input", null, { type: "range", min: 0, max: 1000, value: Math.round(unit * 1000), "aria-label": "which unit" });
  slider.addEventListener("input", () => {
    unit = slider.value / 1000;
    render();
  });
  render();
  box.append(svg, slider, said);
  return box;
}

// The cells that a unit reads along one axis: of a listed one its own, of an affine one by its rule, else all.
function spanOf(axis, share) {
  const last = axis.units - 1;
  const n = Math.round(share * last);
  if (axis.listed) return axis.listed[Math.min(n, axis.listed.length - 1)];
  if (axis.lo === null) return [0, axis.length - 1];
  return [axis.lo + n * axis.jump, axis.lo + n * axis.jump + axis.most - 1];
}

// -- the tables

function table(panel, heads, rows) {
  const made = make("table");
  const head = make("tr");
  heads.forEach(([title, numeric]) => head.append(make("th", title, { scope: "col", class: numeric ? "number" : "" })));
  made.append(make("thead"));
  made.tHead.append(head);
  const body = make("tbody");
  for (const [address, cells] of rows) {
    const row = make("tr", null, { "data-layer": address });
    cells.forEach((cell, i) => {
      const td = make("td", null, { class: heads[i][1] ? "number" : "" });
      if (cell && cell.quantity) {
        const button = make("button", cell.text, { "aria-label": `${cell.text}: show the formula of ${address} ${cell.quantity}` });
        button.addEventListener("click", (event) => {
          event.stopPropagation();
          select(address, "table");
          details(address, cell.quantity);
        });
        td.append(button);
      } else td.textContent = cell;
      row.append(td);
    });
    row.addEventListener("click", () => select(address, "table"));
    row.addEventListener("mouseenter", () => hover(address));
    body.append(row);
  }
  made.append(body);
  panel.append(made);
}

const first = data.networks[0];
const nodes = first.parts.nodes;

function layersPanel(panel) {
  table(panel, [["Layer"], ["Kind"], ["Output"], ["Params", true], ["MACs", true]], nodes.map((node) => [node.name, [
    node.name, node.label, { text: node.shape.join("×"), quantity: "" }.text, number(node.counts[0], "params"), number(node.counts[1], "macs"),
  ]]));
}

const number = (n, quantity) => (n ? { text: grouped(n), quantity } : grouped(n));

function fieldsPanel(panel) {
  const cell = (axes, f) => (axes ? [...new Set(axes.map(f))].join("×") : "–");
  table(panel, [["Layer"], ["Field", true], ["Jump", true], ["First cell", true]], nodes.map((node, i) => {
    const axes = first.fields[i];
    return [node.name, [node.name, cell(axes, (a) => (a.least === a.most ? a.most : `${a.least}…${a.most}`)), cell(axes, (a) => a.jump ?? "–"), cell(axes, (a) => a.lo ?? "–")]];
  }));
}

function memoryPanel(panel) {
  const alive = first.alive;
  const most = Math.max(...alive, 1);
  const [wide, high] = [560, 150];
  const svg = element("svg", { viewBox: `0 0 ${wide} ${high + 24}`, class: "alive", role: "img", "aria-label": `bytes of activations alive at each layer; the most are ${grouped(most)}` });
  alive.forEach((bytes, i) => {
    const h = (bytes / most) * high;
    const bar = element("rect", { x: (i * wide) / alive.length, y: high - h, width: Math.max(wide / alive.length - 0.5, 0.5), height: h, class: bytes === most ? "peak" : "" });
    bar.append(element("title", {}, `${i ? nodes[i - 1].name : "input"}: ${grouped(bytes)} bytes`));
    svg.append(bar);
  });
  svg.append(element("text", { x: 0, y: high + 16 }, `alive in each step; at most ${grouped(most)} bytes (float32, batch 1)`));
  panel.append(svg);
  table(panel, [["Layer"], ["Alive (bytes)", true]], nodes.map((node, i) => [node.name, [node.name, grouped(alive[i + 1])]]));
}

function claimsPanel(panel) {
  if (!first.claims.length) panel.append(make("p", "The spec claims nothing."));
  const made = make("table");
  for (const [subject, claimed, actual, holds, source] of first.claims) {
    const row = make("tr");
    row.append(make("td", subject), make("td", claimed), make("td", actual), make("td", holds === null ? "skipped" : holds ? "holds" : "does not hold", { class: holds === false ? "bad" : "good" }), make("td", source));
    made.append(row);
  }
  panel.append(made);
}

const PANELS = [["Layers", layersPanel], ["Fields", fieldsPanel], ["Memory", memoryPanel], ["Claims", claimsPanel]];

function tabs() {
  const list = $("tabs");
  const panels = $("panels");
  PANELS.forEach(([title, fill], i) => {
    const tab = make("button", title, { role: "tab", id: `tab${i}`, "aria-controls": `panel${i}`, "aria-selected": String(i === 0), tabindex: i ? "-1" : "0" });
    const panel = make("div", null, { role: "tabpanel", id: `panel${i}`, class: "panel", "aria-labelledby": `tab${i}`, tabindex: "0" });
    panel.hidden = i > 0;
    fill(panel);
    const show = () => {
      for (const [j] of PANELS.entries()) {
        $(`panel${j}`).hidden = j !== i;
        $(`tab${j}`).setAttribute("aria-selected", String(j === i));
        $(`tab${j}`).setAttribute("tabindex", j === i ? "0" : "-1");
      }
    };
    tab.addEventListener("click", show);
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = $(`tab${(i + step + PANELS.length) % PANELS.length}`);
      next.focus();
      next.click();
    });
    list.append(tab);
    panels.append(panel);
  });
}

// -- mouse, keyboard, search

let hovered = null;

function hover(address) {
  if (hovered === address) return;
  hovered = address;
  select(address, "hover");
}

for (const view of views) {
  view.place = make("div");
  if (views.length > 1) view.place.append(make("h2", view.network.title));
  $("drawings").append(view.place);
  draw(view);
  view.place.addEventListener("click", (event) => {
    const group = event.target.closest("[data-toggle]");
    const leaf = event.target.closest(".leaf");
    if (group) toggle(view, group.dataset.toggle);
    else if (leaf) select(leaf.dataset.layer, "drawing");
  });
  view.place.addEventListener("mouseover", (event) => {
    const leaf = event.target.closest(".leaf");
    if (leaf && !leaf.classList.contains("input")) hover(leaf.dataset.layer);
  });
  view.place.addEventListener("focusin", (event) => {
    const leaf = event.target.closest(".leaf");
    if (leaf && leaf.dataset.layer !== selected) select(leaf.dataset.layer, "drawing");
  });
  view.place.addEventListener("keydown", (event) => {
    const leaf = event.target.closest(".leaf");
    if (!leaf) return;
    const order = view.shown.leaves.map((one, i) => [one.first, i]).sort((a, b) => a[0] - b[0]).map(([, i]) => view.shown.leaves[i].address);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) {
      const next = order[Math.min(Math.max(order.indexOf(leaf.dataset.layer) + step, 0), order.length - 1)];
      leafAt(view, next)?.focus();
      event.preventDefault();
    } else if (event.key === "Enter" || event.key === " ") {
      if (leaf.dataset.toggle) toggle(view, leaf.dataset.toggle);
      else select(leaf.dataset.layer, "drawing");
      event.preventDefault();
    } else if (event.key === "Backspace" && view.net.parent(leaf.dataset.layer)) toggle(view, view.net.parent(leaf.dataset.layer));
  });
}

function search(text) {
  const wanted = text.trim().toLowerCase();
  let count = 0;
  const hits = new Set();
  for (const node of nodes) if (!wanted || `${node.name} ${node.label}`.toLowerCase().includes(wanted)) hits.add(node.name);
  for (const row of document.querySelectorAll("tr[data-layer]")) row.classList.toggle("missed", !hits.has(row.dataset.layer));
  for (const view of views)
    for (const leaf of view.shown.leaves) {
      const inside = view.network.parts.nodes.slice(Math.max(leaf.first, 0), leaf.stop).some((node) => hits.has(node.name));
      leafAt(view, leaf.address)?.classList.toggle("dim", Boolean(wanted) && !inside);
      count += inside;
    }
  $("live").textContent = wanted ? `${hits.size} layers` : "";
  return hits;
}

$("search").addEventListener("input", (event) => search(event.target.value));
$("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    const [hit] = search(event.target.value);
    if (hit) select(hit, "table");
  } else if (event.key === "Escape") {
    event.target.value = "";
    search("");
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target.tagName !== "INPUT") {
    $("search").focus();
    event.preventDefault();
  }
});
$("deeper").addEventListener("change", (event) => openAll(Number(event.target.value)));
$("theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "light" : "dark";
});
if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";

tabs();
if (nodes.length) select(nodes[0].name, "start");
