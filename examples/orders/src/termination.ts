/**
 * Ends the process in an orderly way on SIGTERM and SIGINT: what is in flight is finished, then `stop` has closed
 * everything that keeps Node running. A second signal ends it at once.
 */
export function onTermination(name: string, stop: () => Promise<void>): void {
  const handle = (signal: NodeJS.Signals) => {
    process.off('SIGTERM', handle).off('SIGINT', handle);
    console.log(`${name}: draining after ${signal}`);
    stop().then(
      () => console.log(`${name}: ended`),
      (error) => {
        console.error(`${name}: could not end in an orderly way`, error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', handle).on('SIGINT', handle);
}
