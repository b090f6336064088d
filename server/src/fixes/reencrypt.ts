import { opposite } from '../kernel/repairs.ts';
import { Change, commented, call as written } from './change.ts';
import type { PlacedCall, PlacedFunction, SyntaxFile } from './file.ts';
import { freesIn, isAskedFor } from './memory.ts';
import { freshName } from './names.ts';
import { cleanupOf, leakComment, onlyThrough, openWay, plain, wayPast, withLeakWords } from './paths.ts';
import { candidate, flaggedCall, maker, outcomeOf, ownTransition, type Problem } from './problem.ts';
import { holderOf, onPath, Terms } from './terms.ts';
import {
  argumentsOf,
  callAt,
  calleeOf,
  following,
  jumpsTo,
  labelled,
  labelsOf,
  leaves,
  preceding,
  type SyntaxNode,
  statementOf,
} from './tree.ts';

/** The call that undoes a transition, as a condition; null where nothing does. */
function undoing(
  problem: Problem,
  transition: SyntaxNode,
): { readonly name: string; readonly items: readonly string[] } | null {
  const callee = calleeOf(transition);
  const name = callee === null ? null : opposite(callee, problem.vocabulary);
  if (name === null || problem.vocabulary.row(name, 'transition')?.to !== 'private') return null;
  return { name, items: argumentsOf(transition).map((one) => one.text) };
}

/** After a failure to share memory: it is made private, and freed only if that worked. */
export const reencryptAfterFailure = maker(['reencrypt:guard', 'reencrypt:jump'], (problem) => {
  const free = flaggedCall(problem);
  const transition = ownTransition(problem);
  if (free === undefined || transition === undefined) return [];
  const undo = undoing(problem, transition);
  if (undo === null) return [];
  const title = 'Re-encrypt, free only if that returns 0';
  const outcome = outcomeOf(problem, transition);
  const change = new Change(problem.fn);
  if (outcome.failing.some((statement) => statement.has(free))) {
    guardedFree(problem, change, free, undo);
    return candidate('reencrypt:guard', title, change);
  }
  const cleanup = cleanupOf(problem, outcome, free);
  if (cleanup === null) return [];
  if (onlyThrough(problem, cleanup)) {
    guardedFree(problem, change, free, undo);
    return candidate('reencrypt:guard', title, change);
  }
  if (!cleanup.direct) return [];
  const way = wayPast(problem, cleanup.section);
  openWay(change, way);
  const indent = change.bodyIndent(cleanup.jump);
  const head = written(indent, `if (${undo.name}`, undo.items, ')');
  change.before(cleanup.jump, [leaving(indent, head, way.text)]);
  return candidate('reencrypt:jump', title, change);
});

/** An `if` whose only statement leaves memory behind. */
function leaving(indent: string, head: string, way: string): string {
  const lines = commented(`${indent}\t`, way, leakComment);
  const inner = lines.map((line) => `\n\t${line}`).join('');
  return lines.length === 1 ? head + inner : `${head} {${inner}\n}`;
}

function guardedFree(
  problem: Problem,
  change: Change,
  free: SyntaxNode,
  { name, items }: { readonly name: string; readonly items: readonly string[] },
): void {
  const statement = plain(statementOf(free));
  const head = written(change.bodyIndent(statement), `if (!${name}`, items, ')');
  change.guard(statement, withLeakWords(problem, head));
}

/** Shared memory is made private before it is freed, and freed only if that worked. */
export const encryptFirst = maker(['encrypt-first:guard', 'encrypt-first:label'], (problem) => {
  const free = flaggedCall(problem);
  const transition = ownTransition(problem);
  if (free === undefined || transition === undefined) return [];
  const undo = undoing(problem, transition);
  if (undo === null) return [];
  const title = `Call ${undo.name}() first, free only if that returns 0`;
  const change = new Change(problem.fn);
  const statement = statementOf(free);
  const section = labelledBefore(statement);
  const jumps = labelsBefore(section).flatMap((label) => jumpsTo(problem.fn, label));
  const early = jumps.filter((jump) => !isAfterSuccess(problem, transition, jump));
  if (section === null || early.length === 0) {
    guardedFree(problem, change, free, undo);
    return candidate('encrypt-first:guard', title, change);
  }
  // Others come here with memory that was never shared: those that share it go through a label of their own.
  const late = jumps.filter((jump) => !early.includes(jump));
  const before = preceding(section)[0];
  const fallsIn = before !== undefined && !leaves(before);
  if (late.length === 0 || !section.has(free) || fallsIn) return [];
  if (outcomeOf(problem, transition).perhaps) return [];
  const way = wayPast(problem, section);
  openWay(change, way);
  const label = freshName(problem.fn, 'err_encrypt');
  for (const jump of late) change.replace(jump.at('label')!, label);
  const indent = change.bodyIndent(plain(statement));
  const head = written(indent, `if (${undo.name}`, undo.items, ')');
  const lines = leaving(indent, head, way.text)
    .split('\n')
    .map((line) => indent + line);
  change.atMargin(section, `${label}:\n${lines.join('\n')}\n`);
  return candidate('encrypt-first:label', title, change);
});

/** The same for memory that another function of the file has shared. */
export const encryptFirstHere = maker(['encrypt-first:elsewhere'], (problem) =>
  privateFirst(problem).flatMap(({ change, name }) =>
    candidate('encrypt-first:elsewhere', `Call ${name}() first, free only if that returns 0`, change),
  ),
);

/** The same for memory that another function of the file failed to share. */
export const reencryptHere = maker(['reencrypt:elsewhere'], (problem) =>
  privateFirst(problem).flatMap(({ change }) =>
    candidate('reencrypt:elsewhere', 'Re-encrypt, free only if that returns 0', change),
  ),
);

