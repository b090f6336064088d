import type { CheckOutcome, CheckRequest } from './check.ts';

/** What it is started with. */
export interface TreeOrder {
  readonly request: CheckRequest;
  /** Whatever else runs on the machine comes first. */
  readonly background: boolean;
}

/** What a check of a tree says to the server that started it. */
export type TreeAnswer =
  | {
      readonly k: 'progress';
      readonly phase: 'search' | 'check';
      readonly done: number;
      readonly total: number;
    }
  | ({ readonly k: 'done' } & Pick<CheckOutcome, 'report' | 'leftOut' | 'unnamed'>)
  | { readonly k: 'failed'; readonly message: string };
