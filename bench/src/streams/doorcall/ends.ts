/** Both ends of the suite's service in doorcall, with and without generated code. */
import { type Blob, connect, serve } from '@doorcall/core';
import { lookAtPages, onePlaceOf, sumWords, wordsOf } from '../bytes.js';
import { chunkAt, makeChunks } from '../chunks.js';
import { streams as generated, type StreamsClient } from '../contract/streams.gen.js';
import { streams } from '../contract/streams.service.js';
import { eventAt } from '../events.js';

/** `msgpack` is the default; `generated` is the code that `doorcall gen` writes. */
export type Codec = 'msgpack' | 'generated';

export async function serveStreams(codec: Codec, directory: string): Promise<void> {
  const chunks = makeChunks();
  let events = 0;
  const handlers = {
    nothing() {},
    event: () => eventAt(events++),
    async *events() {
      for (let i = 0; ; i++) yield eventAt(i);
    },
    *eventsAtOnce() {
      for (let i = 0; ; i++) yield eventAt(i);
    },
    async *chunks() {
      for (let i = 0; ; i++) yield chunkAt(chunks, i);
    },
    async *blobs() {
      for (let i = 0; ; i++) yield chunkAt(chunks, i);
    },
    upload: (bytes: Uint8Array) => lookAtPages(bytes),
    onePlace(blob: Blob) {
      using held = blob;
      const at = onePlaceOf(held);
      // A view of all of it would make V8 collect garbage now and then for want of memory that it believes to be used.
      return held.copy(at, at + 1)[0]!;
    },
    sum(blob: Blob) {
      using held = blob;
      return held.read((bytes) => sumWords(wordsOf(bytes)));
    },
    sumOfView(blob: Blob) {
      using held = blob;
      return sumWords(wordsOf(held.bytes));
    },
  };
  if (codec === 'generated') await serve(generated, handlers, { directory });
  else await serve(streams, handlers, { directory });
}

export async function connectStreams(codec: Codec, directory: string): Promise<StreamsClient> {
  const client = codec === 'generated' ? connect(generated, { directory }) : connect(streams, { directory });
  await client.ready();
  return client;
}
