import { ReplaySubject, Subject } from 'rxjs';
import { Signal } from '../../lib/streams/signal';

const listener = () => {
  const told: unknown[] = [];
  return { told, onSignal: (signal: unknown) => void told.push(signal) };
};

describe('Signal', () => {
  it('subscribes to the signal once for all listeners, and calls each of them once', () => {
    const signal$ = new Subject<string>();
    const [a, b] = [listener(), listener()];
    const stop = new Signal(signal$);
    stop.add(a);
    stop.add(b);
    expect(signal$.observed).toBe(true);
    signal$.next('signal');
    signal$.next('again');
    expect([a.told, b.told]).toEqual([['signal'], ['signal']]);
    expect(signal$.observed).toBe(false);
  });

  it('unsubscribes from the signal without listeners, and calls none that was removed', () => {
    const signal$ = new Subject<string>();
    const [a, b] = [listener(), listener()];
    const stop = new Signal(signal$);
    stop.add(a);
    stop.add(b);
    stop.delete(a);
    expect(signal$.observed).toBe(true);
    stop.delete(b);
    expect(signal$.observed).toBe(false);
    stop.add(b);
    signal$.next('signal');
    expect([a.told, b.told]).toEqual([[], ['signal']]);
  });

  it('calls a late listener at once when the signal replays', () => {
    const signal$ = new ReplaySubject<string>(1);
    signal$.next('signal');
    const late = listener();
    new Signal(signal$).add(late);
    expect(late.told).toEqual(['signal']);
  });

  it('is an Observable of the signal, and is not wrapped again', () => {
    const signal$ = new ReplaySubject<string>(1);
    signal$.next('signal');
    const stop = Signal.of(signal$);
    const seen: unknown[] = [];
    stop.subscribe((signal) => seen.push(signal));
    expect(seen).toEqual(['signal']);
    expect(Signal.of(stop)).toBe(stop);
  });
});
