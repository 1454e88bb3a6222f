import { serve } from '@doorcall/core';
import { chat } from '../contract.js';
import { onTermination } from '../termination.js';
import { chatHandlers } from './handlers.js';

const server = await serve(chat, chatHandlers());
// Not `drain`: whoever chats has a call in flight, for as long as they like.
onTermination('chat', () => server.close());
console.log(`chat: ready at ${server.address}`);
