/** One of the servers of the examples: `example redis`. */
import { serve, type Handler } from 'ccecho';
import { NEVER } from 'rxjs';
import { announce } from './announce';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- the name is an argument
const { handler } = require(`../../examples/servers/${process.argv[2]!}`) as { readonly handler: Handler };

serve(handler, { hosts: ['127.0.0.1'], port: 0, stop$: NEVER }).subscribe((event) => {
  if (event.kind === 'listening') announce(event.local.port);
});
