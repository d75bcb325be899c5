import * as api from 'ccecho';

describe('ccecho', () => {
  it('exports exactly these values', () => {
    expect(Object.keys(api).sort()).toEqual([
      'EchoError',
      'byteBudget',
      'echoConnections',
      'echoDatagrams',
      'echoFlows',
      'echoServer',
      'flows',
      'formatEndpoint',
      'isolate',
      'lines',
      'listenTcp',
      'listenUdp',
      'monotonicScheduler',
      'perChunk',
      'pulled',
      'startEcho',
      'takeUntilStill',
      'tcpClient',
      'tcpServer',
      'through',
      'udpServer',
    ]);
  });
});
