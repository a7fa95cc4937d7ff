/** What the evaluation of a path says, as data. */
import type { Change } from './change.ts';
import type { Direction } from './model.ts';

export type BlockingCause = 'SECURITY_GROUP_BLOCKS' | 'NETWORK_ACL_BLOCKS' | 'ROUTE_MISSING';

/** One point of a path that does not let it through. */
export interface Finding {
  cause: BlockingCause;
  /** What blocks. */
  where: { kind: 'security group' | 'network ACL' | 'route table'; id: string; name?: string };
  /** Absent for routes. */
  direction?: Direction;
  /** Whether it stops what the client sends or what the target answers. */
  way: 'there' | 'back';
  /** The entry or route that decides, as it stands; `no rule` and `no route` where nothing matches. */
  rule: string;
  /** Only part of the ports that answers may come to is closed: connections fail now and then. */
  intermittent?: true;
  sentence: string;
  /** Opens exactly this point of this path. Absent where no single change can; `advice` says why then. */
  change?: Change;
  advice?: string;
}

/** One point of a path: what lets it through, or why nothing does. */
export interface Step {
  text: string;
  findings: Finding[];
}

/** Open: it passes everywhere. Intermittent: whether it passes depends on the port that the client happens to use. */
export type PathState = 'open' | 'intermittent' | 'blocked';

export interface PathVerdict {
  from: string;
  to: string;
  state: PathState;
  /** Every point that was looked at, in the order of the packets. */
  steps: string[];
  /** Every point that blocks, the one that decides first. */
  findings: Finding[];
}

export interface Traffic {
  protocol: 'tcp' | 'udp';
  /** The port that the target listens on. */
  port: number;
}

export const passed = (text: string): Step => ({ text, findings: [] });

export const stopped = (findings: Finding[]): Step => ({
  text: findings.map(({ sentence }) => sentence).join('; '),
  findings,
});
