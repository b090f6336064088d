import type { Vocabulary } from '../kernel/types.ts';
import { freesIn, placeOf } from './memory.ts';
import { isLocal, parametersOf } from './own.ts';
import type { Scene } from './problem.ts';
import { argumentsOf, calleeOf, following, labelled, leaves, type SyntaxNode, unlabelled } from './tree.ts';

/** What a call may be that undoes nothing; locks are counted apart. */
const undoesNothing = [
  'accessor',
  'condition',
  'contents',
  'error',
  'lock',
  'noreturn',
  'same',
  'size',
  'transition',
] as const;

/** What a function does behind a statement to undo something that it did before: who leaves at the statement owes it. */
export interface Owed {
  /** The call or store that undoes. */
  readonly node: SyntaxNode;
  /** It, without white space and indices. */
  readonly text: string;
}

/** Code of a function that may run behind one of its statements. */
type Places = Pick<Scene, 'fn' | 'vocabulary'>;

/**
 * What is owed at a call whose failure may leave. Nobody knows what calls out of view do, so one that takes nothing but what another one
 * took, or gave, before counts as undoing that if nobody asks for its result; not where the function has left between them without it.
 */
export function owedAt(scene: Places, call: SyntaxNode, statement: SyntaxNode): readonly Owed[] {
  const rest = [...reachedBehind(scene, statement), ...failuresBefore(scene, statement)];
  const earlier = earlierCalls(scene, statement);
  const memory = memoryOf(call, scene.vocabulary);
  const calls = rest
    .flatMap((one) => one.find('call_expression'))
    .filter(
      (one) =>
        isFreeOfOther(one, memory, statement, scene) || isUndoing(one, earlier, memory, statement, scene),
    );
  const stores = rest
    .flatMap((one) => one.find('assignment_expression', 'update_expression'))
    .filter((one) => restores(one, statement, scene));
  return [...calls, ...stores].map((node) => ({ node, text: plainText(node) }));
}

/** Whether all that is owed is done behind a section of a label. */
export function isPaidFrom(
  scene: Places,
  section: SyntaxNode,
  owed: readonly Owed[],
  locks: number,
): boolean {
  const reached = [section, ...reachedBehind(scene, section)];
  const done = reached.flatMap((one) =>
    one.find('call_expression', 'assignment_expression', 'update_expression'),
  );
  const released = done.filter(
    (one) => scene.vocabulary.row(calleeOf(one) ?? '', 'lock')?.op === 'release',
  ).length;
  const texts = new Set(done.map(plainText));
  return released >= locks && owed.every(({ text }) => texts.has(text));
}

/** The statements that may run behind one, those that jumps lead to included; what is in them is not listed again. */
export function reachedBehind({ fn }: Places, statement: SyntaxNode): readonly SyntaxNode[] {
  const reached: SyntaxNode[] = [];
  const known = new Set<SyntaxNode>();
  const jump = (label: string) => {
    const target = fn.root.find('labeled_statement').find((one) => one.at('label')?.text === label);
    if (target === undefined || known.has(target)) return;
    const section = labelled(target);
    if (!reached.includes(section)) reached.push(section);
    known.add(target);
    enter(section);
  };
  const enter = (one: SyntaxNode) => {
    for (const goto of one.find('goto_statement')) jump(goto.at('label')?.text ?? '');
    if (!leaves(one)) behind(one);
    else if (['break_statement', 'continue_statement'].includes(unlabelled(one).type)) climb(one);
  };
  const climb = (one: SyntaxNode) => {
    for (let at = labelled(one).parent; at !== null && at !== fn.body; at = at.parent)
      if (at.parent?.type === 'compound_statement' || at.parent?.type === 'case_statement') {
        behind(at);
        return;
      }
  };
  const behind = (one: SyntaxNode) => {
    for (const next of following(one)) {
      if (known.has(next)) return;
      known.add(next);
      reached.push(next);
      for (const goto of next.find('goto_statement')) jump(goto.at('label')?.text ?? '');
      if (!leaves(next)) continue;
      if (['break_statement', 'continue_statement'].includes(unlabelled(next).type)) break;
      return;
    }
    climb(one);
  };
  behind(statement);
  return reached;
}

