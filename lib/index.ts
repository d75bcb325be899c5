export { blackhole, type BlackholeOptions } from './operators/blackhole';
export { close, type CloseOptions } from './operators/close';
export { corrupt, type CorruptOptions } from './operators/corrupt';
export { dump, type DumpOptions } from './operators/dump';
export { duplicate, type DuplicateOptions } from './operators/duplicate';
export { latency, type LatencyOptions } from './operators/latency';
export { limit, type LimitOptions } from './operators/limit';
export { loss, type LossOptions } from './operators/loss';
export { rate, type RateOptions } from './operators/rate';
export { reorder, type ReorderOptions } from './operators/reorder';
export { reset, type ResetOptions } from './operators/reset';
export { slice, type SliceOptions } from './operators/slice';
export { slowClose, type SlowCloseOptions } from './operators/slowClose';
export { slowOpen, type SlowOpenOptions } from './operators/slowOpen';
export { stage } from './operators/faultStage';
export { stall, type StallOptions } from './operators/stall';
export { stageContext, type OpenStageContext, type StageContextOptions } from './flow/stageContext';
export { FaultControl, type Faults, type FaultControlOptions, type StageOrFault } from './server/faultControl';
export { monotonicScheduler } from './clock';
export { formatEndpoint, type Endpoint, type Transport } from './endpoint';
export { EchoError, type EchoErrorCode } from './errors';
export type { DropReason } from './dropReason';
export type { EchoEvent, EndReason, StopReport } from './events';
export { byteBudget, type ByteBudget, type Holder } from './flow/byteBudget';
export { HeldPool } from './flow/heldPool';
export type { KernelQueue } from './flow/kernelQueue';
export { fromAsyncIterable } from './flow/fromAsyncIterable';
export { frames, type Codec, type Decoded, type FramesOptions } from './flow/frames';
export { lines } from './flow/lines';
export { perChunk } from './flow/perChunk';
export { pulled } from './flow/pulled';
export { reader, type Reader, type ReaderOptions } from './flow/reader';
export { retain } from './flow/retain';
export { stageContexts, type StageContexts, type StageContextsOf } from './flow/stageContexts';
export type { StageEnvironment, StagedPeer } from './flow/stageEnvironment';
export { through, type StageOperators } from './flow/through';
export type { ConnectionOptions, ListenOptions, Note, TcpServerOptions, UdpServerOptions } from './options';
export type {
  Connection,
  Datagram,
  DroppedDatagram,
  Flow,
  FlowWritesOptions,
  Peer,
  PeerAccount,
  RefusedConnection,
  WritesOptions,
} from './peer';
export type { RefusalReason } from './refusalReason';
export type { RefusedPorts } from './refusedPorts';
export { AccessList, type AccessLists } from './server/accessList';
export { echoConnections } from './server/echoConnections';
export { echoDatagrams } from './server/echoDatagrams';
export { echoFlows } from './server/echoFlows';
export { echoServer } from './server/echoServer';
export { Limits, type LimitsOptions } from './server/limits';
export type { EchoServerOptions, ServerOptions } from './server/options';
export type { PipelineControls } from './server/pipelines';
export { serve, type ServeOptions } from './server/serve';
export type { Handler } from './server/handlePipelines';
export { ServerStats, type Traffic } from './server/serverStats';
export { lifecycle } from './server/lifecycle';
export { relay, type RelayOptions, type RelayStages } from './server/relay';
export type { ServerAddress, StartedServer, StartOptions } from './server/start';
export { startEcho, type Echo, type StartEchoOptions } from './server/startEcho';
export { startServer } from './server/startServer';
export type { StopRequest } from './server/stopPlan';
export { takeUntilDrained } from './server/takeUntilDrained';
export type { Direction, FaultDecision, RandomNumbers, Stage, StageContext } from './stage';
export { connectionOf } from './tcp/connectionOf';
export { fakeConnection, type FakeConnection } from './tcp/fakeConnection';
export { tcpClient } from './tcp/tcpClient';
export { listenTcp, type TcpListener } from './tcp/tcpListener';
export { tcpServer } from './tcp/tcpServer';
export { flows, type FlowsOptions } from './udp/flows';
export { ReflectionGuard, ignoreReflections, type ReflectionGuardOptions } from './udp/reflectionGuard';
export { replyWith, type Reply } from './udp/replyWith';
export { listenUdp, type UdpListener } from './udp/udpListener';
export { udpClient, type UdpClientOptions } from './udp/udpClient';
export { udpServer } from './udp/udpServer';
