/**
 * What an item costs of a stream's credit in items: as many as it has descriptors, one at least. Half a window at most:
 * more would wait for credit that its reader, who has read all, does not give back yet.
 */
export function itemCost(fds: number, windowItems: number): number {
  return fds <= 1 ? 1 : Math.min(fds, Math.max(1, windowItems >> 1));
}
