import type { TextEdit } from './change.ts';
import { FileChange, type PlacedFunction } from './file.ts';
import { placeOf } from './memory.ts';
import { type Effects, effectsOf, linesOf, mentions, movedLines } from './moving.ts';
import { declare, freshVariable } from './names.ts';
import { Ownership, parametersOf, tagOf } from './own.ts';
import { dropLabel, openWay, sectionOf, wayPast } from './paths.ts';
import { type Candidate, candidate, maker, outcomeOf, type Problem } from './problem.ts';
import { lockingOf, type Section, sectionAround } from './sections.ts';
import {
  argumentsOf,
  callAt,
  calleeOf,
  following,
  jumpsTo,
  labelled,
  labelsOf,
  preceding,
  type SyntaxNode,
  unlabelled,
} from './tree.ts';

/** Columns that a menu has for a title. */
const widest = 80;

/** Helpers that hand an address on to each other. */
const mostHelpers = 3;

/**
 * A transition is moved out of a section in which nothing may sleep: before it, or behind it. That is done where nobody can see the
 * memory meanwhile: it was allocated and shown to nobody yet, or the section takes it out of where others find it.
 */
export const outsideLock = maker(['before-lock', 'after-unlock:here', 'after-unlock:field'], (problem) => {
  const { finding, file, vocabulary } = problem;
  const fn = file.placed(problem.fn, finding.at.function);
  const call = fn === undefined ? undefined : callAt(fn, finding.at.span);
  if (finding.violation !== 'sleeps-in-atomic' || fn === undefined || call === undefined) return [];
  const section = sectionAround(fn, call, vocabulary);
  const place = addressOf(problem, call);
  if (section === null || place === null || labelsOf(section.at).length > 0) return [];
  const task = new Task(problem, fn, call, section, place);
  return [...task.before(), ...task.behind()];
});

/** Where the address lies that a call converts; a helper of the file counts for what it is given. */
function addressOf(problem: Problem, call: SyntaxNode, depth = 1): SyntaxNode | null {
  const { file, vocabulary } = problem;
  const given = argumentsOf(call);
  const row = vocabulary.row(calleeOf(call) ?? '', 'transition');
  let index = row?.address ?? -1;
  if (row === undefined) {
    const helper = file.named(calleeOf(call) ?? '');
    if (helper === undefined || depth > mostHelpers) return null;
    const calls = helper.body.find('call_expression').filter((one) => {
      const callee = calleeOf(one) ?? '';
      return vocabulary.row(callee, 'transition') !== undefined || file.named(callee) !== undefined;
    });
    const inner = calls.length === 1 ? addressOf(problem, calls[0]!, depth + 1) : null;
    index = inner === null ? -1 : parametersOf(helper).indexOf(inner.text);
  }
  const address = given[index];
  return address === undefined ? null : placeOf(address, vocabulary);
}

/** The move of one transition. */
class Task {
  constructor(
    private readonly problem: Problem,
    private readonly fn: PlacedFunction,
    private readonly call: SyntaxNode,
    private readonly section: Section,
    private readonly place: SyntaxNode,
  ) {}

  /** Before the lock is taken, with the look at the result if that can come along. */
  before(): readonly Candidate<'before-lock'>[] {
    const { at, take } = this.section;
    if (labelsOf(take).length > 0) return [];
    const { test } = outcomeOf(this.problem, this.call);
    const along = test !== null && test !== at && following(at)[0] === test ? [[at, test]] : [];
    for (const unit of [...along, [at]]) {
      const change = this.movedBefore(unit);
      if (change !== null) return candidate('before-lock', this.title(`before ${this.section.name}`), change);
    }
    return [];
  }

  private movedBefore(unit: readonly SyntaxNode[]): FileChange | null {
    const { fn, section } = this;
    const names = this.ownNames();
    const effects = this.effectsOf(unit);
    if (names === null || effects === null || effects.fields.length > 0) return null;
    if (section.before.length + section.after.length < unit.length) return null;
    const touched = new Set([...names, ...effects.writes]);
    if (section.before.some((one) => leavesOrEnters(one) || mentions(one, touched))) return null;
    if (section.before.some((one) => one.type === 'declaration') || this.declaresInside()) return null;
    if (section.before.some((one) => writesOf(one).some((name) => effects.reads.has(name)))) return null;
    // What comes before would no longer be done where the transition fails.
    if (effects.exits.length > 0 && section.before.length > 0) return null;
    const change = new FileChange();
    const edits = this.exitsOutside(change, unit, effects, true);
    if (edits === null) return null;
    const lines = this.taken(change, unit, edits, []);
    if (lines === null) return null;
    change.of(fn).before(section.take, this.isApart(unit) ? [...lines, ''] : lines);
    return change;
  }

