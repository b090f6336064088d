import {
  all,
  type Condition,
  type Edge,
  type Effect,
  not,
  type Process,
  type Program,
  type Variable,
} from './program.ts';

/** What SPIN is asked: whether the property can break, or whether the guest can be terminated. */
export type Question = 'property' | 'survival';

/** What the comments say. */
export interface PromelaOptions<L> {
  /** The lines of the comment at the top. */
  readonly title: readonly string[];
  /** Left out: the property. */
  readonly question?: Question;
  /** What a step does, above each. */
  readonly comment: (label: L) => string;
}

/**
 * A program as Promela, for SPIN: one byte a variable, one proctype a process, one `atomic` a step with the property as
 * an assertion. Run it with `-DSAFETY` and `pan -E`: processes that can go no further are no error here.
 *
 * SPIN stores the states between atomic sequences, one for each state of the explorer. With an invariant there is one
 * more: `init` looks at the first state and starts the others in one sequence.
 */
export function toPromela<L>(program: Program<L>, options: PromelaOptions<L>): string {
  return new Printer(program, options).print();
}

class Printer<L> {
  /** Names of values; those that would be ambiguous stay numbers. */
  private readonly names: ReadonlyMap<string, number>;
  private readonly survival: boolean;
  private readonly invariant: Condition;
  private readonly processes: readonly Process<L>[];

  constructor(
    private readonly program: Program<L>,
    private readonly options: PromelaOptions<L>,
  ) {
    this.survival = options.question === 'survival';
    this.invariant = this.survival ? not(program.halted) : program.invariant;
    this.processes = program.processes.filter((process) => process.edges.length > 0);
    this.names = namesOf(program);
  }

