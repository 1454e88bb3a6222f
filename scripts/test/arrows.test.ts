import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { violationsIn } from '../arrows/violations.mjs';

const checker = path.resolve(import.meta.dirname, '..', 'check-arrows.mjs');

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'doorcall-arrows-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, 'packages', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function check(files: Record<string, string>): string[] {
  write(files);
  return violationsIn(root).violations;
}

describe('what follows the arrows', () => {
  it('passes, in both languages', () => {
    const found = check({
      'native/src/ring/layout.h': '#include <atomic>\n#include <cstdint>\n',
      'native/src/ring/ring.cc': '#include "fault/failpoint.h"\n#include "ring/layout.h"\n',
      'native/src/fault/failpoint.cc': '#include <signal.h>\n#include "fault/failpoint.h"\n',
      'native/src/os/futex.h': '#include <sys/syscall.h>\n',
      'native/src/channel/channel.h': '#include "os/futex.h"\n#include "ring/layout.h"\n',
      'native/src/napi/addon.cc': '#include <napi.h>\n#include "channel/channel.h"\n',
      'core/src/index.ts':
        "export { connect } from './client/connect.js';\nimport './transport/shm/shm.js';\n",
      'core/src/client/connect.ts': "import '../transport/transport.js';\nexport const connect = 1;\n",
      'core/src/transport/transport.ts': "import '../errors/error.js';\n",
      'core/src/transport/shm/shm.ts': "import '@doorcall/native';\nimport '../transport.js';\n",
      'core/src/errors/error.ts': 'export {};\n',
      'load/src/index.ts': "import 'pure-rand';\n",
      'codegen/src/index.ts': "export * from './emit/index.js';\n",
      'codegen/src/emit/index.ts': "import '../codec/index.js';\nimport '../config.js';\n",
    });
    expect(found).toEqual([]);
  });
});

describe('what goes against them', () => {
  it.each([
    ['ring to os', 'native/src/ring/a.h', '#include "os/futex.h"', 'ring must not include os/futex.h'],
    ['ring to os, relatively', 'native/src/ring/a.h', '#include "../os/futex.h"', 'must not include'],
    ['ring to a system call', 'native/src/ring/a.cc', '#  include <sys/mman.h>', 'no system call'],
    ['ring to a thread', 'native/src/ring/a.cc', '#include <thread>', 'no system call'],
    ['os to ring', 'native/src/os/a.cc', '#include "ring/layout.h"', 'os must not include ring/layout.h'],
    ['fault to ring', 'native/src/fault/a.cc', '#include "ring/layout.h"', 'fault must not include'],
    ['channel to napi', 'native/src/channel/a.cc', '#include "napi/door.h"', 'channel must not include'],
    ['channel to libuv', 'native/src/channel/a.cc', '#include <uv.h>', 'only napi knows Node'],
    ['a layer nobody knows', 'native/src/misc/a.cc', '#include <vector>', 'misc is no layer'],
    ['load to doorcall', 'load/src/a.ts', "import '@doorcall/core';", 'load must not import @doorcall/core'],
    ['client to server', 'core/src/client/a.ts', "import '../server/b.js';", 'client must not import server'],
    ['server to client', 'core/src/server/a.ts', "export * from '../client/b.js';", 'server must not import'],
    [
      'client to server, lazily',
      'core/src/client/a.ts',
      "await import('../server/b.js');",
      'must not import',
    ],
    [
      'a type counts',
      'core/src/codec/a.ts',
      "import type { A } from '../stream/b.js';",
      'codec must not import',
    ],
    [
      'client to an implementation',
      'core/src/client/a.ts',
      "import '../transport/shm/b.js';",
      'must not import',
    ],
    [
      'one implementation to another',
      'core/src/transport/shm/a.ts',
      "import '../in-memory/b.js';",
      'must not',
    ],
    ['an entry from below', 'core/src/client/a.ts', "import '../index.js';", 'must not import an entry'],
    ['codec to emit', 'codegen/src/codec/a.ts', "import '../emit/b.js';", 'codec must not import emit'],
    ['a common file to a layer', 'codegen/src/config.ts', "import './load/b.js';", 'must not import load'],
    [
      'an entry of codegen from below',
      'codegen/src/diff/a.ts',
      "import '../generate.js';",
      'must not import an entry',
    ],
    [
      'a layer of codegen nobody knows',
      'codegen/src/misc/a.ts',
      "import '../load/b.js';",
      'misc is no layer',
    ],
    ['the addon from elsewhere', 'core/src/client/a.ts', "import '@doorcall/native';", 'only transport/shm'],
  ])('%s', (_, file, text, message) => {
    const found = check({ [file]: `\n${text}\n` });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`packages/${file}:2: `);
    expect(found[0]).toContain(message);
  });

  it('is also a cycle of imports inside one layer', () => {
    const found = check({
      'core/src/errors/a.ts': "import './b.js';\n",
      'core/src/errors/b.ts': "import './a.js';\n",
    });
    expect(found).toEqual(['import cycle: errors/a.ts -> errors/b.ts -> errors/a.ts']);
  });
});

describe('the command', () => {
  const run = () => spawnSync(process.execPath, [checker, root], { encoding: 'utf8' });

  it('exits 0 when all is well and 1 with the sentence when it is not', () => {
    write({ 'native/src/ring/a.h': '#include <cstdint>' });
    expect(run()).toMatchObject({ status: 0, stdout: 'arrows: 1 files, 0 violations\n' });
    write({ 'native/src/ring/a.h': '#include <unistd.h>' });
    const failing = run();
    expect(failing.status).toBe(1);
    expect(failing.stderr).toContain('ring/a.h:1: ring makes no system call');
  });

  it('exits 1 where there is nothing to check', () => {
    expect(run().status).toBe(1);
  });
});
