/** The result of the test whether loss depends on the flow. */
export interface FlowLossTest {
  readonly verdict: 'depends' | 'does not depend' | 'needs more probes';
  /** How many more probes are needed, until one loss is expected for each flow. */
  readonly missing: number;
  readonly chiSquare: number;
}

/** The sent and lost probes of a flow. */
export interface FlowCount {
  readonly sent: number;
  readonly lost: number;
}

/**
 * Tests with the chi-square test, at 1 %, whether loss depends on the flow: a broken path among several equal ones loses
 * only the flows that it carries. The test needs one expected loss for each flow.
 */
export const testFlowLoss = (flows: readonly FlowCount[]): FlowLossTest => {
  const sent = flows.reduce((sum, flow) => sum + flow.sent, 0);
  const lost = flows.reduce((sum, flow) => sum + flow.lost, 0);
  const ratio = sent === 0 ? 0 : lost / sent;
  const fewest = Math.min(...flows.map((flow) => flow.sent * ratio));
  if (flows.length < 2 || lost === 0 || fewest < 1) {
    const missing = ratio === 0 ? 0 : Math.max(Math.ceil(flows.length / ratio) - sent, 0);
    return { verdict: lost === 0 || flows.length < 2 ? 'does not depend' : 'needs more probes', missing, chiSquare: 0 };
  }
  const chiSquare =
    ratio === 1
      ? 0
      : flows.reduce((sum, flow) => {
          const expected = flow.sent * ratio;
          return sum + (flow.lost - expected) ** 2 / expected + (flow.lost - expected) ** 2 / (flow.sent - expected);
        }, 0);
  const verdict = chiSquare > chiSquareLimit(flows.length - 1) ? 'depends' : 'does not depend';
  return { verdict, missing: 0, chiSquare };
};

/** The 99 % quantile of the chi-square distribution, by the approximation of Wilson and Hilferty. */
const chiSquareLimit = (degrees: number): number =>
  degrees * (1 - 2 / (9 * degrees) + 2.3263 * Math.sqrt(2 / (9 * degrees))) ** 3;
