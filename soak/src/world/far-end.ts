/** The far end of `child.ts`: what a process of the soak says to whoever runs it, and hears from it. */
export const planOf = <Plan>(): Plan => JSON.parse(process.argv[2] ?? '{}') as Plan;

/** Something that must not be has been seen. */
export function violated(words: string): void {
  process.send?.({ event: 'violated', words });
}

type Commands = Readonly<Record<string, (argument: never) => unknown>>;

/** Does what it is told, until whoever runs it is gone. */
export function obey(commands: Commands): void {
  process.on('disconnect', () => process.exit(0));
  process.on(
    'message',
    async ({ id, command, argument }: { id: number; command: string; argument: never }) => {
      try {
        process.send?.({ id, result: await commands[command]?.(argument) });
      } catch (error) {
        process.send?.({ id, failure: String(error) });
      }
    },
  );
}
