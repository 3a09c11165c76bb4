// Lays graphs out by dagre and by elk, for benchmarks/draw.py: node draw.mjs FOLDER GRAPHS.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const dagre = require("@dagrejs/dagre");
const ELK = require("elkjs");
const MOST = 600; // boxes; they take minutes for more

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

for (const { nodes, edges } of JSON.parse(readFileSync(process.argv[3], "utf-8"))) {
  if (nodes > MOST) {
    console.log("[null, null]");
    continue;
  }
  const size = { width: 150, height: 36 };
  const byDagre = await timed(() => {
    const graph = new dagre.graphlib.Graph();
    graph.setGraph({});
    graph.setDefaultEdgeLabel(() => ({}));
    for (let n = 0; n < nodes; n++) graph.setNode(String(n), { ...size });
    for (const [a, b] of edges) graph.setEdge(String(a), String(b));
    dagre.layout(graph);
  });
  const byElk = await timed(() =>
    new ELK().layout({
      id: "root",
      layoutOptions: { "elk.algorithm": "layered", "elk.direction": "DOWN" },
      children: Array.from({ length: nodes }, (_, n) => ({ id: String(n), ...size })),
      edges: edges.map(([a, b], i) => ({ id: `e${i}`, sources: [String(a)], targets: [String(b)] })),
    }),
  );
  console.log(JSON.stringify([byDagre, byElk]));
}