  /** Whether a blank line stands between statements and the rest of the section, and none before them. */
  private isApart(unit: readonly SyntaxNode[]): boolean {
    const { fn, section } = this;
    const gap = (from: number) => /^[^\n]*\n[ \t]*\n/.test(fn.text.slice(from));
    return (
      section.before.length === 0 && !gap(section.take.end) && gap(unit.at(-1)!.end) && !section.ownBlock
    );
  }

  /** Behind what releases the lock; where others find the memory in a field, the section takes it out of there first. */
  behind(): readonly Candidate<'after-unlock:here' | 'after-unlock:field'>[] {
    const { section, place } = this;
    const end = section.ownBlock ? section.take : section.release;
    if (end === null) return [];
    const where = section.ownBlock ? section.name : `${calleeOf(end.find('call_expression')[0]!)}()`;
    if (place.type === 'identifier') {
      const change = this.movedBehind(end, null);
      return change === null ? [] : candidate('after-unlock:here', this.title(`after ${where}`), change);
    }
    const title = short(
      `Take '${place.text}' away under the lock, convert it after ${where}`,
      `Convert it after ${where}`,
    );
    const change = this.detached(end);
    return change === null ? [] : candidate('after-unlock:field', title, change);
  }

  private detached(end: SyntaxNode): FileChange | null {
    const { section, place } = this;
    if (!section.exclusive || place.type !== 'field_expression') return null;
    const inside = section.at.type === 'if_statement' && this.asksOnlyFor(section.at);
    const arm = inside ? section.at.at('consequence') : undefined;
    const places = [...section.after, ...(arm?.type === 'compound_statement' ? arm.children : [])];
    const clearing = places.filter((one) => this.clears(one));
    return clearing.length === 1 ? this.movedBehind(end, clearing[0]!) : null;
  }

  /** Whether an `if` asks whether there is any memory, and nothing else. */
  private asksOnlyFor(branch: SyntaxNode): boolean {
    return (
      branch.at('condition')?.children[0]?.text === this.place.text && branch.at('alternative') === undefined
    );
  }

  /** Whether a statement says that there is no memory any more. */
  private clears(statement: SyntaxNode): boolean {
    const [assignment] = statement.type === 'expression_statement' ? statement.children : [];
    const value = assignment?.at('right');
    if (assignment?.type !== 'assignment_expression' || assignment.at('left')?.text !== this.place.text)
      return false;
    return value?.type === 'null' || value?.text === '0';
  }

  private movedBehind(end: SyntaxNode, clearing: SyntaxNode | null): FileChange | null {
    const { fn, section } = this;
    const names = clearing === null ? this.ownNames() : new Set<string>();
    if (names === null || this.isSkipped() || this.isCopied()) return null;
    const touched = new Set(names);
    const moved: SyntaxNode[] = [];
    const left: SyntaxNode[] = [];
    for (const one of [section.at, ...section.after]) {
      const concerned =
        one === section.at || mentions(one, touched) || (clearing !== null && this.namesPlace(one));
      if (one === clearing || !concerned) left.push(one);
      else {
        moved.push(one);
        for (const name of writesOf(one)) touched.add(name);
      }
    }
    const effects = this.effectsOf(moved, clearing);
    if (effects === null || (clearing === null && effects.fields.length > 0)) return null;
    const needed = new Set([...effects.reads, ...effects.writes]);
    const others = left.filter((one) => one !== clearing);
    if (left.some(leavesOrEnters) || left.some((one) => writesOf(one).some((name) => needed.has(name))))
      return null;
    if (effects.exits.length > 0 && others.length > 0) return null;
    if (clearing === null && section.before.length + left.length === 0) return null;
    if (this.declaresInside()) return null;
    const change = new FileChange();
    const edits = this.exitsOutside(change, moved, effects, false);
    const kept = clearing === null ? [] : this.keptFields(change, effects, clearing);
    if (edits === null || kept === null) return null;
    const inside = clearing !== null && section.at.has(clearing);
    const snapshot = [
      ...new Map(kept.map(({ field, name }) => [field.text, `${name} = ${field.text};`])).values(),
      ...(inside ? [clearing!.text + noteOf(fn, clearing!)] : []),
    ];
    const replaced = kept.map(({ field, name }) => ({ start: field.start, end: field.end, text: name }));
    const without = inside ? linesOf(fn, clearing!, clearing!) : null;
    if (inside && without === null) return null;
    const gone = without === null ? [] : [{ ...without, text: '' }];
    const lines = this.taken(change, moved, [...edits, ...replaced, ...gone], snapshot);
    if (lines === null) return null;
    change.of(fn).after(unlabelled(end), lines);
    return change;
  }

