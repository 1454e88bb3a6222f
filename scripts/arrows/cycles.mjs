/** Import cycles among files, each as one sentence; graph maps a file to the files that it imports. */
export function cycles(graph) {
  const found = [];
  const state = new Map();
  const trail = [];
  const visit = (file) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      const loop = [...trail.slice(trail.indexOf(file)), file];
      found.push(`import cycle: ${loop.join(' -> ')}`);
      return;
    }
    state.set(file, 'open');
    trail.push(file);
    for (const target of graph.get(file) ?? []) if (graph.has(target)) visit(target);
    trail.pop();
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file);
  return found;
}
