import Database from 'libsql';

/**
 * Opens a database file, made where it is missing. What a transaction has committed survives the process and,
 * by `synchronous`, a power cut.
 *
 * @param schema run each time: `create table if not exists …`.
 */
export function openDatabase(file: string, schema: string): Database.Database {
  const database = new Database(file);
  // A predecessor that is just ending may still hold the file.
  database.pragma('busy_timeout = 5000');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(schema);
  return database;
}
