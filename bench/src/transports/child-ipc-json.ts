import type { Transport } from '../transport.js';
import { childIpcJson } from './settings.js';
import { childCannot, childRemarks, connectChild, serveParent } from './shared/child-ipc.js';
import { base64 } from './shared/messages.js';
import { node } from './shared/version.js';

export const transport: Transport = {
  kind: 'peer',
  summary: "child_process IPC from parent to child, 'json' serialization (node's default), bytes as base64",
  version: node,
  serverStartedBy: 'client',
  remarks: childRemarks,
  cannot: childCannot,
  startServer: (surroundings) => serveParent(surroundings, base64),
  connect: (_address, surroundings) => connectChild(childIpcJson, surroundings, base64),
};
