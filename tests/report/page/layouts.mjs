// Lays networks out with the page's script: reads cases from the file named, writes what comes out as JSON.
import { readFileSync, writeSync } from "node:fs";

const folder = new URL(process.argv[2], "file://");
const { useWidths } = await import(new URL("text.mjs", folder));
const { diagram, outline } = await import(new URL("diagram.mjs", folder));
const { layout } = await import(new URL("nest.mjs", folder));

const { widths, cases } = JSON.parse(readFileSync(process.argv[3], "utf-8"));
useWidths(widths);
for (const { network, depth } of cases) {
  const net = outline(network);
  const open = (name) => !network.groups[name].label.includes(" + ") && network.groups[name].family === "group" && net.level.get(name) < depth;
  const placed = layout(diagram(net, open), () => "");
  const boxes = placed.leaves.map((p) => [placed.shown.leaves[p.what].address, p.x, p.y, p.width, p.height]);
  const frames = placed.frames.map((p) => [p.what, p.x, p.y, p.width, p.height]);
  const wires = placed.wires.map((w) => [placed.shown.leaves[w.value].address, w.points, w.arrow]);
  writeSync(1, JSON.stringify({ width: placed.width, height: placed.height, boxes, frames, wires }) + "\n");
}
