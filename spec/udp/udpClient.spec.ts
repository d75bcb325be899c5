import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { concat, firstValueFrom, lastValueFrom, NEVER, of, Subject, take, toArray } from 'rxjs';
import type { DroppedDatagram, Flow } from '../../lib/peer';
import { fromAsyncIterable } from '../../lib/backpressure/fromAsyncIterable';
import { udpClient, type UdpClientOptions } from '../../lib/udp/udpClient';
import { rejectionOf } from '../support/rejectionOf';
import { thrownBy } from '../support/thrownBy';
import { naiveEcho, udpPortIsFree } from '../support/udp';

const host = '127.0.0.1';

const flowTo = (port: number, options?: UdpClientOptions): Promise<Flow> =>
  firstValueFrom(udpClient({ host, port, ...options }));

describe('udpClient', () => {
  it('sends datagrams, and emits what comes back after the last one was sent', async () => {
    using echo = await naiveEcho();
    const flow = await flowTo(echo.address().port);
    await lastValueFrom(of(Buffer.from('a'), Buffer.from('bc')).pipe(flow.writes()), { defaultValue: undefined });
    expect((await lastValueFrom(flow.bytes$.pipe(take(2), toArray()))).map(String)).toEqual(['a', 'bc']);
    expect(flow).toMatchObject({ datagramsIn: 2, datagramsOut: 2, bytesIn: 3, bytesOut: 3, flushed: true });
  });

  it('frees its port when all is sent and the reader has left', async () => {
    using echo = await naiveEcho();
    const flow = await flowTo(echo.address().port);
    of(Buffer.from('a')).pipe(flow.writes()).subscribe();
    expect(await udpPortIsFree(flow.local.port)).toBe(false);
    await firstValueFrom(flow.bytes$);
    expect(await udpPortIsFree(flow.local.port)).toBe(true);
  });

  it('frees its port when nothing has read for lingerMs', async () => {
    using echo = await naiveEcho();
    const flow = await flowTo(echo.address().port, { lingerMs: 10 });
    const ended = firstValueFrom(flow.ended$);
    of(Buffer.from('a')).pipe(flow.writes()).subscribe();
    await ended;
    expect(await udpPortIsFree(flow.local.port)).toBe(true);
  });

  it('completes its bytes when it is ended', async () => {
    using echo = await naiveEcho();
    const flow = await flowTo(echo.address().port);
    const all = lastValueFrom(flow.bytes$.pipe(toArray()));
    flow.end();
    expect(await all).toEqual([]);
    flow.abort();
  });

  it('receives nothing from other addresses', async () => {
    using echo = await naiveEcho();
    using other = await naiveEcho();
    const flow = await flowTo(echo.address().port);
    const got = firstValueFrom(flow.bytes$);
    await new Promise((resolve) => other.send('not yours', flow.local.port, host, resolve));
    of(Buffer.from('a')).pipe(flow.writes()).subscribe();
    expect(String(await got)).toBe('a');
  });

  it('errors when the port refuses what is sent', async () => {
    const closed = createSocket('udp4').bind(0, host);
    await once(closed, 'listening');
    const { port } = closed.address();
    closed.close();
    await once(closed, 'close');
    const flow = await flowTo(port);
    concat(of(Buffer.from('a')), NEVER)
      .pipe(flow.writes())
      .subscribe({ error: () => undefined });
    const error = await rejectionOf(flow.bytes$);
    expect(error).toMatchObject({
      code: 'ERR_ECHO_CONNECTION',
      remote: { host, port },
      cause: { code: 'ECONNREFUSED' },
      message: expect.stringContaining(`${host}:${port}`) as string,
    });
  });

  it('errors when the name cannot be looked up', async () => {
    expect(await rejectionOf(udpClient({ host: 'no-such-host.invalid', port: 7 }))).toMatchObject({
      code: 'ERR_ECHO_CONNECTION',
      message: expect.stringMatching(/^Cannot send to no-such-host.invalid:7: /) as string,
    });
  });

  it('drops and counts what the system refuses to send', async () => {
    using echo = await naiveEcho();
    const dropped: DroppedDatagram[] = [];
    const flow = await flowTo(echo.address().port, { onDropped: (each) => dropped.push(each) });
    of(Buffer.alloc(70_000), Buffer.from('a')).pipe(flow.writes()).subscribe();
    expect(String(await firstValueFrom(flow.bytes$))).toBe('a');
    expect(dropped).toMatchObject([{ reason: 'unsendable', bytes: 70_000 }]);
  });

  it('ends for both views when it is aborted', async () => {
    using echo = await naiveEcho();
    const flow = await flowTo(echo.address().port);
    const source$ = new Subject<Buffer>();
    const writing = rejectionOf(source$.pipe(flow.writes()));
    const reading = rejectionOf(flow.bytes$);
    flow.abort();
    expect([await writing, await reading]).toMatchObject([{ code: 'ERR_ECHO_ABORTED' }, { code: 'ERR_ECHO_ABORTED' }]);
    expect(await udpPortIsFree(flow.local.port)).toBe(true);
  });

  it('pulls from an iterable no more than there is room for', async () => {
    using echo = await naiveEcho();
    const flow = await flowTo(echo.address().port);
    let pulled = 0;
    const endless = (async function* () {
      for (;;) yield await setImmediate(Buffer.alloc(8, (pulled += 1)));
    })();
    const got = lastValueFrom(flow.bytes$.pipe(take(100), toArray()));
    const sending = fromAsyncIterable(endless, flow.budget).pipe(flow.writes()).subscribe();
    expect(await got).toHaveLength(100);
    sending.unsubscribe();
    const before = pulled;
    await setImmediate();
    await setImmediate();
    expect(pulled - before).toBeLessThanOrEqual(1);
  });

  it.each([{ port: -1 }, { port: 7, lingerMs: -1 }, { port: 7, receiveBufferBytes: 0 }])('throws for %j', (options) => {
    expect(thrownBy(() => udpClient({ host, ...options }))).toMatchObject({ code: 'ERR_ECHO_OPTION' });
  });
});
