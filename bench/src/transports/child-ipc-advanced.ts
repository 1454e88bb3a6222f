import type { Transport } from '../transport.js';
import { childIpcAdvanced } from './settings.js';
import { childCannot, connectChild, serveParent } from './shared/child-ipc.js';
import { node } from './shared/version.js';

export const transport: Transport = {
  kind: 'peer',
  summary: "child_process IPC from parent to child, 'advanced' serialization",
  version: node,
  serverStartedBy: 'client',
  cannot: childCannot,
  startServer: serveParent,
  connect: (_address, surroundings) => connectChild(childIpcAdvanced, surroundings),
};
