import { createDoor, detached, type Handlers } from '@doorcall/core';
import { type chat, type Message, membership } from '../contract.js';
import { type Member, Room } from './room.js';

export function chatHandlers(): Handlers<typeof chat> {
  const rooms = new Map<string, Room>();
  return {
    join({ room: roomName, name }, ctx) {
      const room = rooms.get(roomName) ?? new Room();
      const { client } = ctx;
      const member: Member = {
        name,
        hear(message: Message) {
          // Whoever says something does not wait for those who hear it, nor does its end take the message back.
          detached(() => client.notify({ room: roomName, message })).catch(() => {
            // It reads too slowly, or is gone: then `onUnreferenced` is on its way.
          });
        },
      };
      if (!room.enter(member)) throw ctx.error('NAME_TAKEN', { members: room.members });
      rooms.set(roomName, room);
      return createDoor(
        membership,
        {
          async *say(texts) {
            for await (const text of texts) yield room.say(name, text);
          },
          members: () => room.members,
          history: ({ last }) => room.last(last),
        },
        {
          // Also when its process was killed: the kernel says so, and no heartbeat has to.
          onUnreferenced() {
            room.leave(member);
            if (room.members.length === 0) rooms.delete(roomName);
          },
        },
      );
    },
  };
}