  /** Whether the end of the section is reached without the transition: what is moved there would run then, too. */
  private isSkipped(): boolean {
    const { fn, section } = this;
    if (section.ownBlock) return section.before.some(leavesOrEnters);
    const labels = section.release === null ? [] : labelsOf(section.release);
    const inside = [section.at, ...section.after];
    return labels.some((label) => jumpsTo(fn, label).some((jump) => !inside.some((one) => one.has(jump))));
  }

  /** Whether the section makes a copy of the address in a field before it converts the memory, or hands it to somebody. */
  private isCopied(): boolean {
    const kinds = ['assignment_expression', 'init_declarator', 'call_expression'];
    return this.section.before.some((one) => one.find(...kinds).some((node) => this.namesPlace(node)));
  }

  /** Whether the block of the section has variables of its own: what is moved out of it would not have them. */
  private declaresInside(): boolean {
    const { ownBlock, take } = this.section;
    return ownBlock && take.at('body')!.children.some((one) => one.type === 'declaration');
  }

  /** Variables for the fields that moved statements read: they are read while the lock is held. */
  private keptFields(
    change: FileChange,
    { fields, writes }: Effects,
    clearing: SyntaxNode,
  ): readonly { readonly field: SyntaxNode; readonly name: string }[] | null {
    const { fn, problem, place } = this;
    const base = place.at('argument')!.text;
    const tag = tagOf(fn, base);
    if (tag === null || writes.has(base)) return null;
    const declarations = new Map<string, string>();
    const kept: { field: SyntaxNode; name: string }[] = [];
    for (const field of fields) {
      if (clearing.has(field)) continue;
      const member = field.at('field')!.text;
      const type = field.at('argument')!.text === base ? problem.file.typeOfField(tag, member) : null;
      if (type === null) return null;
      const name = freshVariable(fn, member);
      declarations.set(name, `${type}${name};`);
      kept.push({ field, name });
    }
    declare(fn, change.of(fn), ...declarations.values());
    return kept;
  }

  private namesPlace(statement: SyntaxNode): boolean {
    return statement.find('field_expression').some((one) => one.text === this.place.text);
  }

  /** All names of the memory, if it is nobody else's when it is converted. */
  private ownNames(): ReadonlySet<string> | null {
    const { problem, fn, section, place } = this;
    if (place.type !== 'identifier') return null;
    return new Ownership(problem.file, problem.vocabulary).namesOf(fn, place.text, section.at);
  }

  private effectsOf(nodes: readonly SyntaxNode[], without: SyntaxNode | null = null): Effects | null {
    return effectsOf(nodes, this.fn, this.problem.file, this.problem.vocabulary, without);
  }

  /** How the ways out of moved statements go where the lock is not held; null where one of them needs it. `early`: they come before it. */
  private exitsOutside(
    change: FileChange,
    unit: readonly SyntaxNode[],
    { exits, releases }: Effects,
    early: boolean,
  ): readonly TextEdit[] | null {
    const { fn, section, problem } = this;
    const edits: TextEdit[] = [];
    const opened = new Set<string>();
    let released = 0;
    for (const exit of exits) {
      const own = preceding(exit).filter((one) => lockingOf(one, problem.vocabulary)?.op === 'release');
      if (own.length > 0) {
        const made = own.length === section.held ? withoutReleases(fn, exit, own) : null;
        if (made === null) return null;
        edits.push(...made);
        released += own.length;
      } else if (section.scoped) {
        // A jump must not lead into the block that the lock is held for.
        const target = exit.type === 'goto_statement' ? sectionOf({ fn }, exit.at('label')!.text) : null;
        if (exit.type === 'goto_statement' && (target === null || section.at.parent!.has(target)))
          return null;
        if (!early && !section.ownBlock) return null;
      } else if (early && exit.type === 'goto_statement') {
        const text = this.pastRelease(change, exit, unit, opened);
        if (text === null) return null;
        edits.push({ start: exit.start, end: exit.end, text });
      } else return null;
    }
    return released === releases.length ? edits : null;
  }