  print(): string {
    const { program, options } = this;
    return `${[
      ...options.title.map((line) => `/* ${oneLine(line)} */`),
      '',
      ...[...this.names].map(([name, index]) => `#define ${name} ${index}`),
      '',
      ...program.variables.map((v) => this.declaration(v)),
      '',
      ...(program.halted.k === 'constant' ? [] : this.macro('HALTED', program.halted)),
      ...(this.checked ? [...this.macro('INVARIANT', this.invariant), ...this.init()] : []),
      ...this.processes.flatMap((process) => this.process(process)),
    ].join('\n')}`;
  }

  /** Whether there is an invariant to look at in every state. */
  private get checked(): boolean {
    return !isTrue(this.invariant);
  }

  private declaration(v: Variable): string {
    const values = v.values.map((name, i) => (this.names.has(name) ? name : `${i} ${name}`));
    const plain = v.values.every((name, i) => name === `${i}`);
    const comment = plain ? '' : ` /* ${oneLine(values.join(', '))} */`;
    return `byte ${v.name} = ${this.value(v, v.initial)};${comment}`;
  }

  private macro(name: string, condition: Condition): string[] {
    return [`#define ${name} (${this.expression(condition)})`, ''];
  }

  private init(): string[] {
    const runs = this.processes.map(({ name }) => `run ${name}();`);
    return [`init { atomic { assert(INVARIANT); ${runs.join(' ')} } }`, ''];
  }

  private process({ name, locations, edges }: Process<L>): string[] {
    const lines = [`${this.checked ? '' : 'active '}proctype ${name}() {`];
    for (let location = 0; location < locations; location++) {
      const leaving = edges.filter((edge) => edge.from === location);
      if (leaving.length === 0) {
        lines.push(`L${location}:`, '  false;');
        continue;
      }
      lines.push(`L${location}:`, '  if');
      for (const edge of leaving)
        lines.push(`  /* ${oneLine(this.options.comment(edge.label))} */`, `  ${this.step(edge)}`);
      lines.push('  fi;');
    }
    return [...lines, '}', ''];
  }

  private step(edge: Edge<L>): string {
    const enabled = all(not(this.program.halted), edge.guard);
    const harmless = edge.breaks.k === 'constant' && !edge.breaks.value;
    const steps = [
      ...(this.survival || harmless ? [] : [`assert(${this.condition(not(edge.breaks))})`]),
      ...edge.effects.map((effect) => this.assignment(effect)),
      ...(this.checked && edge.effects.length > 0 ? ['assert(INVARIANT)'] : []),
      `goto L${edge.to}`,
    ];
    return `:: atomic { ${this.condition(enabled)} -> ${steps.join('; ')} }`;
  }

  private assignment({ variable, from, table }: Effect): string {
    const set = (to: string): string => `${variable.name} = ${to}`;
    if (table.every((value) => value === table[0])) return set(this.value(variable, table[0] ?? 0));
    const sources = new Map<number, number[]>();
    table.forEach((value, i) => {
      if (variable !== from || value !== i) sources.set(value, [...(sources.get(value) ?? []), i]);
    });
    const targets = [...sources].sort(([, a], [, b]) => a.length - b.length);
    // What the table leaves alone comes last, else the value that it has most often.
    const complete = targets.reduce((sum, [, of]) => sum + of.length, 0) === table.length;
    const last = complete ? targets.pop() : undefined;
    const rest = last === undefined ? variable.name : this.value(variable, last[0]);
    return set(
      targets.reduceRight((otherwise, [value, values]) => {
        const test = this.condition({ k: 'among', variable: from, values });
        return `(${test} -> ${this.value(variable, value)} : ${otherwise})`;
      }, rest),
    );
  }

  private value(v: Variable, index: number): string {
    const name = v.values[index]!;
    return this.names.has(name) ? name : `${index}`;
  }

  /** Without the brackets around it. */
  private condition(condition: Condition): string {
    if (condition === this.program.halted && condition.k !== 'constant') return 'HALTED';
    return this.expression(condition);
  }

  private expression(condition: Condition): string {
    switch (condition.k) {
      case 'constant':
        return condition.value ? 'true' : 'false';
      case 'among': {
        const { variable, values } = condition;
        const tests = values.map((value) => `${variable.name} == ${this.value(variable, value)}`);
        return joined(tests, '||', 'false');
      }
      case 'equal':
        return `${condition.left.name} == ${condition.right.name}`;
      case 'not':
        return negated(this.condition(condition.of));
      case 'all':
        return joined(
          condition.of.filter((c) => !isTrue(c)).map((c) => bracketed(this.condition(c))),
          '&&',
          'true',
        );
      case 'any':
        return joined(
          condition.of.map((c) => bracketed(this.condition(c))),
          '||',
          'false',
        );
    }
  }
}

/**
 * Values are named where a name means the same number everywhere, and nothing else: no variable, no process, no word that
 * the printer writes itself.
 */
function namesOf<L>({ variables, processes }: Program<L>): ReadonlyMap<string, number> {
  const written =
    'active assert atomic byte else false fi goto if init proctype run skip true HALTED INVARIANT';
  const taken = new Set([
    ...written.split(' '),
    ...variables.map((v) => v.name),
    ...processes.map((p) => p.name),
  ]);
  const found = new Map<string, number>();
  for (const { values } of variables)
    values.forEach((name, index) => {
      if (!/^[A-Za-z_]\w*$/.test(name) || /^L\d+$/.test(name)) return;
      if ((found.get(name) ?? index) !== index) taken.add(name);
      found.set(name, index);
    });
  for (const name of taken) found.delete(name);
  return found;
}

const isTrue = (condition: Condition): boolean => condition.k === 'constant' && condition.value;

const joined = (parts: readonly string[], operator: string, empty: string): string =>
  parts.length === 0 ? empty : parts.join(` ${operator} `);

const negated = (text: string): string => (/^\w+$/.test(text) ? `!${text}` : `!(${text})`);

/** In brackets unless it is one word, one comparison, or a negation without brackets inside. */
function bracketed(text: string): string {
  return /^!?\w+( == \w+)?$/.test(text) || /^!\([^()]*\)$/.test(text) ? text : `(${text})`;
}

const oneLine = (words: string): string => words.replace(/\*\//g, '* /').replace(/\s+/g, ' ');
