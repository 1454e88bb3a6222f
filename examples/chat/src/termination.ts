/**
 * Ends the process in an orderly way on SIGTERM and SIGINT: `stop` lets what is in flight finish and closes everything that
 * keeps Node running. A second signal ends it at once.
 *
 * @returns what begins the same without a signal
 */
export function onTermination(name: string, stop: () => Promise<void>): () => void {
  const begin = () => {
    process.off('SIGTERM', begin).off('SIGINT', begin);
    console.log(`${name}: draining`);
    stop().catch((error) => {
      console.error(`${name}: could not end in an orderly way`, error);
      process.exit(1);
    });
  };
  process.on('SIGTERM', begin).on('SIGINT', begin);
  return begin;
}