  /** Where a jump to what releases the lock goes when it is not held. */
  private pastRelease(
    change: FileChange,
    jump: SyntaxNode,
    unit: readonly SyntaxNode[],
    opened: Set<string>,
  ): string | null {
    const { fn, section, problem } = this;
    const label = jump.at('label')!.text;
    const target = sectionOf({ fn }, label);
    const { release } = section;
    if (target === null || release === null || labelled(release).parent !== target.parent) return null;
    const list = [target, ...following(target)];
    const last = list.indexOf(labelled(release));
    if (
      last < 0 ||
      list.slice(0, last + 1).some((one) => lockingOf(one, problem.vocabulary)?.op !== 'release')
    )
      return null;
    const way = wayPast({ fn }, labelled(release), 'out');
    const others = jumpsTo(fn, label).filter((one) => !unit.some((statement) => statement.has(one)));
    if (!opened.has(label)) {
      opened.add(label);
      openWay(change.of(fn), way);
      if (others.length === 0) dropLabel(change.of(fn), { fn }, label);
    }
    return way.text;
  }

  /** Takes statements out of the section, and gives their lines as they are outside; `instead` stands for the first of them. */
  private taken(
    change: FileChange,
    unit: readonly SyntaxNode[],
    edits: readonly TextEdit[],
    instead: readonly string[],
  ): readonly string[] | null {
    const { fn, section } = this;
    const own = change.of(fn);
    const indent = own.indentOf(section.at);
    const lines: string[] = [];
    for (let i = 0; i < unit.length; ) {
      let last = i;
      while (last + 1 < unit.length && following(unit[last]!)[0] === unit[last + 1]) last++;
      const span = linesOf(fn, unit[i]!, unit[last]!);
      if (span === null || labelsOf(unit[i]!).length > 0) return null;
      const within = edits.filter((edit) => span.start <= edit.start && edit.end <= span.end);
      lines.push(...movedLines(fn, span, within, indent));
      const blank = instead.length === 0 && this.isApart(unit) ? 1 : 0;
      if (i === 0 && instead.length > 0)
        own.splice(span.start, span.end, instead.map((line) => `${indent}${line}\n`).join(''));
      else own.cut(span.start, span.end + blank);
      i = last + 1;
    }
    return lines;
  }

  private title(where: string): string {
    const name = calleeOf(this.call) ?? '';
    return short(`Move ${name}() out of the lock: ${where}`, `Move it out of the lock: ${where}`);
  }
}

function short(title: string, other: string): string {
  return title.length <= widest ? title : other;
}

/** An arm without what releases the lock in it; braces go where one line is left. Null where that line is not alone. */
function withoutReleases(
  fn: PlacedFunction,
  exit: SyntaxNode,
  releases: readonly SyntaxNode[],
): readonly TextEdit[] | null {
  const arm = exit.parent!;
  const rest = arm.children.filter((one) => !releases.includes(one));
  if (rest.length === 0 || arm.type !== 'compound_statement') return null;
  const [only] = rest;
  const noted = fn.comments.some((comment) => arm.has(comment));
  const bare =
    rest.length === 1 && !noted && !only!.text.includes('\n') && arm.parent?.type === 'if_statement';
  if (bare && arm.parent!.at('alternative') === undefined) {
    const head = fn.text.slice(0, arm.start).trimEnd().length;
    const from = fn.text.lastIndexOf('\n', only!.start) + 1;
    if (fn.text.slice(from, only!.start).trim() !== '') return null;
    return [{ start: head, end: arm.end, text: `\n${fn.text.slice(from, only!.start)}${only!.text}` }];
  }
  const spans = releases.map((one) => linesOf(fn, one, one));
  return spans.every((span) => span !== null) ? spans.map((span) => ({ ...span!, text: '' })) : null;
}

/** The comment behind a statement in its line, with what is between; empty if there is none. */
function noteOf({ text }: PlacedFunction, statement: SyntaxNode): string {
  return /^[ \t]*\/\*(?:(?!\*\/)[^\n])*\*\/(?=[ \t]*\n)/.exec(text.slice(statement.end))?.[0] ?? '';
}

/** Whether a statement, or one in it, goes elsewhere, or can be reached from elsewhere. */
function leavesOrEnters(statement: SyntaxNode): boolean {
  const kinds = [
    'return_statement',
    'goto_statement',
    'break_statement',
    'continue_statement',
    'labeled_statement',
  ];
  return statement.find(...kinds).length > 0;
}

/** Variables that a statement gives another value, or hands out to be given one. */
function writesOf(statement: SyntaxNode): readonly string[] {
  return statement
    .find('assignment_expression', 'update_expression', 'pointer_expression', 'init_declarator')
    .flatMap((one) => one.at('left') ?? one.at('argument') ?? one.at('declarator') ?? [])
    .filter((one) => one.type === 'identifier')
    .map((one) => one.text);
}
