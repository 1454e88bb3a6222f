/** A process that is told what to do by lines of JSON. */
export declare class Program {
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly pid: number;
  readonly ended: boolean;
  /** What it has written to stderr. */
  readonly output: string;
  /** @param prefix a command that runs the rest */
  static node(file: string, prefix?: readonly string[]): Program;
  static hostilePeer(): Program;
  ask<Result = null>(command: string, fields?: object): Promise<Result>;
  /** The next event of that name. */
  next(event: string): Promise<unknown>;
  on(event: string, listener: (fields: Record<string, unknown>) => void): void;
  stop(): Promise<void>;
}
