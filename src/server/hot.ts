/** Where the time went, from the samples of a .cpuprofile: the stacks seen most often. */

/** As much of a .cpuprofile as we read. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
}

type Node = CpuProfile['nodes'][number];

/** Stacks that are shown. */
const STACKS_MAX = 5;
/** Frames of each, the innermost first. */
const FRAMES_MAX = 16;

const decoder = new TextDecoder();

/** Lines for people: how many samples found the process busy, and in what. */
export function hotLines(profile: Uint8Array): string[] {
  const { nodes, samples } = JSON.parse(decoder.decode(profile)) as CpuProfile;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map<number, Node>();
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
  /** Node => how many samples found the process in it. */
  const hits = new Map<Node, number>();
  let busy = 0;
  for (const sample of samples) {
    const node = byId.get(sample);
    if (node === undefined || node.callFrame.functionName === '(idle)') continue;
    busy++;
    hits.set(node, (hits.get(node) ?? 0) + 1);
  }
  const hottest = [...hits].sort(([, a], [, b]) => b - a).slice(0, STACKS_MAX);
  const stacks = hottest.flatMap(([node, count]) => [
    `  ${count} x`,
    ...stackOf(node, parents).map((frame) => `    ${frame}`),
  ]);
  return [`busy in ${busy} of ${samples.length} samples`, ...stacks];
}

function stackOf(leaf: Node, parents: ReadonlyMap<number, Node>): string[] {
  const frames: string[] = [];
  let node: Node | undefined = leaf;
  while (node !== undefined && frames.length < FRAMES_MAX) {
    const { functionName, url, lineNumber } = node.callFrame;
    if (functionName !== '(root)') {
      const where = url === '' ? '' : ` (${url.split('/').at(-1)}:${lineNumber + 1})`;
      frames.push(`${functionName === '' ? '(anonymous)' : functionName}${where}`);
    }
    node = parents.get(node.id);
  }
  return frames;
}
