import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createShmAcceptor, createShmDialer } from '../../src/transport/shm/index.js';
import { describeTransport } from '../behaviour/suite.js';

describeTransport('shared memory, both ends in one thread', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'doorcall-test-'));
  return {
    acceptor: (options) => createShmAcceptor({ directory, onTaken: 'join', ...options }),
    dialer: (options) => createShmDialer({ directory, ...options }),
    dispose: async () => rmSync(directory, { recursive: true, force: true }),
  };
});
