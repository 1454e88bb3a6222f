// A polite client of the server that is attacked.
import { obey } from './commands.mjs';
import { Polite } from './polite.mjs';

const polite = new Polite();

obey({
  attach: ({ directory }) => polite.attach(directory),
  detach: () => polite.detach(),
  after: ({ calls }) => polite.after(calls),
});