/**
 * Makes memory private before a free, in a function that has not shared it: what the one that did was given is said in the terms of
 * the function that frees, by the structure that both know. `name`: the call that does; none where it cannot be said.
 */
function privateFirst(problem: Problem): readonly { readonly change: Change; readonly name: string }[] {
  const { finding, file, vocabulary } = problem;
  const there = finding.transition?.at;
  if (there === undefined || ownTransition(problem) !== undefined || there.file !== finding.at.file)
    return [];
  const fn = file.placed(problem.fn, finding.at.function);
  const sharing = file.named(there.function);
  const free = flaggedCall(problem);
  const call = sharing === undefined ? undefined : callAt(sharing, there.span);
  if (fn === undefined || sharing === undefined || free === undefined || call === undefined) return [];
  const undo = undoing(problem, call);
  const freed = freesIn(fn, vocabulary).find((one) => one.call.start === free.start);
  const holder = freed === undefined ? null : holderOf(fn, freed.at);
  if (undo === null || freed === undefined || holder === null) return [];
  const callers = onPath(finding, file, sharing.name);
  const terms = new Terms(fn, holder, callers, file, vocabulary);
  const items = argumentsOf(call).flatMap((one) => terms.say(one, sharing) ?? []);
  const address = items[vocabulary.row(calleeOf(call) ?? '', 'transition')?.address ?? -1];
  if (items.length < argumentsOf(call).length || !address?.includes(freed.place)) return [];
  const asked = askedBefore({ fn: sharing, call }, callers, terms);
  const change = new Change(problem.fn);
  const statement = plain(statementOf(free));
  const perhaps = mayBeEmpty(file, holder.field) && !isAskedFor(statement, freed.place);
  if (asked === null || (perhaps && asked.length > 0)) return [];
  const first = perhaps ? `${freed.place} && ` : asked.map((one) => `!${one} || `).join('');
  change.guard(
    statement,
    withLeakWords(problem, guardOf(change.bodyIndent(statement), first, undo.name, items)),
  );
  return [{ change, name: undo.name }];
}

/** `if (first && !name(...))`, on a line each where one is too short. */
function guardOf(indent: string, first: string, name: string, items: readonly string[]): string {
  const whole = written(indent, `if (${first}!${name}`, items, ')');
  if (first === '' || !whole.includes('\n')) return whole;
  return `if (${first.trimEnd()}\n${written(indent, `    !${name}`, items, ')')}`;
}

/**
 * What is asked before memory is shared, in the terms of who frees it: where it says no, the memory is private. Null where that cannot be
 * said, or more is asked than one thing.
 */
function askedBefore(
  shared: PlacedCall,
  callers: readonly PlacedFunction[],
  terms: Terms,
): readonly string[] | null {
  const names = [shared.fn, ...callers].map(({ name }) => name);
  const calls = callers.flatMap((fn) =>
    fn.root
      .find('call_expression')
      .filter((call) => names.includes(calleeOf(call) ?? ''))
      .map((call) => ({ fn, call })),
  );
  const asked: string[] = [];
  for (const { fn, call } of [shared, ...calls])
    for (let at: SyntaxNode = call; at.parent !== null; at = at.parent) {
      const { parent } = at;
      if (preceding(at).some(endsWell) || loops.includes(parent.type) || parent.type === 'else_clause')
        return null;
      if (parent.type !== 'if_statement' || at.field === 'condition') continue;
      const condition = parent.at('condition')?.children[0];
      const said = condition === undefined ? null : terms.say(condition, fn);
      if (said === null || !/^\w+(?:->\w+)*$/.test(said)) return null;
      asked.push(said);
    }
  return asked.length > 1 ? null : asked;
}

const loops = ['for_statement', 'while_statement', 'do_statement', 'switch_statement'];

/** Whether a statement may end its function with success. */
function endsWell(statement: SyntaxNode): boolean {
  const ends = statement.find('return_statement').map((one) => one.children[0]?.text);
  return ends.some((value) => value === undefined || value === '0');
}

/** Whether a function of the file says of a field that nothing is in it. */
function mayBeEmpty(file: SyntaxFile, field: string): boolean {
  return file
    .mentioning(field)
    .flatMap(({ body }) => body.find('assignment_expression'))
    .some((one) => one.at('left')?.at('field')?.text === field && one.at('right')?.type === 'null');
}

function isAfter(transition: SyntaxNode, node: SyntaxNode): boolean {
  return node.start > transition.end;
}

/** Whether a jump is behind a transition and not on the way of its failure. */
function isAfterSuccess(problem: Problem, transition: SyntaxNode, jump: SyntaxNode): boolean {
  const { failing } = outcomeOf(problem, transition);
  return isAfter(transition, jump) && !failing.some((statement) => statement.has(jump));
}

/** The labels that lead to a statement: its own, and those before it that fall into it. */
function labelsBefore(section: SyntaxNode | null): readonly string[] {
  if (section === null) return [];
  const labels = [...labelsOf(section)];
  for (const before of preceding(section)) {
    if (leaves(before)) break;
    labels.push(...labelsOf(before));
  }
  return labels;
}

/** The nearest statement with a label in the block of a statement, itself included, before which nothing else is between. */
function labelledBefore(statement: SyntaxNode): SyntaxNode | null {
  for (let at: SyntaxNode | null = statement; at !== null; at = at.parent) {
    const own = labelled(at);
    if (own.type === 'labeled_statement') return own;
    const before = preceding(at).find((one) => one.type === 'labeled_statement');
    if (before !== undefined && following(before).length > 0) return before;
  }
  return null;
}