/** What the failures of the steps before a statement run: their arms, and what these jump to. */
function failuresBefore(scene: Places, statement: SyntaxNode): readonly SyntaxNode[] {
  const { fn } = scene;
  const arms = new Set<SyntaxNode>();
  for (const exit of fn.body.find('goto_statement', 'return_statement')) {
    if (exit.start > statement.start || armThatLeaves(exit, statement, fn.body) === null) continue;
    arms.add(armThatLeaves(exit, statement, fn.body)!);
    if (exit.type !== 'goto_statement') continue;
    const label = exit.at('label')?.text;
    const target = fn.body.find('labeled_statement').find((one) => one.at('label')?.text === label);
    if (target !== undefined && target.start > statement.end)
      for (const one of [labelled(target), ...reachedBehind(scene, target)]) arms.add(one);
  }
  return [...arms];
}

/** A call before a statement, on its way. */
interface Earlier {
  readonly call: SyntaxNode;
  readonly name: string;
  /** What it takes. */
  readonly given: readonly string[];
  /** Where its result goes; null: nowhere. */
  readonly result: string | null;
}

function earlierCalls({ fn }: Places, statement: SyntaxNode): readonly Earlier[] {
  return fn.body
    .find('call_expression')
    .filter(
      (call) => call.start < statement.start && !statement.has(call) && isOnTheWay(call, statement, fn.body),
    )
    .map((call) => ({
      call,
      name: nameOf(call),
      given: argumentsOf(call).map((one) => counted(one, fn)),
      result: resultPlace(call),
    }));
}

/** Whether code before a statement is in no arm that leaves before it, and in no other arm. */
export function isOnTheWay(node: SyntaxNode, statement: SyntaxNode, body: SyntaxNode): boolean {
  if (armThatLeaves(node, statement, body) !== null) return false;
  for (let at: SyntaxNode | null = node; at !== null && at !== body && !at.has(statement); at = at.parent)
    if (isArm(at) && at.parent!.has(statement)) return false;
  return true;
}

/** The arm around code before a statement that ends elsewhere; null: none does. */
function armThatLeaves(node: SyntaxNode, statement: SyntaxNode, body: SyntaxNode): SyntaxNode | null {
  for (let at: SyntaxNode | null = node; at !== null && at !== body && !at.has(statement); at = at.parent) {
    const last = at.type === 'compound_statement' ? at.children.at(-1) : at;
    if (isArm(at) && last !== undefined && leaves(last)) return at;
  }
  return null;
}

function isArm(node: SyntaxNode): boolean {
  return node.field === 'consequence' || node.parent?.type === 'else_clause';
}

/** Whether a call whose result nobody asks for may undo what was done before. */
function isUndoing(
  call: SyntaxNode,
  earlier: readonly Earlier[],
  memory: ReadonlySet<string>,
  statement: SyntaxNode,
  scene: Places,
): boolean {
  const { fn, vocabulary } = scene;
  const name = nameOf(call);
  if (!isUnread(call) || isKnown(name, vocabulary) || vocabulary.row(name, 'free') !== undefined)
    return false;
  const all = argumentsOf(call);
  const variable = all.filter((one) => !isFixed(one, fn)).map((one) => counted(one, fn));
  const wanted = variable.length > 0 ? variable : all.map(thing);
  const takes = ({ given, result }: Earlier, isAlloc: boolean) =>
    wanted.length === 0
      ? given.length === 0
      : wanted.every((one) => given.includes(one) || isOf(one, result, isAlloc));
  const before = earlier.filter((one) => {
    if (isKnown(one.name, vocabulary)) return false;
    const isAlloc = vocabulary.row(one.name, 'alloc') !== undefined;
    return takes(one, isAlloc) && !(isAlloc && one.result !== null && memory.has(one.result));
  });
  const undone = before.filter((one) => one.name === name).length;
  // What was set to something is set to something else.
  const said = all.map(plainText).join();
  const other = before.findLast((one) => one.name === name);
  if (other !== undefined && variable.length > 0 && argumentsOf(other.call).map(plainText).join() !== said)
    return true;
  const names = new Set(before.map((one) => one.name));
  names.delete(name);
  return [...names].some((maker) => {
    const made = before.filter((one) => one.name === maker);
    return made.length > undone && !isLeftWithout(made.at(-1)!, statement, scene);
  });
}

