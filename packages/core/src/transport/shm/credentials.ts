import { readFileSync } from 'node:fs';

/** How many ids a user namespace has when none is missing: all but -1. */
const ALL_IDS = 2 ** 32 - 1;
const USUAL_OVERFLOW_UID = 65_534;

/** The uid that the kernel shows for users that have none in this user namespace; undefined when all have one. */
let overflow: { readonly uid: number | undefined } | undefined;

function overflowUid(): number | undefined {
  overflow ??= {
    uid: mapsAllUsers() ? undefined : readNumber('/proc/sys/kernel/overflowuid', USUAL_OVERFLOW_UID),
  };
  return overflow.uid;
}

function mapsAllUsers(): boolean {
  try {
    const lines = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n');
    const mapped = lines.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2]), 0);
    return mapped === ALL_IDS;
  } catch {
    return false;
  }
}

function readNumber(path: string, otherwise: number): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return otherwise;
  }
}

/** The uid that this process acts as. */
export function ownUid(): number {
  return process.geteuid?.() ?? -1;
}

/** Whether a uid tells users apart here: the overflow uid stands for all that have none. */
export function isIdentity(uid: number): boolean {
  return uid !== overflowUid();
}

export function isOwnUid(uid: number): boolean {
  return uid === ownUid() && isIdentity(uid);
}
