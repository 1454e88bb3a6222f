import { roundTrips } from '../loops.js';
import type { Party } from '../party.js';
import type { Reading } from '../raw-net/frames.js';
import { connectUploads, serveUploads, type Upload } from '../raw-net/upload.js';

/** What is uploaded, and what becomes of it. */
export interface RawUpload {
  readonly bytes: number;
  /** The receiver's part. */
  work(bytes: Uint8Array): number;
  /** One call of the sender's, which checks the answer. */
  sender(upload: Upload): (turn: number) => Promise<void>;
}

/**
 * Both ways to read a socket. `net-unix` is the faster one and the rival; `net-unix-data` is what is more often written.
 */
export function rawUploads(upload: RawUpload): Record<string, Party> {
  return {
    'net-unix': party('net-unix', 'onread', 'node:net over a Unix socket, read with onread', upload),
    'net-unix-data': party(
      'net-unix-data',
      'data',
      'the same, read by data events (shown, no target)',
      upload,
    ),
  };
}

function party(name: string, reading: Reading, summary: string, { bytes, work, sender }: RawUpload): Party {
  return {
    measures: { [name]: summary },
    serve: (directory) => serveUploads(directory, reading, bytes, work),
    connect: async (directory) => ({ [name]: roundTrips(sender(await connectUploads(directory))) }),
  };
}
