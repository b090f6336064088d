import type { Finding, ViolationKind } from '../analysis/finding.ts';

export type Level = 'error' | 'warning' | 'info' | 'hint';

/** Where a rule's opinion comes from. */
export interface Rationale {
  readonly kind: 'commit' | 'cve' | 'thread' | 'spec' | 'header' | 'doc';
  readonly reference: string;
  /** One sentence. */
  readonly says: string;
}

/** What a rule says of one finding. The first clause of `message` stands alone in at most 76 columns, ASCII only. */
export interface Verdict {
  readonly level: Level;
  readonly message: string;
}

/** A rule: which violations it judges, how loud, in which words. It detects nothing. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly since: string;
  readonly violations: readonly ViolationKind[];
  readonly defaultLevel: Level;
  /** Off rules are run only when a setting or `--rule` asks for them. */
  readonly onByDefault: boolean;
  /** Null: not worth a word after all. */
  judge(finding: Finding): Verdict | null;
  readonly rationale: readonly Rationale[];
  /** The rule's page, markdown. */
  readonly page: string;
}
