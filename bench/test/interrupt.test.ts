import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

const interrupt = new URL('../dist/interrupt.js', import.meta.url).href;

/** A program that says when it is ready and when it was interrupted, and then does this. */
function start(then: string) {
  const program = `
    const { interruptSignal } = await import(${JSON.stringify(interrupt)});
    interruptSignal().addEventListener('abort', () => { console.log('interrupted'); ${then} });
    setInterval(() => {}, 1_000);
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const says = async (text: string) => {
    while (!output.includes(text)) await once(child.stdout, 'data');
  };
  return { child, says, ended: once(child, 'close').then(([code]) => ({ code: code as number, output })) };
}

describe('interruptSignal', () => {
  it('takes a signal that arrives twice for one: what was begun is saved', async () => {
    const { child, says, ended } = start(
      `setTimeout(() => { console.log('saved'); process.exit(7); }, 300);`,
    );
    await says('ready');
    child.kill('SIGTERM');
    await says('interrupted');
    child.kill('SIGTERM');
    child.kill('SIGINT');
    expect(await ended).toEqual({ code: 7, output: 'ready\ninterrupted\nsaved\n' });
  });

  it('lets a later one end the program at once', async () => {
    const { child, says, ended } = start('');
    await says('ready');
    child.kill('SIGINT');
    await says('interrupted');
    const again = setInterval(() => child.kill('SIGINT'), 100);
    expect(await ended).toEqual({ code: 130, output: 'ready\ninterrupted\n' });
    clearInterval(again);
  });
});
