export { blackhole, type BlackholeOptions } from './faults/blackhole';
export { close, type CloseOptions } from './faults/close';
export { corrupt, type CorruptOptions } from './faults/corrupt';
export { dump, type DumpOptions } from './stages/dump';
export { duplicate, type DuplicateOptions } from './faults/duplicate';
export { latency, type LatencyOptions } from './faults/latency';
export { limit, type LimitOptions } from './faults/limit';
export { loss, type LossOptions } from './faults/loss';
export { rate, type RateOptions } from './faults/rate';
export { reorder, type ReorderOptions } from './faults/reorder';
export { reset, type ResetOptions } from './faults/reset';
export { slice, type SliceOptions } from './faults/slice';
export { slowClose, type SlowCloseOptions } from './faults/slowClose';
export { slowOpen, type SlowOpenOptions } from './faults/slowOpen';
export { stage } from './faults/kit/faultStage';
export { stall, type StallOptions } from './faults/stall';
export { stageContext, type TestStageContext, type StageContextOptions } from './stages/stageContext';
export { FaultControl, type Faults, type FaultControlOptions, type StageOrFault } from './faults/faultControl';
export { monotonicScheduler } from './monotonicScheduler';
export { formatEndpoint, type Endpoint, type Transport } from './endpoint';
export { EchoError, type EchoErrorCode } from './errors';
export type { ByteBudget, BudgetListener, BudgetAccount, KernelQueue, ParentBudget } from './budget';
export type { DropReason, EndReason, RefusalReason } from './reasons';
export type { EchoEvent, StopReport } from './events';
export { byteBudget } from './backpressure/byteBudget';
export { SharedBudget } from './backpressure/sharedBudget';
export { fromAsyncIterable } from './backpressure/fromAsyncIterable';
export { frames, type Codec, type Decoded, type FramesOptions } from './stages/frames';
export { lines } from './stages/lines';
export { perChunk } from './stages/perChunk';
export { pulled } from './stages/pulled';
export { reader, type Reader, type ReaderOptions } from './stages/reader';
export { retain } from './streams/retain';
export { stageContexts, type StageContexts, type StageContextsOf } from './stages/stageContexts';
export type { StageEnvironment, StagedPeer } from './stageEnvironment';
export { composeStages, type StageOperators } from './stages/composeStages';
export type { ConnectionOptions, ListenOptions, LogEntry, TcpServerOptions, UdpServerOptions } from './options';
export type {
  Connection,
  Datagram,
  DroppedDatagram,
  Flow,
  FlowWritesOptions,
  Peer,
  PeerStats,
  RefusedConnection,
  WritesOptions,
} from './peer';
export type { SourcePortPolicy } from './sourcePortPolicies';
export { AccessList, type AccessLists } from './server/limits/accessList';
export { echoConnections } from './server/echo/echoConnections';
export { echoDatagrams } from './server/echo/echoDatagrams';
export { echoFlows } from './server/echo/echoFlows';
export { echoServer } from './server/echoServer';
export { Limits, type LimitsOptions } from './server/limits/limits';
export type { EchoServerOptions, ServerOptions } from './server/serverOptions';
export type { PipelineControls } from './server/run/pipelines';
export { serve, type ServeOptions } from './server/serve';
export type { Handler } from './server/run/handlePipelines';
export { ServerStats, type Traffic } from './server/serverStats';
export { lifecycle } from './server/lifecycle';
export { relay, type RelayOptions, type RelayStages } from './server/relay';
export type { ServerAddress, StartedServer, StartOptions } from './server/start';
export { startEcho, type Echo, type StartEchoOptions } from './server/startEcho';
export { startServer } from './server/startServer';
export type { StopRequest } from './server/stop/shutdownSchedule';
export { takeUntilDrained } from './server/stop/takeUntilDrained';
export type { Direction, FaultDecision, RandomNumbers, Stage, StageContext } from './stage';
export { connectionOf } from './tcp/connectionOf';
export { fakeConnection, type FakeConnection } from './tcp/fakeConnection';
export { tcpClient } from './tcp/tcpClient';
export { listenTcp, type TcpListener } from './tcp/tcpListener';
export { tcpServer } from './tcp/tcpServer';
export { flows, type FlowsOptions } from './udp/flows/flows';
export { ReflectionGuard, ignoreReflections, type ReflectionGuardOptions } from './udp/filter/reflectionGuard';
export { replyWith, type Reply } from './udp/replyWith';
export { listenUdp } from './udp/listenUdp';
export type { UdpListener } from './udp/udpListener';
export { udpClient, type UdpClientOptions } from './udp/udpClient';
export { udpServer } from './udp/udpServer';
export { probe, probeEvents, type ProbeOptions } from './measure/probe/probe';
export { ProbeStats, type FlowStats } from './measure/probe/probeStats';
export type { ProbeEvent, Verdict } from './measure/probe/probeEvent';
