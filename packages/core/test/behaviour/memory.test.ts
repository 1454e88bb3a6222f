import { MemoryTransport } from '../../src/transport/memory/index.js';
import { describeTransport } from './suite.js';

describeTransport('in memory', () => {
  const transport = new MemoryTransport();
  return {
    acceptor: (options) => transport.acceptor(options),
    dialer: (options) => transport.dialer(options),
    dispose: async () => {},
  };
});
