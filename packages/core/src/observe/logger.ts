/**
 * What doorcall writes its log lines to. A pino logger fits; anything with these two methods does.
 * `fields` carries `service`, `method`, `peer`, `err` and so on, as far as they apply.
 */
export interface Logger {
  /** Something was refused or dropped, and doorcall goes on. */
  warn(fields: object, message: string): void;
  /** A handler or a log line failed in a way its author should see. */
  error(fields: object, message: string): void;
}

const consoleLogger: Logger = {
  warn: (fields, message) => console.warn(`doorcall: ${message}`, fields),
  error: (fields, message) => console.error(`doorcall: ${message}`, fields),
};

const silentLogger: Logger = { warn: () => {}, error: () => {} };

/** The logger to use: the console when the user gives none, nothing for `false`. It never throws. */
export function loggerOf(option: Logger | false | undefined): Logger {
  if (option === undefined) return consoleLogger;
  if (option === false) return silentLogger;
  return {
    warn: (fields, message) => quietly(() => option.warn(fields, message)),
    error: (fields, message) => quietly(() => option.error(fields, message)),
  };
}

/** A logger that fails must not take a call, or a connection, with it. */
function quietly(write: () => void): void {
  try {
    write();
  } catch (error) {
    console.error('doorcall: the logger failed', error);
  }
}
