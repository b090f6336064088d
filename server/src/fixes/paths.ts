import { dialect } from '../kernel/dialect.ts';
import { leakStatement } from '../kernel/repairs.ts';
import { type Change, columns, width, call as written } from './change.ts';
import { freshName } from './names.ts';
import type { Outcome, Problem, Scene } from './problem.ts';
import {
  argumentsOf,
  following,
  isBare,
  jumpsTo,
  labelled,
  labelsOf,
  leaves,
  preceding,
  type SyntaxNode,
  statementOf,
  unlabelled,
} from './tree.ts';

/** Stands where memory is lost on purpose; a comment that says "leak" is what readers of the kernel look for. */
export const leakComment = '/* leaked: its state is unknown */';

/** Stands above a free that is left out where memory cannot be made private. */
const guardComment = '/* leaked if it cannot be made private again */';

/** The head of a guarded free, with the words that memory may be leaked unless the function has such already. */
export function withLeakWords({ fn }: Scene, head: string): string {
  return fn.comments.some((comment) => dialect.tellsLeak(comment.text)) ? head : `${guardComment}\n${head}`;
}

/** The statement that is to be changed with a call: the `if` that it is the whole of, as long as that asks nothing else. */
export function wholeOf(call: SyntaxNode, within: readonly SyntaxNode[] = []): SyntaxNode {
  let at = statementOf(call);
  while (isBare(at) && !within.includes(at)) {
    const owner = labelled(at).parent!;
    const alone = owner.type === 'if_statement' && owner.at('alternative') === undefined;
    if (!alone || owner.at('condition')?.find('call_expression').length !== 0) break;
    at = owner;
  }
  return at;
}

/** A free behind a label that a failure jumps to. */
export interface Cleanup {
  readonly jump: SyntaxNode;
  readonly label: string;
  /** The statement with the label. */
  readonly section: SyntaxNode;
  /** The statement in the label's block that frees. */
  readonly freeing: SyntaxNode;
  /** Nothing but the free is between the label and what follows. */
  readonly direct: boolean;
  /** The label can be reached from the statement before it. */
  readonly fallsIn: boolean;
}

/** The cleanup that the failing arm jumps to; null if the free is not behind its label. */
export function cleanupOf(problem: Problem, outcome: Outcome, free: SyntaxNode): Cleanup | null {
  const jump = outcome.failing.find((statement) => statement.type === 'goto_statement');
  const label = jump?.at('label')?.text;
  if (jump === undefined || label === undefined) return null;
  const section = sectionOf(problem, label);
  if (section === null) return null;
  const inBlock = [section, ...following(section)];
  const index = inBlock.findIndex((statement) => statement.has(free));
  if (index < 0) return null;
  const before = preceding(section)[0];
  return {
    jump,
    label,
    section,
    freeing: inBlock[index]!,
    direct: index === 0,
    fallsIn: before === undefined || !leaves(before),
  };
}

/** The statement that a label stands before, with its labels. */
export function sectionOf({ fn }: Pick<Scene, 'fn'>, label: string): SyntaxNode | null {
  const node = fn.root.find('labeled_statement').find((one) => one.at('label')?.text === label);
  return node === undefined ? null : labelled(node);
}

/** How to go on behind a statement: a jump or a return. */
export interface Way {
  /** `goto out;`, `return ret;` */
  readonly text: string;
  /** A label that is to be written before `target`; null: it is there. */
  readonly newLabel: string | null;
  readonly target: SyntaxNode | null;
}

/** How to go on behind `statement` from elsewhere; a new label is called `wanted`. */
export function wayPast({ fn }: Pick<Scene, 'fn'>, statement: SyntaxNode, wanted = 'out_leak'): Way {
  const next = following(statement)[0];
  if (next === undefined) return { text: 'return;', newLabel: null, target: null };
  const known = labelsOf(next)[0];
  if (known !== undefined) return { text: `goto ${known};`, newLabel: null, target: next };
  if (next.type === 'return_statement') return { text: next.text, newLabel: null, target: next };
  const label = freshName(fn, wanted);
  return { text: `goto ${label};`, newLabel: label, target: next };
}

/** Writes the label of a way, where it needs a new one. */
export function openWay(change: Change, { newLabel, target }: Way): void {
  if (newLabel === null || target === null) return;
  change.atMargin(target, `${newLabel}:\n`);
}

/** Takes away what is never reached once `jump` goes elsewhere: a label without jumps, and the free behind it. */
export function dropUnreached(problem: Problem, change: Change, cleanup: Cleanup, way: Way): void {
  const { section, jump, label, fallsIn } = cleanup;
  const others = labelsOf(section).filter((name) => jumpsTo(problem.fn, name).some((one) => one !== jump));
  if (others.length > 0) {
    if (!others.includes(label)) dropLabel(change, problem, label);
    return;
  }
  if (fallsIn) {
    for (const name of labelsOf(section)) dropLabel(change, problem, name);
    return;
  }
  const next = following(section)[0];
  const deadReturn = way.target === next && next?.type === 'return_statement' && following(next).length === 0;
  change.removeLines(section, deadReturn ? next : section);
}

