import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';

type Load = (url: string, context: object, next: (url: string, context: object) => unknown) => unknown;

/** Since Node 22.15, and beyond the types of Node 20. */
const { registerHooks } = nodeModule as { registerHooks?: (hooks: { readonly load: Load }) => void };

/** Older Nodes run hooks in a thread of their own. */
const THREAD = `
let port;
export function initialize(given) { port = given; }
export function load(url, context, next) { port.postMessage(url); return next(url, context); }
`;

/** Notes which files Node itself imports from now on. @returns a function that tells them. */
export function trackNativeImports(): () => readonly string[] {
  const urls: string[] = [];
  const more = registerHooks === undefined ? fromThread() : inPlace(registerHooks, urls);
  return () => {
    urls.push(...more());
    return urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
  };
}

function inPlace(hook: NonNullable<typeof registerHooks>, urls: string[]): () => readonly string[] {
  hook({
    load: (url, context, next) => {
      urls.push(url);
      return next(url, context);
    },
  });
  return () => [];
}

function fromThread(): () => readonly string[] {
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  nodeModule.register(`data:text/javascript,${encodeURIComponent(THREAD)}`, {
    data: port2,
    transferList: [port2],
  });
  return () => {
    const urls: string[] = [];
    for (let got = receiveMessageOnPort(port1); got !== undefined; got = receiveMessageOnPort(port1)) {
      urls.push(got.message as string);
    }
    return urls;
  };
}
