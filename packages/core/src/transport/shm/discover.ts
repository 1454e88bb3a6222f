import { closeSync } from 'node:fs';
import type { Endpoint } from '../transport.js';
import { type Candidate, DirectoryProblem, openDirectory } from './directory.js';
import { listInstances, openServiceFolder, type ServiceFolder, socketFile } from './folder.js';

/** One instance's socket. */
export class ShmEndpoint implements Endpoint {
  readonly key: string;

  constructor(
    readonly candidate: Candidate,
    readonly service: string,
    readonly instance: string,
  ) {
    this.key = `${candidate.path}/${service}/${socketFile(instance)}`;
  }
}

/** Sockets of a service in all directories. Whether servers answer there, only connecting tells. */
export function discover(
  options: readonly Candidate[],
  service: string,
): { endpoints: ShmEndpoint[]; tried: string[] } {
  const endpoints: ShmEndpoint[] = [];
  const tried: string[] = [];
  for (const candidate of options) {
    try {
      const found = inFolder(candidate, service, (folder) => listInstances(folder)).map(
        (instance) => new ShmEndpoint(candidate, service, instance),
      );
      endpoints.push(...found);
      if (found.length === 0) tried.push(`${candidate.path}/${service}: no socket`);
      else tried.push(...found.map(({ key }) => `${key}: found`));
    } catch (error) {
      if (!(error instanceof FolderProblem)) throw error;
      tried.push(error.message);
    }
  }
  return { endpoints, tried };
}

/** A candidate's folder cannot be used; the message begins with its path. */
export class FolderProblem extends Error {
  constructor(
    path: string,
    readonly problem: DirectoryProblem,
  ) {
    super(`${path}: ${problem.message}`);
  }
}

/** Opens a service's folder with all checks, for the duration of `use`. @throws FolderProblem */
export function inFolder<Result>(
  candidate: Candidate,
  service: string,
  use: (folder: ServiceFolder) => Result,
): Result {
  let path = candidate.path;
  const fds: number[] = [];
  try {
    const directory = openDirectory(candidate);
    fds.push(directory.fd);
    path = `${path}/${service}`;
    const folder = openServiceFolder(directory, service, false);
    fds.push(folder.fd);
    return use(folder);
  } catch (error) {
    throw error instanceof DirectoryProblem ? new FolderProblem(path, error) : error;
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}