/** Takes a label away that nobody jumps to any more. */
export function dropLabel(change: Change, { fn }: Pick<Scene, 'fn'>, label: string): void {
  const node = fn.root.find('labeled_statement').find((one) => one.at('label')?.text === label);
  if (node === undefined) return;
  const name = node.at('label')!;
  const rest = fn.text.slice(name.end);
  const colon = /^\s*:[ \t]*(?:\r?\n)?/.exec(rest);
  const start = fn.text.lastIndexOf('\n', node.start - 1) + 1;
  const alone = colon?.[0].endsWith('\n') === true;
  const indent = alone ? '' : change.bodyIndent(unlabelled(node));
  change.splice(start, name.end + (colon?.[0].length ?? 0), indent);
}

/** What tells of a leak in the log, as lines to put before it. */
export function told({ message }: Scene): readonly string[] {
  const statement = leakStatement(message);
  return statement === null ? [] : [statement];
}

/** `goto x` or `return` in the place of a jump, with the words that it is a leak. */
export function leakBy(problem: Problem, change: Change, jump: SyntaxNode, text: string): void {
  const lines = told(problem);
  if (lines.length > 0) change.before(jump, lines);
  change.note(jump, leakComment, text);
}

/** Whether what is behind a statement can be reached only through `jump`. */
export function onlyThrough(problem: Problem, { section, jump, fallsIn }: Cleanup): boolean {
  const jumps = labelsOf(section).flatMap((name) => jumpsTo(problem.fn, name));
  return !fallsIn && jumps.every((one) => one === jump);
}

/** An expression between other words, as lines of 80 columns: a call is broken anew, for its bracket stands elsewhere now. */
export function lined(indent: string, before: string, expression: SyntaxNode, behind: string): string {
  const callee = expression.at('function')?.text;
  if (expression.type !== 'call_expression' || callee === undefined) return before + expression.text + behind;
  const items = argumentsOf(expression).map(({ text }) => text.replace(/\s*\n\s*/g, ' '));
  return written(indent, before + callee, items, behind);
}

/** Puts the result of a call that an `if` looks at into a variable before it; the `if` looks at that. */
export function keepResult(change: Change, { call, statement }: Outcome, name: string): void {
  change.before(statement, [lined(change.bodyIndent(statement), `${name} = `, call, ';')]);
  change.replace(call, name);
}

/**
 * Runs a free only where `condition` holds, too: an `if` that it is the whole of asks for that as well, as long as it has room in its
 * line. `loses`: with the words that memory may be leaked.
 */
export function freeOnlyIf(
  scene: Scene,
  change: Change,
  statement: SyntaxNode,
  condition: string,
  loses: boolean,
): void {
  const whole = wholeCondition(change, statement, condition);
  const head = `if (${condition})`;
  if (whole !== null) {
    const words = loses ? withLeakWords(scene, head) : head;
    if (words !== head) change.before(whole.owner, [words.slice(0, words.indexOf('\n'))]);
    change.replace(whole.asked, whole.text);
    return;
  }
  const { parent } = labelled(statement);
  const gap = parent?.type === 'else_clause' ? scene.fn.text.slice(parent.start + 4, statement.start) : '.';
  if (loses || gap.trim() !== '') change.guard(statement, loses ? withLeakWords(scene, head) : head);
  else change.splice(statement.start - gap.length, statement.start, ` ${head}${gap}`);
}

/** What an `if` would ask with another condition that it is to ask, if a statement is all that it runs, and its line has room. */
function wholeCondition(
  change: Change,
  statement: SyntaxNode,
  condition: string,
): { readonly owner: SyntaxNode; readonly asked: SyntaxNode; readonly text: string } | null {
  const owner = labelled(statement).parent!;
  const asked = owner.at('condition')?.children[0];
  const isWhole = isBare(statement) && owner.type === 'if_statement' && owner.at('alternative') === undefined;
  if (!isWhole || isBare(owner) || asked === undefined) return null;
  const isLoose =
    ['assignment_expression', 'conditional_expression', 'comma_expression'].includes(asked.type) ||
    asked.at('operator')?.text === '||';
  const text = `${isLoose ? `(${asked.text})` : asked.text} && ${condition}`;
  const fits = !text.includes('\n') && columns(`${change.bodyIndent(owner)}if (${text})`) <= width;
  return fits ? { owner, asked, text } : null;
}

/** The statement itself, whatever labels it has. */
export function plain(statement: SyntaxNode): SyntaxNode {
  return unlabelled(statement);
}
