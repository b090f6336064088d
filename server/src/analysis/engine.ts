import { plainName } from '../ir/marks.ts';
import type { IrUnit } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import { Across } from './across.ts';
import { Evaluator } from './eval.ts';
import { Facts } from './facts.ts';
import { Drafts } from './findings.ts';
import { FunctionRunner } from './function-run.ts';
import { Memory } from './memory.ts';
import { type Heard, nothingHeard } from './record.ts';
import { Replay } from './replay.ts';
import { Scope } from './scope.ts';
import { Sizes } from './sizes.ts';
import { Tags } from './tags.ts';
import { Terms } from './terms.ts';
import type { AnalysisInput } from './types.ts';
import { Verdicts } from './verdicts.ts';

/** What stays the same from one version of a unit to the next. */
export type EngineInput = Omit<AnalysisInput, 'unit' | 'token'>;

/** The parts of the engine, each made once and known to those that need it. */
export class Engine {
  readonly vocabulary: Vocabulary;
  readonly terms = new Terms();
  readonly scope = new Scope(noUnit);
  readonly tags = new Tags(this.scope);
  readonly sizes: Sizes;
  readonly evaluator: Evaluator;
  readonly facts: Facts;
  readonly drafts: Drafts;
  readonly verdicts: Verdicts;
  readonly memory: Memory;
  readonly replay: Replay;
  readonly runner: FunctionRunner;
  readonly across: Across;
  /** Where what is found goes at the moment. */
  private heard: Heard = nothingHeard();

  constructor(readonly input: EngineInput) {
    const { terms, scope, tags } = this;
    const vocabulary = inSource(input.vocabulary);
    const { bounds } = input;
    const deferred = (deferral: Heard['deferrals'][number]) => this.heard.deferrals.push(deferral);
    const listening = (work: () => void) => this.listening(work);
    const sizes = new Sizes(vocabulary, terms, (path) => {
      const cluster = path.length > 0 ? tags.clusterOf(path) : null;
      return cluster ? cluster.key + cluster.steps : null;
    });
    const evaluator = new Evaluator(terms, scope, vocabulary, sizes);
    const facts = new Facts(vocabulary, terms, vocabulary.platformsOf(''), (file) => scope.headersOf(file));
    const drafts = new Drafts(scope, facts);
    const verdicts = new Verdicts(evaluator, drafts, vocabulary);
    const memory = new Memory(terms, evaluator, sizes, {
      violation: (violation) => this.heard.violations.push(violation),
      lawfulFree: (site, state) => this.heard.lawful.push({ site, state }),
    });
    const replay = new Replay(terms, evaluator, facts, memory, deferred);
    const parts = { terms, scope, tags, sizes, evaluator, facts, memory, replay, listening, deferred };
    this.vocabulary = vocabulary;
    this.sizes = sizes;
    this.evaluator = evaluator;
    this.facts = facts;
    this.drafts = drafts;
    this.verdicts = verdicts;
    this.memory = memory;
    this.replay = replay;
    this.runner = new FunctionRunner({ ...parts, vocabulary, bounds, verdicts });
    this.across = new Across({ ...parts, casesLimit: bounds.cases });
  }

  /** How often something was listened to until it was over: the parts of its work that the engine has done. */
  listened = 0;

  /** Runs `work` and gives what was heard of meanwhile. */
  private listening(work: () => void): Heard {
    const before = this.heard;
    const mine = nothingHeard();
    this.heard = mine;
    try {
      work();
      this.listened++;
    } finally {
      this.heard = before;
    }
    return mine;
  }
}

const noUnit: IrUnit = {
  file: '',
  heads: [],
  macrosNamed: () => [],
  globalsNamed: () => [],
  globalsMentioning: () => [],
  headersOf: () => [],
  asksIfDefined: () => false,
  structs: new Map(),
  constants: new Map(),
};

const wrapped = new WeakMap<Vocabulary, Vocabulary>();

/** The vocabulary by the names of the source: in a linked unit a name may bear its file. */
function inSource(vocabulary: Vocabulary): Vocabulary {
  let known = wrapped.get(vocabulary);
  if (known === undefined) {
    known = {
      ...vocabulary,
      rows: (name) => vocabulary.rows(plainName(name)),
      row: (name, kind) => vocabulary.row(plainName(name), kind),
    };
    wrapped.set(vocabulary, known);
  }
  return known;
}
