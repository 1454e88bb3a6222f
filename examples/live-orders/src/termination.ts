/** Ends the process in an orderly way on SIGTERM and SIGINT; a second signal ends it at once. */
export function onTermination(name: string, stop: () => Promise<void>): void {
  const handle = () => {
    process.off('SIGTERM', handle).off('SIGINT', handle);
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
