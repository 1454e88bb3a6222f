import { RpcError, type ServerInterceptor } from '@doorcall/core';

/** One line for each call that a server has answered: from whom, how much time it had left, how it ended. */
export const logCalls: ServerInterceptor = async ({ service, method, ctx }, next) => {
  const caller = ctx.peer.pid === 0 ? 'somebody' : `pid ${ctx.peer.pid}`;
  const left =
    ctx.deadline === undefined ? 'no deadline' : `${Math.round(ctx.deadline - Date.now())} ms left`;
  const write = (outcome: string) => console.log(`${service}.${method} from ${caller}, ${left}: ${outcome}`);
  try {
    const result = await next();
    write('OK');
    return result;
  } catch (error) {
    const { code, reason } = RpcError.from(error);
    write(reason === undefined ? code : `${code} (${reason})`);
    throw error;
  }
};