/** Whether calls of a name are known to undo nothing. */
function isKnown(name: string, vocabulary: Vocabulary): boolean {
  const harmless = vocabulary.row(name, 'harmless');
  if (harmless?.tells === true || harmless?.pure === true) return true;
  return undoesNothing.some((kind) => vocabulary.row(name, kind) !== undefined);
}

/** Whether something is what a call gave, or, of what is not simply memory, a part of it. */
function isOf(one: string, result: string | null, isAlloc: boolean): boolean {
  if (result === null) return false;
  return one === result || (!isAlloc && (one.startsWith(`${result}->`) || one.startsWith(`${result}.`)));
}

/** Whether the function has returned between a call, whose own failure does not count, and a statement, and done nothing else there. */
function isLeftWithout(
  { call, result }: Earlier,
  statement: SyntaxNode,
  { fn, vocabulary }: Places,
): boolean {
  const asking = call.around('if_statement');
  const isAsked = asking?.at('condition')?.has(call) === true;
  const whole = isAsked ? asking! : call.around('expression_statement', 'declaration');
  const next = whole === undefined ? undefined : following(whole)[0];
  const asked = next?.at('condition')?.find('identifier', 'field_expression') ?? [];
  const own = !isAsked && asked.some((one) => thing(one) === result) ? next : whole;
  return fn.body
    .find('return_statement')
    .filter((one) => one.start > (own ?? call).end && one.end < statement.start)
    .some((one) => {
      let arm = one;
      while (arm.parent !== null && !arm.parent.has(statement)) arm = arm.parent;
      const calls = arm.find('call_expression').map(nameOf);
      return !arm.has(call) && calls.every((other) => isKnown(other, vocabulary));
    });
}

/** Whether a call frees something else than the memory of the transition, that was there before it. */
function isFreeOfOther(
  call: SyntaxNode,
  memory: ReadonlySet<string>,
  statement: SyntaxNode,
  { fn, vocabulary }: Places,
): boolean {
  const index = vocabulary.row(calleeOf(call) ?? '', 'free')?.address;
  const given = index === undefined ? undefined : argumentsOf(call)[index];
  const freed = given === undefined ? null : thing(placeOf(given, vocabulary) ?? given);
  if (freed === null || memory.has(freed)) return false;
  const setBetween = fn.body
    .find('assignment_expression', 'init_declarator')
    .some(
      (one) =>
        one.start > statement.end &&
        one.end < call.start &&
        thing((one.at('left') ?? one.at('declarator'))!) === freed &&
        (one.at('right') ?? one.at('value'))?.type !== 'null',
    );
  const freedBefore = freesIn(fn, vocabulary).some(
    (one) =>
      one.call.end < statement.start && thing(one.at) === freed && isOnTheWay(one.call, statement, fn.body),
  );
  return !setBetween && !freedBefore;
}

const opposites: Readonly<Record<string, string>> = {
  '++': '--',
  '--': '++',
  '+=': '-=',
  '-=': '+=',
  '|=': '&=',
  '&=': '|=',
};

/** Whether a store takes another one back that others may have seen before a statement. */
function restores(store: SyntaxNode, statement: SyntaxNode, { fn }: Places): boolean {
  const place = storedIn(store);
  if (place === undefined || (place.type === 'identifier' && isOwnName(fn, place.text))) return false;
  const operator = operatorOf(store);
  const value = store.at('right');
  const earlier = fn.body
    .find('assignment_expression', 'update_expression', 'init_declarator')
    .filter((one) => one.start < statement.start && isOnTheWay(one, statement, fn.body));
  const same = earlier.filter((one) => {
    const other = storedIn(one);
    return other !== undefined && thing(other) === thing(place);
  });
  if (operator !== '=') return same.some((one) => operatorOf(one) === opposites[operator]);
  if (value?.type === 'identifier')
    return earlier.some(
      (one) =>
        (one.at('left') ?? one.at('declarator'))?.text.replace(/^[*\s]+/, '') === value.text &&
        (one.at('right') ?? one.at('value'))?.text === place.text,
    );
  return (
    isNothing(value) &&
    same.some(
      (one) => operatorOf(one) === '=' && one.at('right') !== undefined && !isNothing(one.at('right')),
    )
  );
}

