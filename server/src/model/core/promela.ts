import type { Condition, Edge, Effect, Process, Program, Variable } from './program.ts';

/** What SPIN is asked: whether the property can break, or whether the guest can be terminated. */
export type Question = 'property' | 'survival';

/**
 * A program as Promela, for SPIN: one byte a variable, one proctype a process, one `atomic` a step with the property as
 * an assertion. Run it with `-DSAFETY` and `pan -E`: processes that can go no further are no error here.
 */
export function toPromela<L>(
  program: Program<L>,
  options: { readonly title: string; readonly question?: Question; readonly comment: (label: L) => string },
): string {
  const survival = options.question === 'survival';
  const invariant = survival ? notHalted(program) : text(program.invariant);
  const processes = program.processes
    .filter((process) => process.edges.length > 0)
    .map((process) => printProcess(process, program, invariant, survival, options.comment));
  return `${[
    `/* ${oneLine(options.title)} */`,
    ...program.variables.map(declaration),
    '',
    ...(invariant === '(true)' ? [] : [`init { assert(${invariant}); }`, '']),
    ...processes,
  ].join('\n')}\n`;
}

function declaration(v: Variable): string {
  const values = v.values.map((name, i) => `${i} ${name}`).join(', ');
  return `byte ${v.name} = ${v.initial}; /* ${oneLine(values)} */`;
}

function printProcess<L>(
  process: Process<L>,
  program: Program<L>,
  invariant: string,
  survival: boolean,
  comment: (label: L) => string,
): string {
  const lines = [`active proctype ${process.name}() {`];
  for (let location = 0; location < process.locations; location++) {
    const edges = process.edges.filter((edge) => edge.from === location);
    if (edges.length === 0) {
      lines.push(`L${location}: (false);`);
      continue;
    }
    lines.push(`L${location}: if`);
    for (const edge of edges)
      lines.push(`  ${option(edge, program, invariant, survival)} /* ${oneLine(comment(edge.label))} */`);
    lines.push('  fi;');
  }
  return [...lines, '}', ''].join('\n');
}

function option<L>(edge: Edge<L>, program: Program<L>, invariant: string, survival: boolean): string {
  const guard =
    program.halted.k === 'constant' ? text(edge.guard) : `${notHalted(program)} && ${text(edge.guard)}`;
  const breaks = edge.breaks.k === 'constant' && !edge.breaks.value;
  const steps = [
    `(${guard})`,
    ...(survival || breaks ? [] : [`assert(!${text(edge.breaks)})`]),
    ...edge.effects.map(assignment),
    `assert(${invariant})`,
    `goto L${edge.to}`,
  ];
  return `:: atomic { ${steps[0]} -> ${steps.slice(1).join('; ')} }`;
}

const notHalted = <L>(program: Program<L>): string => `!${text(program.halted)}`;

function assignment({ variable, from, table }: Effect): string {
  const first = table[0] ?? 0;
  if (table.every((value) => value === first)) return `${variable.name} = ${first}`;
  const last = table.length - 1;
  const chosen = table
    .slice(0, last)
    .reduceRight((rest, value, i) => `(${from.name} == ${i} -> ${value} : ${rest})`, `${table[last]}`);
  return `${variable.name} = ${chosen}`;
}

function text(condition: Condition): string {
  switch (condition.k) {
    case 'constant':
      return condition.value ? '(true)' : '(false)';
    case 'among':
      return joined(
        condition.values.map((value) => `${condition.variable.name} == ${value}`),
        '||',
        'false',
      );
    case 'equal':
      return `(${condition.left.name} == ${condition.right.name})`;
    case 'not':
      return `(!${text(condition.of)})`;
    case 'all':
      return joined(condition.of.map(text), '&&', 'true');
    case 'any':
      return joined(condition.of.map(text), '||', 'false');
  }
}

const joined = (parts: readonly string[], operator: string, empty: string): string =>
  `(${parts.length === 0 ? empty : parts.join(` ${operator} `)})`;

const oneLine = (words: string): string => words.replace(/\*\//g, '* /').replace(/\s+/g, ' ');
