/** Computes until it is killed or its parent is gone: the company in the scenarios with busy processes. */
const parent = process.ppid;
process.stdout.write('busy\n');

let x = 1;
while (process.ppid === parent) {
  for (let i = 0; i < 20_000_000; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
}
process.exitCode = x === 0 ? 1 : 0;
