/** How a method is called. The names are gRPC's. */
export type MethodKind = 'unary' | 'oneway' | 'server-streaming' | 'client-streaming' | 'bidi-streaming';

/** Kinds whose input is a stream. */
export type InputStreaming = 'client-streaming' | 'bidi-streaming';

/** Kinds whose output is a stream. */
export type OutputStreaming = 'server-streaming' | 'bidi-streaming';

/** Whether the input of such methods is a stream. */
export function streamsInput(kind: MethodKind): kind is InputStreaming {
  return kind === 'client-streaming' || kind === 'bidi-streaming';
}

/** Whether the output of such methods is a stream. */
export function streamsOutput(kind: MethodKind): kind is OutputStreaming {
  return kind === 'server-streaming' || kind === 'bidi-streaming';
}

/** The kind of a method that is answered. */
export function answeredKind(inputStreams: boolean, outputStreams: boolean): MethodKind {
  if (inputStreams) return outputStreams ? 'bidi-streaming' : 'client-streaming';
  return outputStreams ? 'server-streaming' : 'unary';
}
