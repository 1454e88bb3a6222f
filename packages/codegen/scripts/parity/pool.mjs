import { fork } from 'node:child_process';

/**
 * Runs tasks in several processes, one at a time in each.
 * @param next makes the next task; undefined ends it
 * @param onOutcome told each outcome; false ends it
 * @param onDeath told how a process ended that should not have; that ends it
 */
export async function runTasks(file, processes, next, { onOutcome, onDeath }) {
  let stopped = false;
  const work = async () => {
    const child = fork(file, {
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    try {
      for (let task = next(); task !== undefined && !stopped; task = next()) {
        const answered = new Promise((resolve) => child.once('message', resolve));
        child.send(task);
        const answer = await Promise.race([answered, ended.then((how) => ({ died: how, task }))]);
        if (answer.died !== undefined) {
          stopped = true;
          onDeath(death(answer));
        } else if (onOutcome(answer) === false) stopped = true;
      }
    } finally {
      if (child.connected) child.disconnect();
      await ended;
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
}

function death({ died, task }) {
  return `a process died (${died.signal ?? `exit code ${died.code}`}) with ${JSON.stringify(task)}`;
}
