import type { Transport } from '../transport.js';
import { childIpcAdvanced } from './settings.js';
import { childCannot, childRemarks, connectChild, serveParent } from './shared/child-ipc.js';
import { asTheyAre } from './shared/messages.js';
import { node } from './shared/version.js';

export const transport: Transport = {
  kind: 'peer',
  summary: "child_process IPC from parent to child, 'advanced' serialization",
  version: node,
  serverStartedBy: 'client',
  remarks: childRemarks,
  cannot: childCannot,
  startServer: (surroundings) => serveParent(surroundings, asTheyAre),
  connect: (_address, surroundings) => connectChild(childIpcAdvanced, surroundings, asTheyAre),
};
