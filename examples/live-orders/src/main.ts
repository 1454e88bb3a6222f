// Starts the order service and the web server, each in a process of its own, and ends them together.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

function start(file: string): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return spawn(process.execPath, [path, ...process.argv.slice(2)], { stdio: 'inherit' });
}

const children = [start('./orders.js'), start('./web.js')];
let ending = false;

function endOthers(): void {
  ending = true;
  for (const child of children) child.kill('SIGTERM');
}

process.on('SIGTERM', endOthers);
process.on('SIGINT', () => {
  // Ctrl-C has reached all three.
  ending = true;
});
for (const child of children) {
  child.once('exit', (code) => {
    process.exitCode ||= code ?? 1;
    // One is no good without the other.
    if (!ending) endOthers();
  });
}