function storedIn(store: SyntaxNode): SyntaxNode | undefined {
  return store.at('left') ?? store.at('argument');
}

function operatorOf(store: SyntaxNode): string {
  return (
    store.at('operator')?.text ?? (store.text.includes('++') ? '++' : store.text.includes('--') ? '--' : '=')
  );
}

function isNothing(value: SyntaxNode | undefined): boolean {
  return value?.type === 'null' || value?.text === '0' || value?.text === 'false';
}

/** The memory of a transition; of a call that is known to nobody, all that it is given. */
function memoryOf(call: SyntaxNode, vocabulary: Vocabulary): ReadonlySet<string> {
  const row = vocabulary.row(calleeOf(call) ?? '', 'transition');
  const given = argumentsOf(call);
  const taken = row === undefined ? given : given.slice(row.address, row.address + 1);
  const names = new Set<string>();
  for (const one of taken) {
    const place = placeOf(one, vocabulary);
    names.add(thing(place ?? one));
    if (place === null) for (const { text } of one.find('identifier')) names.add(text);
  }
  return names;
}

/** What an argument names, without casts, `&` and indices. */
function thing(argument: SyntaxNode): string {
  let at = argument;
  for (;;) {
    const inner =
      at.type === 'parenthesized_expression'
        ? at.children[0]
        : at.type === 'cast_expression'
          ? at.at('value')
          : at.type === 'pointer_expression' || at.type === 'pointer_declarator'
            ? (at.at('argument') ?? at.at('declarator'))
            : undefined;
    if (inner === undefined) return plainText(at);
    at = inner;
  }
}

/** The same, and no matter which one of what counts through a loop. */
function counted(argument: SyntaxNode, { body }: Scene['fn']): string {
  const name = thing(argument);
  const counts = body.find('update_expression').some((one) => one.at('argument')?.text === name);
  return counts ? '[]' : name;
}

function plainText(node: SyntaxNode): string {
  return node.text.replace(/\[[^\]]*\]/g, '[]').replace(/\s+/g, '');
}

/** Whether an argument is no variable of the function, nor anything in one. */
function isFixed(argument: SyntaxNode, fn: Scene['fn']): boolean {
  const isPlain = argument.find('identifier').every(({ text }) => !isOwnName(fn, text));
  return isPlain && argument.find('pointer_expression', 'field_expression').length === 0;
}

function isOwnName(fn: Scene['fn'], name: string): boolean {
  return parametersOf(fn).includes(name) || isLocal(fn, name);
}

function nameOf(call: SyntaxNode): string {
  return call.at('function')?.text ?? '';
}

/** Where the result of a call is put; null: nowhere. */
function resultPlace(call: SyntaxNode): string | null {
  for (let at = call; at.parent !== null; at = at.parent) {
    const { parent } = at;
    if (parent.type === 'assignment_expression' || parent.type === 'init_declarator') {
      const target = parent.at('left') ?? parent.at('declarator');
      return target === undefined || target === at ? null : thing(target);
    }
    if (parent.type === 'argument_list' || parent.type === 'call_expression') continue;
    if (parent.type !== 'cast_expression' && parent.type !== 'parenthesized_expression') return null;
  }
  return null;
}

/** Whether nobody asks for the result of a call; to print it is not to ask. */
function isUnread(call: SyntaxNode): boolean {
  for (let at = call; at.parent !== null; at = at.parent) {
    const { parent } = at;
    if (parent.type === 'expression_statement') return true;
    const goesOn = [
      'argument_list',
      'call_expression',
      'cast_expression',
      'parenthesized_expression',
      'comma_expression',
    ];
    if (!goesOn.includes(parent.type)) return false;
  }
  return false;
}
